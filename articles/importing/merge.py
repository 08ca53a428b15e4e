"""Three-way merge of upstream's document before (base), the desk (ours) and upstream's now (theirs). Pure."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

# Columns of a row, or fields of a document.
Fields = Mapping[str, Any]
Key = TypeVar("Key", bound=Hashable)


@dataclass
class FieldMerge:
    """The values to take from upstream, {field: value}, and the fields on which upstream and the desk disagree."""

    changes: dict[str, Any] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)


def merge_fields(base: Fields, ours: Fields, theirs: Fields) -> FieldMerge:
    """Return the FieldMerge of three dicts with the same keys.

    Only upstream changed: theirs is taken. Only the desk changed, or both alike: nothing to do.
    Both changed, differently: ours stays, and the field is a conflict.
    """
    merge = FieldMerge()
    for name, new in theirs.items():
        if new == base[name] or new == ours[name]:
            continue
        if ours[name] == base[name]:
            merge.changes[name] = new
        else:
            merge.conflicts.append(name)
    return merge


def merge_sets(base: Collection[str], ours: Iterable[str], theirs: Collection[str]) -> list[str]:
    """Return `ours` with what upstream added since `base` and without what it removed, in the same order."""
    removed_items = set(base) - set(theirs)
    remaining_items = [item for item in ours if item not in removed_items]
    return remaining_items + [item for item in theirs if item not in base and item not in remaining_items]


@dataclass
class ListMerge(Generic[Key]):
    """Changes to the rows of a list, by their keys; rows that are not named stay as they are."""

    create: dict[Key, Fields] = field(default_factory=dict)
    update: dict[Key, Fields] = field(default_factory=dict)
    delete: list[Key] = field(default_factory=list)
    order: list[Key] = field(default_factory=list)
    conflicts: list[Key] = field(default_factory=list)

    def changes_rows(self, ours: Mapping[Key, Fields]) -> bool:
        """Whether applying it changes the rows `ours`, an ordered dict."""
        return bool(self.create or self.update or self.delete) or self.order != list(ours)


def merge_lists(
    base: Mapping[Key, Fields],
    ours: Mapping[Key, Fields],
    theirs: Mapping[Key, Fields],
    pinned: Collection[Key] = frozenset(),
) -> ListMerge[Key]:
    """Return the ListMerge of three ordered dicts {key: {field: value}}.

    A row that the desk removed stays removed, one that it added stays; one that it changed, or that is `pinned`
    (hidden, for instance), is not removed. Rows follow upstream's order unless the desk has changed it.
    """
    merge: ListMerge[Key] = ListMerge()
    for key, row in theirs.items():
        if key in ours and key in base:
            fields = merge_fields(base[key], ours[key], row)
            if fields.changes:
                merge.update[key] = fields.changes
            if fields.conflicts:
                merge.conflicts.append(key)
        elif key not in ours and key not in base:
            merge.create[key] = row
    merge.delete = [
        key for key in base if key not in theirs and key in ours and ours[key] == base[key] and key not in pinned
    ]
    merge.order = merged_order(base, ours, theirs, merge)
    return merge


def merged_order(
    base: Mapping[Key, Fields], ours: Mapping[Key, Fields], theirs: Mapping[Key, Fields], merge: ListMerge[Key]
) -> list[Key]:
    """Return the keys of the rows after a ListMerge, in order."""
    remaining_keys = [key for key in ours if key not in merge.delete]
    if list(base) == list(theirs):
        return remaining_keys + list(merge.create)
    shared_keys = [key for key in remaining_keys if key in base]
    if shared_keys != [key for key in base if key in remaining_keys]:
        return remaining_keys + list(merge.create)
    keys_of_theirs = [key for key in theirs if key in remaining_keys or key in merge.create]
    return keys_of_theirs + [key for key in remaining_keys if key not in theirs]
