"""Searches for words that very many stories have, so that they cost no more than others.

A score takes a look at every match. Where there are more than RANKED of them, only the newest are ranked. The order by
time stays complete: the list is walked in its order, as one of its first stories in every few is a match.
"""

import json
from dataclasses import replace

from django.db import connections
from django.db.models import F, FloatField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from articles.search.matching import FTS5Score, fts5_expression, is_match, matching

RANKED = 3000
# How many of the first stories of a list SQLite looks at one by one.
WALKED = 200

FTS5_NEWEST = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s ORDER BY rowid DESC LIMIT %s"
FTS5_AMONG = (
    "SELECT rowid FROM articles_search WHERE articles_search MATCH %s AND rowid BETWEEN %s AND %s "
    "AND +rowid IN (SELECT value FROM json_each(%s))"
)
NEWEST_AND_WALKED = f"SELECT rowid FROM ({FTS5_NEWEST}) UNION SELECT value FROM json_each(%s)"  # noqa: S608


def is_common(stories, query):
    """Return whether more than RANKED of all stories match a Query. Counts no further. One query."""
    if connections[stories.db].vendor == "sqlite":
        with connections[stories.db].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({FTS5_NEWEST})", [fts5_expression(query), RANKED + 1])  # noqa: S608
            return cursor.fetchone()[0] > RANKED
    return stories.model.objects.filter(is_match(query)).order_by()[: RANKED + 1].count() > RANKED


def common_form(stories, query):
    """Return what to rank the stories by that match a Query, where too many do; otherwise None.

    It is the Query without unfinished words, if too many match that already: FTS5 reads all that begins with a word
    before it answers. At most two queries.
    """
    whole = replace(query, wanted=tuple(replace(part, goes_on=False) for part in query.wanted))
    forms = [whole, query] if whole != query else [query]
    return next((form for form in forms if is_common(stories, form)), None)


def ranked(stories, query):
    """Return (those of a queryset that match a Query, with `score`, only the newest if too many do; whether only so).

    At most four queries beside the one that is returned.
    """
    common = common_form(stories, query)
    if common is None:
        return matching(stories, query), False
    if connections[stories.db].vendor == "sqlite":
        # The newest by their keys, which FTS5 reads backwards. A filter that few stories pass may leave out all of
        # these, so the first that pass it are looked at, too. One list of keys, as SQLite would read all stories for
        # two that are joined by OR.
        expression, (walked, _is_all) = fts5_expression(common), walk(stories.latest_first(), common, WALKED)
        newest = RawSQL(NEWEST_AND_WALKED, [expression, RANKED, json.dumps(walked)])  # noqa: S611
        score = Coalesce(FTS5Score(F("pk"), expression, RANKED), Value(0.0), output_field=FloatField())
        return stories.filter(pk__in=newest).annotate(score=score), True
    newest = stories.filter(is_match(query)).latest_first().values("pk")[:RANKED]
    return matching(stories.model.objects.filter(pk__in=newest), query), True


def first_matches(stories, query, limit):
    """Return the keys of the first `limit` stories of an ordered queryset that match a Query. At most five queries."""
    common = common_form(stories, query) is not None
    if common and connections[stories.db].vendor == "sqlite":
        found, is_all = walk(stories, query, limit)
        if is_all or len(found) == limit:
            return found
    return list(matching(stories, query, common=common).values_list("pk", flat=True)[:limit])


def walk(stories, query, limit):
    """Return (the keys of at most `limit` matches among the first stories of a queryset, whether these are all).

    Two queries. FTS5 is asked for a range of keys once: asked for each, it would read an unfinished word each time.
    """
    keys = list(stories.values_list("pk", flat=True)[:WALKED])
    if not keys:
        return [], True
    with connections[stories.db].cursor() as cursor:
        cursor.execute(FTS5_AMONG, [fts5_expression(query), min(keys), max(keys), json.dumps(keys)])
        hits = {key for (key,) in cursor.fetchall()}
    return [key for key in keys if key in hits][:limit], len(keys) < WALKED
