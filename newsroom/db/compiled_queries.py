"""Queries that are compiled once, because compiling takes about ten times as long as running them.

A queryset is written as usual, with a Param for each value that differs from run to run:

    NOW = Param("now", DateTimeField())
    LATEST = CompiledQuery(lambda: Article.objects.visible(NOW).latest_first()[:10], ("pk", "title"))
    LATEST.rows(now=timezone.now())

Queries that differ in shape (the number of keys, a page with or without a cursor) are separate CompiledQueries, made
by a `query_family`. tests/newsroom/db/test_every_compiled_query.py compares each with its queryset.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property, lru_cache, update_wrapper
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from newsroom.db.columns import Converter, converters_of
from newsroom.db.instances import Instances
from newsroom.db.sql import sql_of


class Slot(NamedTuple):
    """The place of a named value among the parameters of a query."""

    name: str
    field: Field[Any, Any]


class Param(Expression):
    """A value that is passed when a CompiledQuery runs; allowed wherever a queryset takes an expression."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    @property
    def slot(self) -> Slot:
        return Slot(self.name, self.output_field)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any]]:
        return "%s", (self.slot,)


class SlottedSQL:
    """SQL with Slots among its parameters."""

    def __init__(self, sql: str, params: tuple[Any, ...]) -> None:
        self.sql, self.params = sql, params
        self.fields = {param.name: param.field for param in params if isinstance(param, Slot)}

    def fetch(self, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run the SQL with {name of a Slot: value}; return the rows with the database's values. One query."""
        by_name = {name: field.get_db_prep_value(values[name], connection) for name, field in self.fields.items()}
        params = [by_name[param.name] if isinstance(param, Slot) else param for param in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


class Plan(NamedTuple):
    """A compiled query: its SQL, or None if no row can match, and the converters of columns by their index."""

    sql: SlottedSQL | None
    converters: list[tuple[int, Converter]]


class CompiledQuery:
    """The queryset that `make_queryset` returns, compiled on first use, with `columns` named as for `values_list`.

    `rows` returns `make_row(*row)` for each row if that is given, else tuples. `types` is {name: field} of annotations
    whose values differ between the database and Python, such as booleans.
    """

    def __init__(
        self,
        make_queryset: Callable[[], QuerySet[Model, Any]],
        columns: tuple[str, ...],
        make_row: Callable[..., Any] | None = None,
        types: Mapping[str, Field[Any, Any]] | None = None,
    ) -> None:
        self.make_queryset, self.columns, self.make_row = make_queryset, columns, make_row
        self.types = types or {}

    @classmethod
    def of_instances(cls, make_queryset: Callable[[], QuerySet[Model]], instances: Instances) -> "CompiledQuery":
        """Return the query whose rows are model instances."""
        return cls(make_queryset, instances.columns, instances, instances.annotations)

    @cached_property
    def plan(self) -> Plan:
        queryset = self.make_queryset()
        try:
            sql = SlottedSQL(*sql_of(queryset.values_list(*self.columns)))
        except EmptyResultSet:
            return Plan(None, [])
        return Plan(sql, converters_of(queryset.model, self.columns, self.types))

    def rows(self, **values: object) -> list[Any]:
        """Run the query with the values of its Params; return a list of rows. One query."""
        sql, converters = self.plan
        rows: Sequence[Sequence[Any]] = sql.fetch(values) if sql else []
        if converters:
            rows = changed = [list(row) for row in rows]
            for index, convert in converters:
                for row in changed:
                    if row[index] is not None:
                        row[index] = convert(row[index])
        make_row = self.make_row
        if make_row:
            return [make_row(*row) for row in rows]
        return [tuple(row) for row in rows] if converters else list(rows)


class RawQuery:
    """A query that no single queryset can express: `make_sql` returns its SQL and parameters.

    Rows have the database's values.
    """

    def __init__(self, make_sql: Callable[[], tuple[str, tuple[Any, ...]]]) -> None:
        self.make_sql = make_sql

    @cached_property
    def sql(self) -> SlottedSQL:
        return SlottedSQL(*self.make_sql())

    def rows(self, **values: object) -> list[tuple[Any, ...]]:
        """Run the query with the values of its Slots; return a list of rows. One query."""
        return self.sql.fetch(values)


AnyQuery = TypeVar("AnyQuery", CompiledQuery, RawQuery)


class QueryFamily(Generic[AnyQuery]):
    """The queries of one kind that differ in shape: calling it with a shape returns the query, made on first use."""

    def __init__(self, make: Callable[..., AnyQuery], maxsize: int) -> None:
        update_wrapper(self, make)
        self.of_shape: Callable[..., AnyQuery] = lru_cache(maxsize)(make)

    def __call__(self, *shape: Hashable) -> AnyQuery:
        return self.of_shape(*shape)


def query_family(maxsize: int = 128) -> Callable[[Callable[..., AnyQuery]], QueryFamily[AnyQuery]]:
    """Decorate a function that returns the CompiledQuery or RawQuery of a shape; the last `maxsize` are cached."""
    return lambda make: QueryFamily(make, maxsize)
