"""Rows of models as JSON, and back: for what is kept of a story as it was."""

from datetime import date, datetime, timedelta


def columns_written(model):
    """Return {attribute: field} of all columns that a row of `model` is written with."""
    return {field.attname: field for field in model._meta.concrete_fields if not field.generated}


def row_of(instance, without=()):
    """Return {attribute: JSON} of a model's row."""
    return {name: jsonable(getattr(instance, name)) for name in columns_written(type(instance)) if name not in without}


def jsonable(value):
    """Return a column's value as JSON has it; times as ISO 8601, lengths of time as seconds."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    return value if isinstance(value, dict | list | str | int | float | None) else str(value)


def columns_from(model, row):
    """Return {attribute: value} of a row as JSON; a foreign key's attribute takes the key as it is.

    Columns that the model had when the row was kept, and has no more, are left out.
    """
    fields = columns_written(model)
    return {
        name: value if value is None or fields[name].is_relation else python_value(fields[name], value)
        for name, value in row.items()
        if name in fields
    }


def python_value(field, value):
    """Return the value of a column that `jsonable` made JSON of."""
    if value is None:
        return None
    return timedelta(seconds=float(value)) if field.get_internal_type() == "DurationField" else field.to_python(value)
