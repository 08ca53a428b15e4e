"""The fields behind a query's columns, and the conversion of the database's values to those of the fields."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import F, Field, ForeignObjectRel, Model

Converter = Callable[[Any], Any]


def datetime_from_sqlite(value: datetime | str) -> datetime:
    """Return a time in UTC. SQLite returns naive datetimes for columns, and text for expressions."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time.replace(tzinfo=UTC)


def date_from_sqlite(value: date | str) -> date:
    """Return a day. SQLite returns dates for columns, and text for expressions."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def duration_from_sqlite(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


# By the internal type of a field. PostgreSQL returns all of these as Python's types.
FROM_SQLITE: dict[str, Converter] = {
    "BooleanField": bool,
    "DateField": date_from_sqlite,
    "DateTimeField": datetime_from_sqlite,
    "DurationField": duration_from_sqlite,
}
# SQLite stores these in other forms, and no query here reads them yet.
UNSUPPORTED = {"DecimalField", "TimeField", "UUIDField"}


def converters_of(
    model: type[Model], columns: Iterable[str], types: Mapping[str, Field[Any, Any]]
) -> list[tuple[int, Converter]]:
    """Return (index, converter) of the columns whose values differ between database and model.

    A converter is never called with None. `columns` are names as for `values_list`; `types` has the fields of
    annotations. An annotation without a field keeps the database's value.
    """
    fields = [types.get(name) or field_at(model, name) for name in columns]
    converters = [converter_of(field) for field in fields]
    return [(index, convert) for index, convert in enumerate(converters) if convert is not None]


def field_at(model: type[Model], path: str) -> Field[Any, Any] | None:
    """Return the field at a path such as `provider__name`, or None for an annotation.

    For a relation that is the primary key of the related model, as the column contains its values.
    """
    *relations, last = path.split("__")
    try:
        for name in relations:
            model = related_model(model._meta.get_field(name))
        field = model._meta.pk if last == "pk" else model._meta.get_field(last)
        while not isinstance(field, Field) or field.is_relation:
            field = related_model(field)._meta.pk
    except FieldDoesNotExist:
        return None
    return field


def related_model(field: Field[Any, Any] | ForeignObjectRel) -> type[Model]:
    """Return the model at the other end of a relation. Raises FieldDoesNotExist for a field that is not one."""
    if field.related_model is None:
        raise FieldDoesNotExist(f"{field} is not a relation")
    return field.related_model


def converter_of(field: Field[Any, Any] | None) -> Converter | None:
    """Return the function that converts the database's values of a field, or None if they need no conversion.

    Raises TypeError for a field of an unsupported type, whose values would stay as the database returns them.
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
