"""Reading and writing many rows of a model without model instances, and values as text that the database takes."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER, Connection
from typing import Any, TypeVar, overload

import orjson
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, DateTimeField, DurationField, JSONField, Model

from articles.db.serialization import column_name, writable_fields
from newsroom.pacing import Pace

KEYS_PER_QUERY = 2000
ROWS_PER_STATEMENT = 400
# The suffix of a time in UTC.
UTC_SUFFIX = "" if connection.vendor == "sqlite" else "+00:00"
# Booleans as every database takes them.
BOOLEAN_NUMBERS: dict[bool | None, int] = {None: 0, False: 0, True: 1}
Value = TypeVar("Value")
# A row's values in the order of its columns.
Row = Sequence[object]


def time_text(when: str | None) -> str | None:
    """Return what the database takes for the importer's text of a time in UTC, `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`."""
    return f"{when[:10]} {when[11:-1]}{UTC_SUFFIX}" if when else None


@overload
def as_utc_text(when: datetime) -> str: ...
@overload
def as_utc_text(when: None) -> None: ...
def as_utc_text(when: datetime | None) -> str | None:
    """Return an aware datetime as the importer's text of a time in UTC, None for None."""
    return None if when is None else when.astimezone(UTC).isoformat().replace("+00:00", "Z")


@overload
def json_text(value: Mapping[str, Any] | Sequence[Any] | float) -> str: ...
@overload
def json_text(value: None) -> None: ...
def json_text(value: object) -> str | None:
    """Return what the database takes for a JSON value, None for None.

    By design orjson refuses integers of more than 64 bits, which documents may hold; the standard library writes them,
    and raises TypeError for anything that is not JSON.
    """
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def column_converter(model: type[Model], column: str, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function that converts a document's value to what the database takes for `column` of `model`."""
    field = model._meta.get_field(column)
    if isinstance(field, JSONField):
        return lambda value: json_text(convert(value))
    if isinstance(field, DateTimeField):
        return time_text
    if isinstance(field, BooleanField):
        return BOOLEAN_NUMBERS.__getitem__
    if isinstance(field, DurationField):
        return lambda value: field.get_db_prep_save(convert(value), connection)
    return convert


class RowLayout:
    """The order of a model's columns in rows: `names`, which rows have, then `default_names`, which get defaults."""

    def __init__(self, model: type[Model], names: Iterable[str], default_names: Iterable[str] = ()) -> None:
        self.model, self.names, self.default_names = model, tuple(names), tuple(default_names)
        fields = writable_fields(model)
        self.columns = [column_name(fields[name]) for name in (*self.names, *self.default_names)]
        self.defaults = tuple(
            fields[name].get_db_prep_save(fields[name].get_default(), connection) for name in self.default_names
        )

    def insert(self, rows: Iterable[Row]) -> None:
        """Insert `rows`, tuples of the values of `names`."""
        rows = list(rows)
        if rows:
            insert(self.model._meta.db_table, self.columns, rows, self.defaults)


def insert(table: str, columns: Sequence[str], rows: Sequence[Row], constants: Sequence[Any] = ()) -> None:
    """Insert `rows` into `table` in the database's fastest way; raise what Django raises for bad rows.

    The last of the `columns` get the `constants` in every row; the rows leave them out.
    """
    quote = connection.ops.quote_name
    into = f"{quote(table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, *constants))
        else:
            insert_on_sqlite(connection.connection, into, len(columns) - len(constants), rows, constants)


def insert_on_sqlite(
    database: Connection, into: str, width: int, rows: Sequence[Row], constants: Sequence[Any]
) -> None:
    """Insert `rows` of `width` columns, many per statement, which takes a quarter less time than `executemany`.

    The `constants` are written into the statement: for each None and boolean parameter Python would look up an adapter.
    """
    row_sql = f"({', '.join([*'?' * width, *map(literal, constants)])})"
    rows_per_statement = min(ROWS_PER_STATEMENT, database.getlimit(SQLITE_LIMIT_VARIABLE_NUMBER) // width)
    end = len(rows) - len(rows) % rows_per_statement
    statement = f"INSERT INTO {into} VALUES {', '.join([row_sql] * rows_per_statement)}"  # noqa: S608 - names of models
    for begin in range(0, end, rows_per_statement):
        database.execute(statement, list(chain.from_iterable(rows[begin : begin + rows_per_statement])))
    database.executemany(f"INSERT INTO {into} VALUES {row_sql}", rows[end:])  # noqa: S608


def literal(value: str | float | None) -> str:
    """Return a default value as a literal of SQLite's SQL."""
    if isinstance(value, str):
        return "'{}'".format(value.replace("'", "''"))
    return "NULL" if value is None else repr(value + 0)


def fetch_existing(model: type[Model], column: str, values: Iterable[str]) -> set[str]:
    """Return the set of those `values` that some row of `model` has in `column`.

    One query with one JSON parameter: Django would make a parameter of each of thousands of values.
    """
    name, table = column_of(model, column), connection.ops.quote_name(model._meta.db_table)
    sql = f"SELECT {name} FROM {table} WHERE {name} {in_values(model, column)}"  # noqa: S608 - names of models
    return {value for (value,) in fetch_rows(sql, values)}


def in_values(model: type[Model], column: str) -> str:
    """Return SQL that follows a column's name: "is one of the values", with the placeholder `fetch_rows` fills."""
    if connection.vendor == "postgresql":
        db_type = writable_fields(model)[column].db_type(connection)
        return f"= ANY(ARRAY(SELECT jsonb_array_elements_text(%s::jsonb))::{db_type}[])"
    return "IN (SELECT value FROM json_each(%s))"


def fetch_pairs(
    models: Sequence[type[Model]], columns: tuple[str, str], pairs: Collection[tuple[object, object]]
) -> list[tuple[Any, ...]]:
    """Return those distinct `pairs` that some row of `models` has in two `columns`, as the database returns them.

    The columns have the same names and types in all models.

    One query with one JSON parameter, as in `fetch_existing`.
    """
    if connection.vendor == "postgresql":
        db_types = [writable_fields(models[0])[name].db_type(connection) for name in columns]
        values = [f"(value ->> {number})::{db_type}" for number, db_type in enumerate(db_types)]
        source = "jsonb_array_elements(%s)"
    else:
        values = [f"json_extract(value, '$[{number}]')" for number in range(len(columns))]
        source = "json_each(%s)"
    # CROSS JOIN fixes the order, or SQLite would look up the first of each pair alone; IS NOT NULL admits an index
    # with that condition.
    names = [column_of(models[0], name) for name in columns]
    where = " AND ".join(f"{name} = {value} AND {name} IS NOT NULL" for name, value in zip(names, values, strict=True))
    tables = [connection.ops.quote_name(model._meta.db_table) for model in models]
    selects = [f"SELECT {', '.join(names)} FROM pairs CROSS JOIN {table} WHERE {where}" for table in tables]  # noqa: S608
    return fetch_rows(f"WITH pairs AS (SELECT value FROM {source}) {' UNION '.join(selects)}", pairs)  # noqa: S608


def fetch_rows(sql: str, values: Iterable[object]) -> list[tuple[Any, ...]]:
    """Return all rows of a query with one placeholder, which gets the `values` as a JSON array."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [json_text(list(values))])
        return cursor.fetchall()


def column_of(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(column_name(writable_fields(model)[name]))


def reserve_keys(model: type[Model], number: int) -> list[int]:
    """Return `number` primary keys for new rows of `model`, which no other writer gets. In a transaction only."""
    table, column = model._meta.db_table, column_name(model._meta.pk)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # OFFSET 0 makes PostgreSQL look up the sequence once instead of for each key.
            cursor.execute(
                "SELECT nextval(keys) FROM generate_series(1, %s), "
                "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS keys OFFSET 0) AS named",
                [number, table, column],
            )
            return [key for (key,) in cursor.fetchall()]
        # Transactions here begin by taking SQLite's one write lock, so no other writer reads this number now.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
    return list(range(last + 1, last + number + 1))


def analyse(*models: type[Model]) -> None:
    """Update the statistics of `models`, by which the database plans queries."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in models:
            if connection.vendor == "postgresql":
                # Only indexed columns: for statistics of long texts it would sort thousands of them.
                cursor.execute(f"ANALYZE {quote(model._meta.db_table)} ({', '.join(indexed_columns(model))})")
            else:
                analyse_on_sqlite(cursor, model._meta.db_table)


def analyse_on_sqlite(cursor: CursorWrapper, table: str) -> None:
    """Analyse a table index by index, because SQLite holds its write lock while it analyses."""
    cursor.execute("SELECT name, partial FROM pragma_index_list(%s)", [table])
    indexes, pace = cursor.fetchall(), Pace()
    # SQLite needs the number of rows: from an index of all rows, or else from the table.
    has_full_index = any(not is_partial for _name, is_partial in indexes)
    for name in [name for name, _is_partial in indexes] if has_full_index else [table]:
        with pace.turn():
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")


def indexed_columns(model: type[Model]) -> list[str]:
    """Return the quoted names of the columns of `model` that are in an index."""
    options = model._meta
    names = {name for index in options.indexes for name, _order in index.fields_orders}
    names |= {name for constraint in options.constraints for name in getattr(constraint, "fields", ())}
    fields = [
        field
        for field in options.concrete_fields
        if field.name in names
        or field.is_relation
        or getattr(field, "db_index", False)
        or field.unique
        or field.generated
    ]
    return sorted({connection.ops.quote_name(column_name(field)) for field in fields})


def commit_asynchronously() -> None:
    """Let the open transaction commit on PostgreSQL without waiting for the disk; the next ordinary commit waits.

    After a power failure such transactions may be missing as a whole, as if the import had been killed before them.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def chunked(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yield `values` in lists short enough for one query."""
    values = list(values)
    for begin in range(0, len(values), KEYS_PER_QUERY):
        yield values[begin : begin + KEYS_PER_QUERY]
