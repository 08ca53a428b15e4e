"""Stories that match a Query, by the full-text index of either database."""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, FloatField, Func, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

from articles.querysets import ArticleQuerySet
from articles.search.queries import Phrase, Query
from newsroom.query_hints import Unindexed

# Of the body, excerpt and title; SQLite keeps its weights with the index (articles/db/triggers/search_index.py).
WEIGHTS = "{0, 0.1, 0.4, 1.0}"

# These subqueries do not refer to a story, so each runs once per statement, however deep the statement nests it.
FTS5_KEYS = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s"
FTS5_SCORES = "SELECT rowid AS key, -rank AS score FROM articles_search WHERE articles_search MATCH %%s"
FTS5_LIMIT = " ORDER BY rowid DESC LIMIT %%s"


class SearchVector(Func):
    """PostgreSQL's generated column, in the table (or alias) of the given key of a story."""

    output_field = TextField()

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **kwargs: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        key, params = compiler.compile(self.get_source_expressions()[0])
        table, _dot, _column = key.rpartition(".")
        return f"{table}.search_vector", params


class FTS5Score(Func):
    """The score of the story with the given key, from a subquery that scores every match once.

    With `limit`, only the matches with the highest keys have a score.
    """

    output_field = FloatField()
    template = "(WITH scored AS MATERIALIZED ({}) SELECT score FROM scored WHERE key = %(expressions)s)"

    def __init__(self, key: Expression | F, expression: str, limit: int | None = None) -> None:
        super().__init__(key)
        self.expression, self.limit = expression, limit

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **kwargs: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        scores = FTS5_SCORES if self.limit is None else FTS5_SCORES + FTS5_LIMIT
        sql, params = super().as_sql(compiler, connection, template=self.template.format(scores), **kwargs)
        return sql, (self.expression, *(() if self.limit is None else (self.limit,)), *params)


def matching(stories: ArticleQuerySet, query: Query, *, common: bool = False) -> ArticleQuerySet:
    """Filter the queryset `stories` by a Query, and annotate `score`; higher is better.

    The order stays; `by_relevance` orders by score. The result may be used as a subquery (`pk__in=matching(...)`).
    `common` says that very many stories match (common_words.py): SQLite then reads `stories` in their order, which is
    faster.
    """
    if not query:
        return stories.none().annotate(score=Value(0.0))
    if connections[stories.db].vendor == "sqlite":
        expression = fts5_expression(query)
        keys = RawSQL(FTS5_KEYS, [expression])  # noqa: S611
        matches = stories.filter(In(Unindexed("pk"), keys)) if common else stories.filter(pk__in=keys)
        return matches.annotate(score=FTS5Score(F("pk"), expression))
    score = Func(
        SearchVector(F("pk")),
        tsquery(query),
        template=f"ts_rank('{WEIGHTS}', %(expressions)s)",
        output_field=FloatField(),
    )
    return stories.filter(is_match(query)).annotate(score=score)


def tsquery(query: Query) -> Func:
    return Func(Value(tsquery_expression(query)), template="to_tsquery('simple', %(expressions)s)")


def is_match(query: Query) -> Func:
    """Return PostgreSQL's condition that a story matches a Query."""
    return Func(
        SearchVector(F("pk")),
        tsquery(query),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def by_relevance(matches: ArticleQuerySet) -> ArticleQuerySet:
    """Order the result of `matching` by score, equal ones newest first."""
    return matches.order_by(F("score").desc(), "-dated_at", "-pk")


def fts5_expression(query: Query) -> str:
    """Return a Query in FTS5's syntax. Folded words have only letters and digits, so quoting them is safe."""
    required = " AND ".join(fts5_phrase(phrase) for phrase in query.required)
    return " NOT ".join([f"({required})", *(fts5_phrase(phrase) for phrase in query.excluded)])


def fts5_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"{" *" if phrase.is_prefix else ""}'


def tsquery_expression(query: Query) -> str:
    """Return a Query in the syntax of PostgreSQL's tsquery."""
    excluded = (f"!{tsquery_phrase(phrase)}" for phrase in query.excluded)
    return " & ".join([*map(tsquery_phrase, query.required), *excluded])


def tsquery_phrase(phrase: Phrase) -> str:
    words = [f"'{word}'" for word in phrase.words]
    if phrase.is_prefix:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"
