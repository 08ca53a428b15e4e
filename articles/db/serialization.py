"""Rows of models as JSON and back, for the history and for snapshots of stories."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Field, Model

# A serialized row, {attribute: JSON value}. The values are as varied as the columns.
SerializedRow = dict[str, Any]


def writable_fields(model: type[Model]) -> dict[str, Field]:
    """Return {attribute: field} of the columns of `model` that are written; generated columns are not."""
    return {field.attname: field for field in model._meta.concrete_fields if not field.generated}


def column_name(field: Field) -> str:
    """Return the name of the column of one of `writable_fields`."""
    # None only for a field without a column, such as a many-to-many field.
    return cast("str", field.column)


def serialize_row(instance: Model, omit: Collection[str] = ()) -> SerializedRow:
    """Return {attribute: JSON value} of a model instance, without the attributes to `omit`."""
    return {name: json_value(getattr(instance, name)) for name in writable_fields(type(instance)) if name not in omit}


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
