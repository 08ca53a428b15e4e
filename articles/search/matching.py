"""Stories that match a query, by the full-text index of whichever database there is."""

from django.db import connections
from django.db.models import BooleanField, F, FloatField, Func, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In

from newsroom.query_hints import Unindexed

# How much a word counts in the body, excerpt and title; SQLite has the like with its index (upkeep/texts.py).
WEIGHTS = "{0, 0.1, 0.4, 1.0}"

# The subqueries name no story, so each is answered once for a whole statement, wherever that stands.
FTS5_KEYS = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s"
FTS5_SCORES = "SELECT rowid AS key, -rank AS score FROM articles_search WHERE articles_search MATCH %%s"
FTS5_LIMIT = " ORDER BY rowid DESC LIMIT %%s"


class SearchVector(Func):
    """The generated column of PostgreSQL's index, beside the given key of a story under whatever alias."""

    output_field = TextField()

    def as_sql(self, compiler, connection, **kwargs):
        key, params = compiler.compile(self.get_source_expressions()[0])
        table, _dot, _column = key.rpartition(".")
        return f"{table}.search_vector", params


class FTS5Score(Func):
    """The score of the story with the given key: every match is scored once, and looked up by its key.

    With `limit` only so many of the newest have one, by their keys.
    """

    output_field = FloatField()
    template = "(WITH scored AS MATERIALIZED ({}) SELECT score FROM scored WHERE key = %(expressions)s)"

    def __init__(self, key, expression, limit=None):
        super().__init__(key)
        self.expression, self.limit = expression, limit

    def as_sql(self, compiler, connection, **kwargs):
        scores = FTS5_SCORES if self.limit is None else FTS5_SCORES + FTS5_LIMIT
        sql, params = super().as_sql(compiler, connection, template=self.template.format(scores), **kwargs)
        return sql, [self.expression, *([] if self.limit is None else [self.limit]), *params]


def matching(stories, query, *, common=False):
    """Return those of the queryset `stories` that match a Query, with `score` on each (more is better).

    Newest first unless ordered otherwise: `by_relevance` does. It may be used as a subquery (`pk__in=matching(...)`).
    `common` says that very many match (common_words.py): SQLite then walks `stories` in their order, which is faster.
    """
    if not query:
        return stories.none().annotate(score=Value(0.0))
    if connections[stories.db].vendor == "sqlite":
        expression = fts5_expression(query)
        keys = RawSQL(FTS5_KEYS, [expression])  # noqa: S611
        found = stories.filter(In(Unindexed("pk"), keys)) if common else stories.filter(pk__in=keys)
        return found.annotate(score=FTS5Score(F("pk"), expression))
    score = Func(
        SearchVector(F("pk")),
        tsquery(query),
        template=f"ts_rank('{WEIGHTS}', %(expressions)s)",
        output_field=FloatField(),
    )
    return stories.filter(is_match(query)).annotate(score=score)


def tsquery(query):
    return Func(Value(tsquery_expression(query)), template="to_tsquery('simple', %(expressions)s)")


def is_match(query):
    """Return the condition that a story matches a Query, on PostgreSQL."""
    return Func(
        SearchVector(F("pk")),
        tsquery(query),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def by_relevance(matches):
    """Order what `matching` returned: best first, of equals the newest."""
    return matches.order_by("-score", "-dated_at", "-pk")


def fts5_expression(query):
    """Return a Query in SQLite's words. All words are letters and digits alone, so quoting them is enough."""
    wanted = " AND ".join(fts5_part(part) for part in query.wanted)
    return " NOT ".join([f"({wanted})", *(fts5_part(part) for part in query.unwanted)])


def fts5_part(part):
    return f'"{" ".join(part.words)}"{" *" if part.goes_on else ""}'


def tsquery_expression(query):
    """Return a Query in PostgreSQL's words."""
    return " & ".join([*map(tsquery_part, query.wanted), *(f"!{tsquery_part(part)}" for part in query.unwanted)])


def tsquery_part(part):
    words = [f"'{word}'" for word in part.words]
    if part.goes_on:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"
