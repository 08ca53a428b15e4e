"""Updating many rows of a model, each with its own values, by a few statements."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    DurationField,
    FloatField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)
from django.utils.duration import duration_iso_string

from articles.db.bulk_rows import BOOLEAN_NUMBERS, as_utc_text, json_text, time_text
from articles.db.serialization import column_name, writable_fields

# Fields whose values the database takes as they are.
PLAIN_FIELDS = (CharField, TextField, IntegerField, FloatField)
# The key of a row and the new values of its columns, as the model's attributes have them.
RowUpdate = tuple[int | str, Mapping[str, Any]]


def set_column(model: type[Model], name: str, values: Mapping[int, Any]) -> None:
    """Set the column `name` of rows of `model`; `values` are {primary key: value as the database takes it}."""
    update_columns(model, (name,), [(value, key) for key, value in values.items()])


def update_rows(model: type[Model], updates: Iterable[RowUpdate]) -> None:
    """Update rows of `model`, each only in the columns that it names. One statement for each set of columns.

    A trigger on some columns runs only if an update names one of them, so rows do not get values that they have.
    """
    rows: defaultdict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for key, values in updates:
        names = tuple(sorted(values))
        rows[names].append((*(database_value(model, name)(values[name]) for name in names), key))
    for names, group in rows.items():
        if names:
            update_columns(model, names, group)


def update_columns(model: type[Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set the columns `names`; `rows` are tuples of their values as the database takes them and of the primary key."""
    if not rows:
        return
    quote, fields = connection.ops.quote_name, writable_fields(model)
    key, table = model._meta.pk, quote(model._meta.db_table)
    columns = [quote(column_name(fields[name])) for name in names]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            assignments = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(f"UPDATE {table} SET {assignments} WHERE {quote(column_name(key))} = %s", rows)  # noqa: S608
            return
        # All values pass as text in one parameter, so that the statement does not depend on the number of rows.
        assignments = ", ".join(
            f"{column} = (given.value ->> {number})::{fields[name].db_type(connection)}"
            for number, (column, name) in enumerate(zip(columns, names, strict=True))
        )
        cursor.execute(
            f"UPDATE {table} SET {assignments} FROM jsonb_array_elements(%s) AS given "  # noqa: S608
            f"WHERE {table}.{quote(column_name(key))} = (given.value ->> {len(names)})::{key.rel_db_type(connection)}",
            [json_text(list(rows))],
        )


@lru_cache(maxsize=500)
def database_value(model: type[Model], name: str) -> Callable[[Any], Any]:
    """Return the function that converts an attribute's value to what `update_columns` takes for its column."""
    field = writable_fields(model)[name]
    if isinstance(field, JSONField):
        return json_text
    if isinstance(field, DateTimeField):
        return to_time_text
    if isinstance(field, BooleanField):
        return BOOLEAN_NUMBERS.__getitem__ if not field.null else to_boolean_number
    if isinstance(field, DurationField) and connection.vendor == "postgresql":
        return to_duration_text
    if field.is_relation or isinstance(field, PLAIN_FIELDS):
        return unchanged
    return lambda value: field.get_db_prep_save(value, connection)


def unchanged(value: Any) -> Any:
    return value


def to_time_text(when: datetime | None) -> str | None:
    return time_text(as_utc_text(when))


def to_boolean_number(value: bool | None) -> int | None:
    return None if value is None else int(value)


def to_duration_text(duration: timedelta | None) -> str | None:
    return None if duration is None else duration_iso_string(duration)
