"""The fields behind a query's columns, and how the database's values become those of the fields."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import F, Field, Model

Converter = Callable[[Any], Any]


def datetime_from_sqlite(value: datetime | str) -> datetime:
    """Return the time of a column, which comes as a naive datetime, or of an expression, which comes as text: UTC."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time.replace(tzinfo=UTC)


def date_from_sqlite(value: date | str) -> date:
    """Return the day of a column, which comes as a date, or of an expression, which comes as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def duration_from_sqlite(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


# By the internal type of a field. PostgreSQL returns all of these as Python has them.
FROM_SQLITE: dict[str, Converter] = {
    "BooleanField": bool,
    "DateField": date_from_sqlite,
    "DateTimeField": datetime_from_sqlite,
    "DurationField": duration_from_sqlite,
}
# SQLite stores these in a form of its own, and no query here reads them yet.
UNSUPPORTED = {"DecimalField", "TimeField", "UUIDField"}


def converters_of(
    model: type[Model], columns: Iterable[str], types: Mapping[str, Field]
) -> list[tuple[int, Converter]]:
    """Return (index, converter) of the columns whose values differ between database and model; none is given a None.

    `columns` are names as for `values_list`; `types` has the fields of annotations. An annotation without one keeps
    the database's value.
    """
    fields = [types.get(name) or field_at(model, name) for name in columns]
    converters = [converter_of(field) for field in fields]
    return [(index, convert) for index, convert in enumerate(converters) if convert is not None]


def field_at(model: type[Model], path: str) -> Field | None:
    """Return the field at a path such as `provider__name`, of a relation the key it holds; None for an annotation."""
    field = None
    for name in path.split("__"):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = field.related_model or Model
    while field.is_relation:
        field = field.related_model._meta.pk
    return field


def converter_of(field: Field | None) -> Converter | None:
    """Return the function from the database's values of a field to the model's, None if they are the same.

    Raises TypeError for a field whose values would stay as the database has them, unnoticed.
    """
    if field is None:
        return None
    if hasattr(field, "from_db_value"):
        expression = F(field.name)
        return lambda value: field.from_db_value(value, expression, connection)
    if connection.vendor != "sqlite":
        return None
    kind = field.get_internal_type()
    if kind in UNSUPPORTED:
        raise TypeError(f"a compiled query cannot read a {kind} on SQLite yet")
    return FROM_SQLITE.get(kind)
