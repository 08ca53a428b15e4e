"""Three-way merge: what upstream last said (base), what it says now (theirs), what the desk has (ours). Pure."""

from dataclasses import dataclass, field


@dataclass
class FieldMerge:
    """What to take from upstream, {field: value}, and the fields on which upstream and the desk disagree."""

    take: dict = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)


def merge_fields(base, ours, theirs):
    """Return the FieldMerge of three dicts with the same keys.

    Only upstream changed: theirs is taken. Only the desk changed, or both alike: nothing is to do.
    Both changed, differently: ours stays, and the field is a conflict.
    """
    merge = FieldMerge()
    for name, new in theirs.items():
        if new == base[name] or new == ours[name]:
            continue
        if ours[name] == base[name]:
            merge.take[name] = new
        else:
            merge.conflicts.append(name)
    return merge


def merge_sets(base, ours, theirs):
    """Return `ours` with what upstream added since `base` and without what it removed, order kept."""
    gone = set(base) - set(theirs)
    kept = [item for item in ours if item not in gone]
    return kept + [item for item in theirs if item not in base and item not in kept]


@dataclass
class ListMerge:
    """What to do with the rows of a list, by their keys: all that is not named here stays as it is."""

    create: dict = field(default_factory=dict)
    update: dict = field(default_factory=dict)
    delete: list = field(default_factory=list)
    order: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)

    def changes_anything(self, ours):
        """Whether the rows, in the order of the dict `ours`, would not be left just as they are."""
        return bool(self.create or self.update or self.delete) or self.order != list(ours)


def merge_lists(base, ours, theirs, pinned=frozenset()):
    """Return the ListMerge of three ordered dicts {key: {field: value}}.

    A row the desk removed stays away, one it added stays, one it changed or that is in `pinned` (hidden,
    say) is not removed. Rows follow upstream's order as long as the desk has not changed it.
    """
    merge = ListMerge()
    for key, row in theirs.items():
        if key in ours and key in base:
            fields = merge_fields(base[key], ours[key], row)
            if fields.take:
                merge.update[key] = fields.take
            if fields.conflicts:
                merge.conflicts.append(key)
        elif key not in ours and key not in base:
            merge.create[key] = row
    merge.delete = [
        key for key in base if key not in theirs and key in ours and ours[key] == base[key] and key not in pinned
    ]
    merge.order = merged_order(base, ours, theirs, merge)
    return merge


def merged_order(base, ours, theirs, merge):
    """Return the keys of the rows that will be there, in the order they shall have."""
    kept = [key for key in ours if key not in merge.delete]
    if list(base) == list(theirs):
        return kept + list(merge.create)
    shared = [key for key in kept if key in base]
    if shared != [key for key in base if key in kept]:
        return kept + list(merge.create)
    followed = [key for key in theirs if key in kept or key in merge.create]
    return followed + [key for key in kept if key not in theirs]
