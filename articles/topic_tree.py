"""Topics in the order of their tree: each after the one it stands below, and of one parent by name."""

from collections import defaultdict
from typing import NamedTuple

from articles.models import Topic


class Place(NamedTuple):
    """Where a topic stands: its key and name, how many stand above it, and their names from the top."""

    pk: int
    name: str
    above: tuple

    @property
    def depth(self):
        return len(self.above)

    @property
    def path(self):
        """All names from the top down to its own."""
        return " › ".join((*self.above, self.name))


def places():
    """Return {key: Place} of all topics, in the order of the tree. One query."""
    return ordered(Topic.objects.order_by().values_list("pk", "name", "parent_id"))


def ordered(rows):
    """Return {key: Place} of (key, name, parent's key or None), parents before children. Pure.

    Topics that stand below each other in a circle, which no form lets anybody make, come last, each once.
    """
    rows = sorted(rows, key=lambda row: (row[1].casefold(), row[0]))
    names, below = {pk: name for pk, name, _parent in rows}, defaultdict(list)
    for pk, _name, parent in rows:
        below[parent if parent in names else None].append(pk)
    found = {}

    def put(tops):
        waiting = [(pk, ()) for pk in reversed(tops)]
        while waiting:
            pk, above = waiting.pop()
            if pk not in found:
                found[pk] = Place(pk, names[pk], above)
                waiting += [(child, (*above, names[pk])) for child in reversed(below[pk])]

    put(below[None])
    for pk, _name, _parent in rows:
        put([pk])
    return found


def keys_above(topic):
    """Return the keys of the topics above one, the nearest first; a circle is gone round once."""
    parents, keys = dict(Topic.objects.order_by().values_list("pk", "parent_id")), []
    key = parents.get(topic.pk)
    while key is not None and key not in keys:
        keys.append(key)
        key = parents.get(key)
    return keys
