"""Statements made once: Django takes some ten times longer to make a statement than the database to run it.

A queryset is written as any other, with a Blank where a value differs from one run to the next:

    LATEST = Statement(lambda: Article.objects.published(Blank("now")).latest_first()[:10].values_list("title"))
    LATEST.rows(now=timezone.now())

What differs in shape (the number of keys, a page with and one without a beginning) is a Statement of its own.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, DateField, DurationField, Expression
from django.db.models.query import get_related_populators

# Fields whose values are of a kind that cannot be changed in place.
UNCHANGEABLE = (BooleanField, DateField, DurationField)


class Hole(NamedTuple):
    """Where in a statement's parameters the value of this name goes."""

    name: str


class Blank(Expression):
    """A value that is filled in when a Statement runs; stands wherever a queryset takes an expression."""

    def __init__(self, name, output_field=None):
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [Hole(self.name)]

    def get_source_expressions(self):
        return []


class Statement:
    """A queryset, made by `make` on first use; its rows become `of(*row)` if that is given, else stay tuples."""

    def __init__(self, make, of=None):
        self.make, self.of = make, of
        self.compiled = lru_cache(self.compile)

    def compile(self, vendor):
        """Return the compiler that has made the statement, the statement, its parameters and converters of columns."""
        compiler = self.make().query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return compiler, "", [], []
        columns = [column for column, _sql, _alias in compiler.select]
        needed = compiler.get_converters(columns).items()
        return compiler, sql, params, [(place, converter_of(*how)) for place, how in needed]

    def rows(self, **values):
        """Run it with the values of its Blanks; return a list of its rows. One query."""
        rows = self.fetch(values)
        return [self.of(*row) for row in rows] if self.of else rows

    def objects(self, **values):
        """Run it; return a list of model instances with those of `select_related`, and annotations. One query."""
        rows = self.fetch(values)
        if not rows:
            return []
        compiler = self.compiled(connection.vendor)[0]
        info = compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column.target.attname for column, _sql, _alias in compiler.select[first:last]]
        populators = get_related_populators(info, compiler.select, connection.alias)
        made = []
        for row in rows:
            one = info["model"].from_db(connection.alias, names, row[first:last])
            for populator in populators:
                populator.populate(row, one)
            for name, place in compiler.annotation_col_map.items():
                setattr(one, name, row[place])
            made.append(one)
        return made

    def fetch(self, values):
        _compiler, sql, params, converters = self.compiled(connection.vendor)
        rows = fetched(sql, params, values) if sql else []
        if not converters:
            return rows
        rows = [list(row) for row in rows]
        for place, convert in converters:
            for row in rows:
                row[place] = convert(row[place])
        return rows


def converter_of(converters, column):
    """Return the function that makes of a column's value what the model has; it remembers what cannot be changed."""

    def convert(value):
        for one in converters:
            value = one(value, column, connection)
        return value

    return lru_cache(maxsize=8192)(convert) if isinstance(column.output_field, UNCHANGEABLE) else convert


class Typed(NamedTuple):
    """A statement that no queryset makes by itself; its rows are as the database gives them."""

    sql: str
    params: list

    def rows(self, **values):
        """Run it with the values of its Holes; return a list of its rows. One query."""
        return fetched(self.sql, self.params, values)


def fetched(sql, params, values):
    given = {name: adapted(value) for name, value in values.items()}
    filled = [given[param.name] if type(param) is Hole else param for param in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, filled)
        return cursor.fetchall()


def adapted(value):
    """Return a value as the database takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value
