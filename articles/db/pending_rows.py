"""Changes of rows that are collected first and written together later."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from articles.db.bulk_rows import chunked
from articles.db.bulk_updates import update_rows


class PendingRows:
    """Rows of any models to insert, update and delete; `write` does it with a few statements for all of them.

    Neither `Model.save` nor its signals run. Rows of one model are inserted in the order in which they were added, and
    those that refer to new rows of another model after these.
    """

    def __init__(self) -> None:
        self.new_rows: defaultdict[type[Model], list[Model]] = defaultdict(list)
        self.updates: defaultdict[type[Model], dict[Any, dict[str, Any]]] = defaultdict(dict)
        self.deleted_keys: defaultdict[type[Model], list[Any]] = defaultdict(list)

    def insert(self, row: Model) -> None:
        """Insert a row that has no key yet, or that of another row."""
        self.new_rows[type(row)].append(row)

    def update(self, row: Model, values: Mapping[str, Any]) -> bool:
        """Set those of `values`, {attribute: value}, that differ from the row's; return whether any does."""
        changes = {name: value for name, value in values.items() if getattr(row, name) != value}
        self.write_columns(row, changes)
        return bool(changes)

    def write_columns(self, row: Model, values: Mapping[str, Any]) -> None:
        """Set `values`, {attribute: value}, even if they equal the row's."""
        for name, value in values.items():
            setattr(row, name, value)
        if values:
            self.updates[type(row)].setdefault(row.pk, {}).update(values)

    def delete(self, row: Model) -> None:
        """Delete a row with the rows that refer to it."""
        self.deleted_keys[type(row)].append(row.pk)

    def refers_to_new_rows(self, model: type[Model]) -> bool:
        """Whether rows of `model` may refer to new rows of another model."""
        return any(field.related_model in self.new_rows.keys() - {model} for field in model._meta.concrete_fields)

    def write(self) -> None:
        """Write all changes and forget them. In a transaction only."""
        for model, keys in self.deleted_keys.items():
            for piece in chunked(keys):
                model._default_manager.filter(pk__in=piece).delete()
        for model, updates in self.updates.items():
            update_rows(model, updates.items())
        for model in sorted(self.new_rows, key=self.refers_to_new_rows):
            model._default_manager.bulk_create(self.new_rows[model])
        for changes in (self.deleted_keys, self.updates, self.new_rows):
            changes.clear()
