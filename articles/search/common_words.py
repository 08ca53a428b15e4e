"""Searches that very many stories match, without reading all matches.

Ranking reads every match, so of more than RANK_LIMIT only the newest are ranked. Newest first stays complete: the list
is read in its order, because a match comes every few stories.
"""

import json
from dataclasses import replace

from django.db import connections
from django.db.models import F, FloatField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from articles.querysets import ArticleQuerySet
from articles.search.matching import FTS5Score, fts5_expression, is_match, matching
from articles.search.queries import Query

RANK_LIMIT = 3000
# How many of a list's first stories are tested one by one on SQLite.
SCAN_LENGTH = 200

FTS5_NEWEST = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s ORDER BY rowid DESC LIMIT %s"
FTS5_MATCHES_IN_KEYS = (
    "SELECT rowid FROM articles_search WHERE articles_search MATCH %s AND rowid BETWEEN %s AND %s "
    "AND +rowid IN (SELECT value FROM json_each(%s))"
)
FTS5_NEWEST_AND_KEYS = f"SELECT rowid FROM ({FTS5_NEWEST}) UNION SELECT value FROM json_each(%s)"  # noqa: S608


def is_common(stories: ArticleQuerySet, query: Query) -> bool:
    """Return whether more than RANK_LIMIT of all stories match a Query; at most one more is counted. One query."""
    if connections[stories.db].vendor == "sqlite":
        with connections[stories.db].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({FTS5_NEWEST})", [fts5_expression(query), RANK_LIMIT + 1])  # noqa: S608
            return cursor.fetchone()[0] > RANK_LIMIT
    return stories.model.objects.filter(is_match(query)).order_by()[: RANK_LIMIT + 1].count() > RANK_LIMIT


def common_query(stories: ArticleQuerySet, query: Query) -> Query | None:
    """Return the Query to rank stories by if too many match, else None.

    It is the Query without prefixes if too many match even that, because FTS5 reads every word with a prefix before
    it answers. At most two queries.
    """
    whole_words = replace(query, required=tuple(replace(phrase, is_prefix=False) for phrase in query.required))
    candidates = [whole_words, query] if whole_words != query else [query]
    return next((candidate for candidate in candidates if is_common(stories, candidate)), None)


def rank_matches(stories: ArticleQuerySet, query: Query) -> tuple[ArticleQuerySet, bool]:
    """Return (the stories of a queryset that match a Query, with `score`; whether these are only the newest).

    At most four queries in addition to the returned queryset.
    """
    common = common_query(stories, query)
    if common is None:
        return matching(stories, query), False
    if connections[stories.db].vendor == "sqlite":
        # The newest are those with the highest keys, which FTS5 finds first. None of them may pass a narrow filter, so
        # the first matches that pass it are added. As one list of keys: for two joined by OR SQLite would read all
        # stories.
        expression, (listed, _is_all) = fts5_expression(common), scan(stories.latest_first(), common, SCAN_LENGTH)
        newest = RawSQL(FTS5_NEWEST_AND_KEYS, [expression, RANK_LIMIT, json.dumps(listed)])  # noqa: S611
        score = Coalesce(FTS5Score(F("pk"), expression, RANK_LIMIT), Value(0.0), output_field=FloatField())
        return stories.filter(pk__in=newest).annotate(score=score), True
    keys = stories.filter(is_match(query)).latest_first().values("pk")[:RANK_LIMIT]
    return matching(stories.model.objects.filter(pk__in=keys), query), True


def first_matches(stories: ArticleQuerySet, query: Query, limit: int) -> list[int]:
    """Return the keys of the first `limit` stories of an ordered queryset that match a Query. At most five queries."""
    common = common_query(stories, query) is not None
    if common and connections[stories.db].vendor == "sqlite":
        keys, is_all = scan(stories, query, limit)
        if is_all or len(keys) == limit:
            return keys
    return list(matching(stories, query, common=common).values_list("pk", flat=True)[:limit])


def scan(stories: ArticleQuerySet, query: Query, limit: int) -> tuple[list[int], bool]:
    """Return (the keys of at most `limit` matches among the first stories of a queryset; whether there are no others).

    Two queries. FTS5 searches a range of keys once: for each key it would read all words with a prefix again.
    """
    keys = list(stories.values_list("pk", flat=True)[:SCAN_LENGTH])
    if not keys:
        return [], True
    with connections[stories.db].cursor() as cursor:
        cursor.execute(FTS5_MATCHES_IN_KEYS, [fts5_expression(query), min(keys), max(keys), json.dumps(keys)])
        hits = {key for (key,) in cursor.fetchall()}
    return [key for key in keys if key in hits][:limit], len(keys) < SCAN_LENGTH
