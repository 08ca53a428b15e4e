"""Queries compiled once: Django takes some ten times longer to compile a query than the database to run it.

A queryset is written as any other, with a Param where a value differs from one run to the next:

    LATEST = CompiledQuery(lambda: Article.objects.visible(Param("now")).latest_first()[:10].values_list("title"))
    LATEST.rows(now=timezone.now())

Queries that differ in shape (the number of keys, a page with or without a beginning) are separate CompiledQueries.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, DateField, DurationField, Expression
from django.db.models.query import get_related_populators

# Fields with immutable values.
IMMUTABLE = (BooleanField, DateField, DurationField)


class Slot(NamedTuple):
    """The place of a named value among the parameters of a query."""

    name: str


class Param(Expression):
    """A value that is given when a CompiledQuery runs; allowed wherever a queryset takes an expression."""

    def __init__(self, name, output_field=None):
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [Slot(self.name)]

    def get_source_expressions(self):
        return []


class CompiledQuery:
    """A queryset, compiled on first use. Rows become `row_class(*row)` if that is given, else stay tuples."""

    def __init__(self, make_queryset, row_class=None):
        self.make_queryset, self.row_class = make_queryset, row_class
        self.compilation = lru_cache(self.compile)

    def compile(self, vendor):
        """Return the compiler, the SQL, its parameters and [(index of a column, its converter)]."""
        compiler = self.make_queryset().query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return compiler, "", [], []
        columns = [column for column, _sql, _alias in compiler.select]
        by_index = compiler.get_converters(columns).items()
        return compiler, sql, params, [(index, converter_of(*how)) for index, how in by_index]

    def rows(self, **values):
        """Run the query with the values of its Params; return a list of rows. One query."""
        rows = self.fetch(values)
        return [self.row_class(*row) for row in rows] if self.row_class else rows

    def objects(self, **values):
        """Run the query; return a list of model instances with `select_related` and annotations. One query."""
        rows = self.fetch(values)
        if not rows:
            return []
        compiler = self.compilation(connection.vendor)[0]
        info = compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column.target.attname for column, _sql, _alias in compiler.select[first:last]]
        populators = get_related_populators(info, compiler.select, connection.alias)
        instances = []
        for row in rows:
            instance = info["model"].from_db(connection.alias, names, row[first:last])
            for populator in populators:
                populator.populate(row, instance)
            for name, index in compiler.annotation_col_map.items():
                setattr(instance, name, row[index])
            instances.append(instance)
        return instances

    def fetch(self, values):
        _compiler, sql, params, converters = self.compilation(connection.vendor)
        rows = fetch_all(sql, params, values) if sql else []
        if not converters:
            return rows
        rows = [list(row) for row in rows]
        for index, convert in converters:
            for row in rows:
                row[index] = convert(row[index])
        return rows


def converter_of(converters, column):
    """Return the function that converts a database value to the model's; it caches immutable values."""

    def convert(value):
        for converter in converters:
            value = converter(value, column, connection)
        return value

    return lru_cache(maxsize=8192)(convert) if isinstance(column.output_field, IMMUTABLE) else convert


class RawQuery(NamedTuple):
    """SQL that no single queryset makes; its rows have the database's values."""

    sql: str
    params: list

    def rows(self, **values):
        """Run the query with the values of its Slots; return a list of rows. One query."""
        return fetch_all(self.sql, self.params, values)


def fetch_all(sql, params, values):
    by_name = {name: adapt(value) for name, value in values.items()}
    parameters = [by_name[param.name] if type(param) is Slot else param for param in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def adapt(value):
    """Return a value in the form the database takes."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value
