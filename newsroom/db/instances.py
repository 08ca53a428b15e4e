"""Model instances from rows of explicit columns."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.db.models import Field, Model


class Instances:
    """Make instances of a model from rows: select its `columns`, and call it with the values of a row.

    `only` or `without` name the fields to load or to leave out; the others are deferred. `related` has the Instances
    behind foreign keys, `annotations` the fields of a queryset's annotations.
    """

    def __init__(
        self,
        model: type[Model],
        *,
        only: Collection[str] = (),
        without: Collection[str] = (),
        related: Mapping[str, "Instances"] | None = None,
        annotations: Mapping[str, Field[Any, Any]] | None = None,
    ) -> None:
        self.model = model
        self.related, self.annotations = dict(related or {}), dict(annotations or {})
        by_name = {field.name: field for field in model._meta.concrete_fields}
        # A misspelt name would load a field that should be left out.
        unknown = {*only, *without, *self.related} - by_name.keys()
        if unknown:
            raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
        required = {*only, *self.related, model._meta.pk.name} if only else by_name.keys() - {*without}
        # In the model's order, as `from_db` requires.
        names = [name for name in by_name if name in required]
        self.loaded = [by_name[name].attname for name in names]
        self.key_index = names.index(model._meta.pk.name)
        self.columns = (*names, *self.related_columns(), *self.annotations)

    def related_columns(self) -> list[str]:
        return [f"{name}__{column}" for name, other in self.related.items() for column in other.columns]

    def __call__(self, *row: Any) -> Model:
        """Return the instance of a row of `columns`."""
        end = len(self.loaded)
        instance = self.model.from_db(connection.alias, self.loaded, row[:end])
        for name, other in self.related.items():
            begin, end = end, end + len(other.columns)
            # Without a related row all its columns are NULL, including its key.
            if row[begin + other.key_index] is not None:
                setattr(instance, name, other(*row[begin:end]))
        for name, value in zip(self.annotations, row[end:], strict=True):
            setattr(instance, name, value)
        return instance
