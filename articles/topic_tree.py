"""Topics in the order of their tree: each after its parent, and siblings by name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from articles.models import Topic


class Place(NamedTuple):
    """The place of a topic in the tree: its key and name, and the names of the topics above it, from the top."""

    pk: int
    name: str
    above: tuple[str, ...]

    @property
    def depth(self) -> int:
        return len(self.above)

    @property
    def path(self) -> str:
        """All names from the top down to the topic's own."""
        return " › ".join((*self.above, self.name))


def places() -> dict[int, Place]:
    """Return {key: Place} of all topics, in the order of the tree. One query."""
    return ordered(Topic.objects.order_by().values_list("pk", "name", "parent_id"))


def ordered(rows: Iterable[tuple[int, str, int | None]]) -> dict[int, Place]:
    """Return {key: Place} of (key, name, parent's key or None), parents before children. Pure.

    Topics in a circle of parents, which no form allows, come last, each once.
    """
    rows = sorted(rows, key=lambda row: (row[1].casefold(), row[0]))
    names = {pk: name for pk, name, _parent in rows}
    below: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, _name, parent in rows:
        below[parent if parent in names else None].append(pk)
    tree: dict[int, Place] = {}

    def add_with_children(tops: Sequence[int]) -> None:
        waiting: list[tuple[int, tuple[str, ...]]] = [(pk, ()) for pk in reversed(tops)]
        while waiting:
            pk, above = waiting.pop()
            if pk not in tree:
                tree[pk] = Place(pk, names[pk], above)
                waiting += [(child, (*above, names[pk])) for child in reversed(below[pk])]

    add_with_children(below[None])
    for pk, _name, _parent in rows:
        add_with_children([pk])
    return tree


def keys_above(topic: Topic) -> list[int]:
    """Return the keys of the topics above a topic, nearest first; in a circle of parents, each once."""
    parents: dict[int, int | None] = dict(Topic.objects.order_by().values_list("pk", "parent_id"))
    keys: list[int] = []
    key = parents.get(topic.pk)
    while key is not None and key not in keys:
        keys.append(key)
        key = parents.get(key)
    return keys
