"""Stories that match a query, by the full-text index of whichever database there is."""

from django.db import connections
from django.db.models import BooleanField, F, FloatField, Func, TextField, Value
from django.db.models.expressions import RawSQL

# How much a word counts in the body, excerpt and title; SQLite has the like with its index (upkeep/texts.py).
WEIGHTS = "{0, 0.1, 0.4, 1.0}"

# The subqueries name no story, so each is answered once for a whole statement, wherever that stands.
FTS5_KEYS = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s"
FTS5_SCORES = "SELECT rowid AS key, -rank AS score FROM articles_search WHERE articles_search MATCH %%s"


class SearchVector(Func):
    """The generated column of PostgreSQL's index, beside the given key of a story under whatever alias."""

    output_field = TextField()

    def as_sql(self, compiler, connection, **kwargs):
        key, params = compiler.compile(self.source_expressions[0])
        table, _dot, _column = key.rpartition(".")
        return f"{table}.search_vector", params


class FTS5Score(Func):
    """The score of the story with the given key: every match is scored once, and looked up by its key."""

    output_field = FloatField()
    template = f"(WITH scored AS MATERIALIZED ({FTS5_SCORES}) SELECT score FROM scored WHERE key = %(expressions)s)"  # noqa: S608

    def __init__(self, key, expression):
        super().__init__(key)
        self.expression = expression

    def as_sql(self, compiler, connection, **kwargs):
        sql, params = super().as_sql(compiler, connection, **kwargs)
        return sql, [self.expression, *params]


def matching(stories, query):
    """Return those of the queryset `stories` that match a Query, with `score` on each (more is better).

    Newest first unless ordered otherwise: `by_relevance` does. It may be used as a subquery (`pk__in=matching(...)`).
    """
    if not query:
        return stories.none().annotate(score=Value(0.0))
    if connections[stories.db].vendor == "sqlite":
        expression = fts5_expression(query)
        return stories.filter(pk__in=RawSQL(FTS5_KEYS, [expression])).annotate(  # noqa: S611
            score=FTS5Score(F("pk"), expression)
        )
    vector = SearchVector(F("pk"))
    wanted = Func(Value(tsquery_expression(query)), template="to_tsquery('simple', %(expressions)s)")
    is_match = Func(vector, wanted, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())
    score = Func(vector, wanted, template=f"ts_rank('{WEIGHTS}', %(expressions)s)", output_field=FloatField())
    return stories.filter(is_match).annotate(score=score)


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
