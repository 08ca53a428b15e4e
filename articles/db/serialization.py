"""Rows of models as JSON and back, for the history and for snapshots of stories."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, cast

from django.db.models import (
    BooleanField,
    CharField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    TextField,
)

# A serialized row, {attribute: JSON value}. The values are as varied as the columns.
SerializedRow = dict[str, Any]
# Fields whose values are JSON values already.
JSON_FIELDS = (BooleanField, CharField, FloatField, IntegerField, JSONField, TextField)


@lru_cache(maxsize=500)
def writable_fields(model: type[Model]) -> Mapping[str, Field]:
    """Return {attribute: field} of the columns of `model` that are written; generated columns are not."""
    return MappingProxyType({field.attname: field for field in model._meta.concrete_fields if not field.generated})


def column_name(field: Field) -> str:
    """Return the name of the column of one of `writable_fields`."""
    # None only for a field without a column, such as a many-to-many field.
    return cast("str", field.column)


def serialize_row(instance: Model, omit: Collection[str] = ()) -> SerializedRow:
    """Return {attribute: JSON value} of a model instance, without the attributes to `omit`."""
    names, read, names_to_convert = row_reader(type(instance))
    row = dict(zip(names, read(instance), strict=True))
    for name in names_to_convert:
        row[name] = json_value(row[name])
    for name in omit:
        del row[name]
    return row


@lru_cache(maxsize=500)
def row_reader(model: type[Model]) -> tuple[tuple[str, ...], Callable[[Model], tuple[object, ...]], tuple[str, ...]]:
    """Return (attributes of `model`'s columns, function that reads them, those whose values need a conversion)."""
    fields = writable_fields(model)
    names_to_convert = (name for name, field in fields.items() if not isinstance(stored_field(field), JSON_FIELDS))
    return tuple(fields), attrgetter(*fields), tuple(names_to_convert)


def stored_field(field: Field) -> Field:
    """Return the field whose values a column has: of a foreign key, the one it refers to."""
    return field.target_field if isinstance(field, ForeignKey) else field


def json_value(value: object) -> object:
    """Return a column's value as JSON: times in ISO 8601, durations as seconds in text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    return value if isinstance(value, dict | list | str | int | float | None) else str(value)


def deserialize_row(model: type[Model], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return {attribute: value} of a serialized row; a foreign key's attribute takes the key as it is.

    Columns that the model no longer has are left out.
    """
    fields = writable_fields(model)
    return {
        name: value if value is None or fields[name].is_relation else python_value(fields[name], value)
        for name, value in row.items()
        if name in fields
    }


def python_value(field: Field, value: Any) -> Any:
    """Return the column's value of a `json_value`."""
    if value is None:
        return None
    return timedelta(seconds=float(value)) if field.get_internal_type() == "DurationField" else field.to_python(value)
