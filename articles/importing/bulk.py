"""Writing many rows of a model without making objects of them, and the text that databases take for values."""

import json
from datetime import UTC
from itertools import chain
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER

import orjson
from django.db import connection
from django.db.models import BooleanField, DateTimeField, DurationField, JSONField

from articles.rows_as_json import columns_written
from newsroom.pacing import Pace

KEYS_AT_ONCE = 2000
# What stands behind a time in UTC.
ZONE = "" if connection.vendor == "sqlite" else "+00:00"
ROWS_AT_ONCE = 400
# Truth values as every database takes them.
AS_NUMBER = {None: 0, False: 0, True: 1}


def time_text(when):
    """Return what the database takes for a time in UTC as the importer has it, `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`."""
    return f"{when[:10]} {when[11:-1]}{ZONE}" if when else None


def as_utc_text(when):
    """Return an aware datetime as the importer has times, or None for None."""
    return when and when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def json_text(value):
    """Return what the database takes for a JSON value, None for None.

    By design orjson does not write whole numbers of more than 64 bits, which documents may hold; the standard library
    does, and raises TypeError itself for all that is no JSON.
    """
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def stored_as(model, column, convert):
    """Return the function from a document's value to what the database takes for `column` of `model`."""
    field = model._meta.get_field(column)
    if isinstance(field, JSONField):
        return lambda value: json_text(convert(value))
    if isinstance(field, DateTimeField):
        return time_text
    if isinstance(field, BooleanField):
        return AS_NUMBER.__getitem__
    if isinstance(field, DurationField):
        return lambda value: field.get_db_prep_save(convert(value), connection)
    return convert


class Layout:
    """In what order the columns of a model stand in rows: those `named`; behind them come the others' `defaults`."""

    def __init__(self, model, named, left_at_default=()):
        self.model, self.named, self.left_at_default = model, tuple(named), tuple(left_at_default)
        fields = columns_written(model)
        self.columns = [fields[name].column for name in (*self.named, *left_at_default)]
        self.defaults = tuple(
            fields[name].get_db_prep_save(fields[name].get_default(), connection) for name in left_at_default
        )

    def insert(self, rows):
        """Write `rows`, tuples of what is named."""
        rows = list(rows)
        if rows:
            insert(self.model._meta.db_table, self.columns, rows, self.defaults)


def insert(table, columns, rows, same=()):
    """Write `rows` into `table` in the quickest way the database has; raises what Django raises for bad rows.

    The last of the columns hold the `same` in every row, and the rows leave them out.
    """
    quote = connection.ops.quote_name
    into = f"{quote(table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, *same))
        else:
            insert_on_sqlite(connection.connection, into, len(columns) - len(same), rows, same)


def insert_on_sqlite(database, into, width, rows, same):
    """Write `rows` of `width` columns, many in a statement, which takes a quarter less than `executemany`.

    The `same` stand in the statement, as Python looks for an adapter of each None and each truth value it is given.
    """
    one = f"({', '.join([*'?' * width, *map(literal, same)])})"
    at_once = min(ROWS_AT_ONCE, database.getlimit(SQLITE_LIMIT_VARIABLE_NUMBER) // width)
    whole = len(rows) - len(rows) % at_once
    many = f"INSERT INTO {into} VALUES {', '.join([one] * at_once)}"  # noqa: S608 - names of the models alone
    for begin in range(0, whole, at_once):
        database.execute(many, list(chain.from_iterable(rows[begin : begin + at_once])))
    database.executemany(f"INSERT INTO {into} VALUES {one}", rows[whole:])  # noqa: S608


def literal(value):
    """Return a model's default as SQLite's SQL has it."""
    if isinstance(value, str):
        return "'{}'".format(value.replace("'", "''"))
    return "NULL" if value is None else repr(value + 0)


def set_column(model, name, values):
    """Set the column `name` of rows of `model`, {primary key: value}; on PostgreSQL in one statement."""
    if not values:
        return
    field, key = columns_written(model)[name], model._meta.pk
    table, column, keys = map(connection.ops.quote_name, (model._meta.db_table, field.column, key.column))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} SET {column} = given.value::{field.db_type(connection)} "  # noqa: S608
                f"FROM jsonb_each_text(%s) AS given WHERE {keys} = given.key::{key.db_type(connection)}",
                [json_text({str(pk): value for pk, value in values.items()})],
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET {column} = %s WHERE {keys} = %s",  # noqa: S608
                [(value, pk) for pk, value in values.items()],
            )


def look_up(model, column, values):
    """Return the set of those of `values` that `column` of a row of `model` has.

    For thousands of values, of which Django would make as many parameters, and psycopg an array, one by one.
    """
    name, table = column_of(model, column), connection.ops.quote_name(model._meta.db_table)
    sql = f"SELECT {name} FROM {table} WHERE {name} {among(model, column)}"  # noqa: S608 - names of the models alone
    return {value for (value,) in ask(sql, values)}


def among(model, column):
    """Return the SQL by which a column is one of many values: a condition's end, with the hole that `ask` fills."""
    if connection.vendor == "postgresql":
        sort = columns_written(model)[column].db_type(connection)
        return f"= ANY(ARRAY(SELECT jsonb_array_elements_text(%s::jsonb))::{sort}[])"
    return "IN (SELECT value FROM json_each(%s))"


def look_up_pairs(model, columns, pairs):
    """Return those of `pairs`, each another, that two `columns` of a row of `model` have, as the database does.

    As `look_up`: in one query, with one parameter.
    """
    if connection.vendor == "postgresql":
        sorts = [columns_written(model)[name].db_type(connection) for name in columns]
        parts, them = [f"(value ->> {place})::{sort}" for place, sort in enumerate(sorts)], "jsonb_array_elements(%s)"
    else:
        parts, them = [f"json_extract(value, '$[{place}]')" for place in range(len(columns))], "json_each(%s)"
    table, names = connection.ops.quote_name(model._meta.db_table), [column_of(model, name) for name in columns]
    # Joined in this order, as SQLite would else look for the first of a pair alone; not null, for an index of those.
    told = " AND ".join(f"{name} = {part} AND {name} IS NOT NULL" for name, part in zip(names, parts, strict=True))
    return ask(f"SELECT {', '.join(names)} FROM {them} AS them CROSS JOIN {table} WHERE {told}", pairs)  # noqa: S608


def ask(sql, values):
    """Return all rows of a query with one hole, which `values` fill as a JSON array."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [json_text(list(values))])
        return cursor.fetchall()


def column_of(model, name):
    return connection.ops.quote_name(columns_written(model)[name].column)


def new_keys(model, number):
    """Return `number` primary keys for new rows of `model` that nobody else will get. In a transaction only."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # OFFSET keeps the name of the sequence from being looked up for each key.
            cursor.execute(
                "SELECT nextval(keys) FROM generate_series(1, %s), "
                "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS keys OFFSET 0) AS named",
                [number, table, column],
            )
            return [key for (key,) in cursor.fetchall()]
        # SQLite's transactions begin with its one write lock, so nobody else is counting.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
    return list(range(last + 1, last + number + 1))


def analyse(*models):
    """Have the database count the rows of `models` anew, so that it plans queries by what is there now."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in models:
            if connection.vendor == "postgresql":
                # Of texts, which no index has, it would sort thousands.
                cursor.execute(f"ANALYZE {quote(model._meta.db_table)} ({', '.join(indexed_columns(model))})")
            else:
                analyse_on_sqlite(cursor, model._meta.db_table)


def analyse_on_sqlite(cursor, table):
    """Count a table's rows index by index, as SQLite holds its write lock while it counts."""
    cursor.execute("SELECT name, partial FROM pragma_index_list(%s)", [table])
    indexes, pace = cursor.fetchall(), Pace()
    # The number of all rows is told by an index of all rows, or by the table.
    is_counted = any(not is_partial for _name, is_partial in indexes)
    for name in [name for name, _is_partial in indexes] if is_counted else [table]:
        with pace.turn():
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")


def indexed_columns(model):
    """Return the quoted names of the columns of `model` that an index has, or its condition speaks of."""
    options = model._meta
    names = {name for index in options.indexes for name, _order in index.fields_orders}
    names |= {name for constraint in options.constraints for name in getattr(constraint, "fields", ())}
    told = [options.get_field(name) for name in names]
    told += [
        field
        for field in options.concrete_fields
        if field.is_relation or field.db_index or field.unique or field.generated
    ]
    return sorted({connection.ops.quote_name(field.column) for field in told})


def commit_without_waiting():
    """Have the transaction that is open end before it is on PostgreSQL's disk; the next one that waits waits for both.

    A server that loses power loses such transactions whole, as if the import had been killed a moment before.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def in_pieces(values):
    """Yield `values` in lists short enough for one query."""
    values = list(values)
    for begin in range(0, len(values), KEYS_AT_ONCE):
        yield values[begin : begin + KEYS_AT_ONCE]
