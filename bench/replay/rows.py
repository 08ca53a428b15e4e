"""Rows of a story's lists in the model: pictures and related coverage, and the desk's decisions about their order."""

from collections import Counter
from dataclasses import dataclass, field

from bench.replay.format import LISTS

EMPTY = (None, "", False)


@dataclass
class Row:
    """A picture or a piece of related coverage.

    `is_ours`: the desk added it, and upstream has not sent the same since. `is_placed`: the desk added it, so that its
    place is not upstream's. `is_loose`: upstream dropped it while the desk held it; it stays in its place, also if
    upstream sends it again. `pictures` of coverage are {URL: fields}.
    """

    fields: dict
    pictures: dict = field(default_factory=dict)
    is_hidden: bool = False
    is_ours: bool = False
    is_placed: bool = False
    is_loose: bool = False


@dataclass
class RowOrder:
    """What the desk decided about the order of a list: the whole order, the first row, what an added row follows.

    `keys` are empty once upstream has these rows in the same order; `is_changed` until the whole list has.
    """

    keys: list = field(default_factory=list)
    is_changed: bool = False
    first: object = None
    followed: dict = field(default_factory=dict)

    def forget(self, key):
        """Forget a row that upstream dropped; the first one is the first again if it returns."""
        self.keys = [each for each in self.keys if each != key]
        self.followed.pop(key, None)
        self.followed = {row: before for row, before in self.followed.items() if before != key}

    def rename(self, keys):
        """Take over new keys of rows, {former key: new key}."""
        self.keys = [keys.get(key, key) for key in self.keys]
        self.first = keys.get(self.first, self.first)
        self.followed = {keys.get(row, row): keys.get(before, before) for row, before in self.followed.items()}

    def agree(self, actual, upstream, *, has_own_places):
        """Follow upstream again if the newsroom's order `actual` is upstream's; both are lists of keys.

        `has_own_places`: some rows stay where they are because the desk held them.
        """
        if [key for key in self.keys if key in upstream] == [key for key in upstream if key in self.keys]:
            self.keys = []
        is_upstreams = [key for key in actual if key in upstream] == [key for key in upstream if key in actual]
        # If the first row or a held one is out of upstream's order, the order is the desk's from then on.
        self.is_changed = not is_upstreams and (self.is_changed or has_own_places or self.first in actual)


class Lists:
    """The pictures and related coverage of a story: {"images" or "related": …} of `rows`, `orders` and `disputes`.

    `removed` are the keys of what the desk removed, `upstream` the fields of upstream's latest document.
    """

    def __init__(self, theirs):
        # Whether an editor ever changed anything.
        self.is_touched = False
        self.upstream = theirs
        self.rows = {name: {key: new_row(row) for key, row in theirs[name].items()} for name in LISTS}
        self.orders = {name: RowOrder() for name in LISTS}
        self.removed = {name: set() for name in ("topics", *LISTS)}
        self.always_ours = set()
        # Of the open conflicts {(key of a row, field): upstream's value before}.
        self.disputes = {name: {} for name in LISTS}

    # What upstream sends ----------------------------------------------------------------------------

    def receive_rows(self, name, theirs):
        if name in self.always_ours:
            return
        base, rows = self.upstream[name], self.rows[name]
        for key, new in theirs.items():
            if key not in rows:
                if key not in base and key not in self.removed[name]:
                    rows[key] = new_row(new)
            elif key in base:
                self.receive_row(name, key, base[key], new)
            else:
                self.receive_known_row(name, key, new)
        for key in base:
            if key in rows and key not in theirs:
                self.lose_row(name, key, base[key])
        self.renumber(name)

    def renumber(self, name):
        """Number the pieces of coverage with one URL again: of two the second is the first once that is gone."""
        counts, keys = Counter(), {}
        for key in self.rows[name]:
            keys[key] = (key[0], counts[key[0]]) if name == "related" else key
            counts[key[0]] += 1
        for key, new_key in keys.items():
            if key != new_key and new_key in self.removed[name]:
                self.removed[name] = (self.removed[name] - {new_key}) | {key}
        self.rows[name] = {keys[key]: row for key, row in self.rows[name].items()}
        self.orders[name].rename(keys)
        disputes = self.disputes[name].items()
        self.disputes[name] = {(keys.get(key, key), cell): before for (key, cell), before in disputes}

    def receive_known_row(self, name, key, new):
        """Merge a row that upstream sends and the desk had before: what is empty gets upstream's values."""
        row, cells = self.rows[name][key], cells_of(new)
        row.fields = {cell: cells[cell] if value in EMPTY else value for cell, value in row.fields.items()}
        row.pictures = row.pictures or dict(new.get("images", {}))
        row.is_loose = not row.is_ours
        # Once both have the same, the row follows upstream again.
        row.is_ours = row.is_ours and row.fields != cells
        self.orders[name].followed.pop(key, None)

    def lose_row(self, name, key, base):
        """Remove a row that upstream dropped, unless the desk hid, added or changed it."""
        row = self.rows[name][key]
        if row.is_hidden or row.fields != cells_of(base):
            row.is_loose = not row.is_ours
            return
        del self.rows[name][key]
        self.orders[name].forget(key)

    def receive_row(self, name, key, base, new):
        row, cells = self.rows[name][key], cells_of(base)
        for cell, value in cells_of(new).items():
            ours = row.fields[cell]
            if value in (cells[cell], ours):
                continue
            if ours == cells[cell]:
                row.fields[cell] = value
            else:
                self.disputes[name].setdefault((key, cell), cells[cell])
        if name == "related":
            self.receive_pictures(row.pictures, base["images"], new["images"])

    def close_disputes(self):
        """Close the conflicts about rows on which both agree, or for which upstream has its former value again."""
        for name, disputes in self.disputes.items():
            for (key, cell), before in list(disputes.items()):
                ours, theirs = self.rows[name].get(key), self.upstream[name].get(key)
                if ours is None or theirs is None or theirs[cell] in (ours.fields[cell], before):
                    del disputes[key, cell]

    def receive_pictures(self, pictures, base, theirs):
        """Merge the pictures of a piece of coverage, which the desk does not change."""
        for url, new in theirs.items():
            if url not in pictures:
                if url not in base:
                    pictures[url] = new
            elif url in base:
                same = [cell for cell, value in pictures[url].items() if value == base[url][cell]]
                pictures[url] = pictures[url] | {cell: new[cell] for cell in same}
        for url in [url for url in base if url not in theirs and pictures.get(url) == base[url]]:
            del pictures[url]

    # What the desk does -----------------------------------------------------------------------------

    def remove_row(self, name, key):
        self.is_touched = True
        order = self.orders[name]
        del self.rows[name][key]
        self.close_disputes()
        order.forget(key)
        order.first = None if order.first == key else order.first
        self.removed[name].add(key)
        self.renumber(name)

    def add_row(self, name, key, fields):
        """Add a row at the end of a list."""
        self.is_touched = True
        rows = self.rows[name]
        if rows:
            self.orders[name].followed[key] = list(rows)[-1]
        rows[key] = Row(fields, is_ours=True, is_placed=True)
        self.removed[name].discard(key)

    def change_row(self, name, key, cell, value):
        """Change a field of a row."""
        self.is_touched = True
        self.rows[name][key].fields[cell] = value
        self.close_disputes()

    def join_rows(self, name, others):
        """Add the rows of another story that this one lacks at the end of a list, except this story itself."""
        rows, order = self.rows[name], self.orders[name]
        for key, row in others.items():
            if key in rows or key in self.removed[name] or key[0] == self.identity:
                continue
            if rows:
                order.followed[key] = list(rows)[-1]
            rows[key] = Row(row.fields, row.pictures, row.is_hidden, is_ours=True, is_placed=True)

    def take_over_row(self, name, key, typed):
        """Type into a row of upstream's, at a place of the desk's."""
        self.is_touched = True
        row = self.rows[name][key]
        row.fields |= typed
        row.is_placed = True

    def hide_row(self, key, *, is_hidden=True):
        self.is_touched = True
        self.rows["related"][key].is_hidden = is_hidden

    def order_rows(self, name, keys):
        """Put the rows of a list into an order."""
        self.is_touched = True
        order, former = self.orders[name], list(self.rows[name])
        if keys[0] != former[0]:
            order.first = keys[0]
        order.keys, order.is_changed, order.followed = list(keys), True, {}
        self.rows[name] = {key: self.rows[name][key] for key in keys}


def new_row(row):
    """Return the Row of a document's picture or item of coverage."""
    return Row(cells_of(row), dict(row.get("images", {})))


def cells_of(row):
    """Return the fields of a document's picture or item of coverage without its pictures."""
    return {key: value for key, value in row.items() if key != "images"}
