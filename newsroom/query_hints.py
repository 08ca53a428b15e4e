"""Hints for the query planner as ordinary expressions."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, F, Func
from django.db.models.sql.compiler import SQLCompiler


class Unindexed(Func):
    """A column for which SQLite must not use an index: `Unindexed("visible_from")`.

    SQLite documents the unary plus for this. Its planner assumes that a range over an index is selective, and sorts the
    result, although reading the rows in the order of the list would end after one page. PostgreSQL decides by
    statistics and gets the plain column.
    """

    arity = 1
    template = "%(expressions)s"

    def __init__(self, column: str | Expression) -> None:
        super().__init__(F(column) if isinstance(column, str) else column)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)
