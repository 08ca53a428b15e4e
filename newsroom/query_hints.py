"""Hints for the query planner as ordinary expressions."""

from django.db.models import F, Func


class Unindexed(Func):
    """A column that SQLite must not look up by an index: `Unindexed("visible_from")`.

    SQLite documents the unary plus for this. Its planner assumes that a range over an index is selective and sorts the
    result, although reading the list in its order would end after one page. PostgreSQL decides by statistics and gets
    the plain column.
    """

    arity = 1
    template = "%(expressions)s"

    def __init__(self, column):
        super().__init__(F(column) if isinstance(column, str) else column)

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)
