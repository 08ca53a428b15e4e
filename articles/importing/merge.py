"""Three-way merge of upstream's document before (base), the desk (ours) and upstream's now (theirs). Pure."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from articles.choices import MergePolicy

# Columns of a row, or fields of a document.
Fields = Mapping[str, Any]
Key = TypeVar("Key", bound=Hashable)


@dataclass
class FieldMerge:
    """The values to take from upstream, {field: value}, and the fields on which upstream and the desk disagree."""

    changes: dict[str, Any] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)


def merge_fields(
    base: Fields,
    ours: Fields,
    theirs: Fields,
    policies: Mapping[str, MergePolicy] | None = None,
    desk_fields: Collection[str] = frozenset(),
) -> FieldMerge:
    """Return the FieldMerge of three dicts with the same keys.

    Only upstream changed: theirs is taken. Only the desk changed, or both alike: nothing to do.
    Both changed, differently: ours stays, and the field is a conflict if its policy is to ask. `policies` are
    {field: MergePolicy}, by default ASK. With UNTIL_DESK, ours stays as well for the `desk_fields`, which the desk has
    set, even if it is equal to `base`.
    """
    policies = policies or {}
    merge = FieldMerge()
    for name, new in theirs.items():
        if new == base[name] or new == ours[name]:
            continue
        policy = policies.get(name, MergePolicy.ASK)
        is_desk_owned = policy is MergePolicy.UNTIL_DESK and name in desk_fields
        if ours[name] == base[name] and not is_desk_owned:
            merge.changes[name] = new
        elif policy is MergePolicy.ASK:
            merge.conflicts.append(name)
    return merge


def merge_sets(
    base: Collection[str],
    ours: Iterable[str],
    theirs: Collection[str],
    removed: Collection[str] = frozenset(),
    *,
    is_desk_owned: bool = False,
) -> list[str]:
    """Return `ours` with what upstream added since `base` and without what it removed, in the same order.

    What the desk `removed` earlier is not added again. If the set `is_desk_owned`, upstream changes nothing.
    """
    ours = list(ours)
    if is_desk_owned:
        return ours
    removed_items = set(base) - set(theirs)
    remaining_items = [item for item in ours if item not in removed_items]
    new_items = [item for item in theirs if item not in base and item not in remaining_items and item not in removed]
    return remaining_items + new_items


def belongs_to_desk(policy: MergePolicy, base: object, ours: object, *, is_set: bool) -> bool:
    """Whether imports leave a list as it is: the desk set or changed it, and upstream counts only until then."""
    return policy is MergePolicy.UNTIL_DESK and (is_set or ours != base)


def updated_removals(removed: Iterable[Key], base: Iterable[Key], ours: Collection[Key]) -> list[Key]:
    """Return what the desk has removed: what it `removed` earlier or is in `base`, and is not in `ours`."""
    return [key for key in dict.fromkeys([*removed, *base]) if key not in ours]


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
    removed: Collection[Key] = frozenset(),
    policy: MergePolicy = MergePolicy.ASK,
    *,
    first: Key | None = None,
    is_desk_owned: bool = False,
) -> ListMerge[Key]:
    """Return the ListMerge of three ordered dicts {key: {field: value}}.

    A row that the desk removed stays removed, also one of those `removed` before `base`; one that it added stays, and
    receives upstream's values for its empty fields; one that it changed, or that is `pinned` (hidden, for instance), is
    not removed. Rows follow upstream's order unless the desk has changed it; the row that the desk put `first` stays
    first. If the list `is_desk_owned`, upstream changes nothing.
    """
    if is_desk_owned:
        return ListMerge(order=list(ours))
    merge: ListMerge[Key] = ListMerge()
    for key, row in theirs.items():
        if key in ours and key in base:
            fields = merge_fields(base[key], ours[key], row, dict.fromkeys(row, policy))
            if fields.changes:
                merge.update[key] = fields.changes
            if fields.conflicts:
                merge.conflicts.append(key)
        elif key in ours:
            missing_values = {name: new for name, new in row.items() if is_empty(ours[key][name]) and not is_empty(new)}
            if missing_values:
                merge.update[key] = missing_values
        elif key not in base and key not in removed:
            merge.create[key] = row
    merge.delete = [
        key for key in base if key not in theirs and key in ours and ours[key] == base[key] and key not in pinned
    ]
    merge.order = merged_order(base, ours, theirs, merge)
    if first is not None and first in merge.order:
        merge.order = [first, *(key for key in merge.order if key != first)]
    return merge


def is_empty(value: object) -> bool:
    """Whether a value of a row is missing; 0 is not."""
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def merged_order(
    base: Mapping[Key, Fields], ours: Mapping[Key, Fields], theirs: Mapping[Key, Fields], merge: ListMerge[Key]
) -> list[Key]:
    """Return the keys of the rows after a ListMerge, in order.

    In upstream's order, a row of the desk follows the row that it follows in `ours`, or is the first.
    """
    remaining_keys = [key for key in ours if key not in merge.delete]
    if list(base) == list(theirs):
        return remaining_keys + list(merge.create)
    shared_keys = [key for key in remaining_keys if key in base]
    if shared_keys != [key for key in base if key in remaining_keys]:
        return remaining_keys + list(merge.create)
    order = [key for key in theirs if key in shared_keys or key in merge.create]
    previous: list[Key] = []
    for key in remaining_keys:
        if key not in order:
            order.insert(order.index(previous[-1]) + 1 if previous else 0, key)
        previous.append(key)
    return order
