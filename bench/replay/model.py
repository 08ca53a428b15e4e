"""One story as the documentation says it must be: a merge of its own, to compare the newsroom with."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.replay.format import LISTS, SCALARS

# Fields that follow upstream until the desk changes them, and then never cause a conflict.
UNTIL_DESK = frozenset({"heat", "quality"})
EMPTY = (None, "", False)
PUBLISHED, WITHDRAWN, INBOX = "published", "withdrawn", "inbox"


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

    def agree(self, actual, upstream, *, has_own_places):
        """Follow upstream again if the newsroom's order `actual` is upstream's; both are lists of keys.

        `has_own_places`: some rows stay where they are because the desk held them.
        """
        if [key for key in self.keys if key in upstream] == [key for key in upstream if key in self.keys]:
            self.keys = []
        is_upstreams = [key for key in actual if key in upstream] == [key for key in upstream if key in actual]
        # If the first row or a held one is out of upstream's order, the order is the desk's from then on.
        self.is_changed = not is_upstreams and (self.is_changed or has_own_places or self.first in actual)


class Story:
    """What a story must be: the desk's values, upstream's latest ones, and what the desk decided."""

    def __init__(self, path, identity, theirs):
        # Its present identity, and all that it ever had.
        self.identity, self.identities = identity, {identity}
        # The file of its present document, and {path: fields of the last document} of all its files.
        self.path, self.files = path, {}
        self.key = None
        self.is_deleted = False
        self.events = []
        self.upstream = theirs
        self.fields = {name: theirs[name] for name in SCALARS}
        self.topics = list(theirs["topics"])
        self.added_topics = set()
        self.rows = {name: {key: new_row(row) for key, row in theirs[name].items()} for name in LISTS}
        self.orders = {name: RowOrder() for name in LISTS}
        self.removed = {name: set() for name in ("topics", *LISTS)}
        self.is_removed = theirs["removed"]
        self.is_state_ours = False
        self.begin_state()
        # Whether an editor ever changed anything.
        self.is_touched = False
        # Fields that the desk has set, among UNTIL_DESK.
        self.set_fields = set()
        self.always_ours = set()
        # Of open conflicts {field: upstream's value before}; of those about lists {list: {(row, field): the same}}.
        self.conflicts = {}
        self.disputes = {name: {} for name in LISTS}

    @property
    def is_withheld(self):
        """Whether readers do not see it because of a person's decision."""
        return self.is_state_ours and (self.state != PUBLISHED or self.scheduled_for is not None)

    def begin_state(self):
        """Set the state that a first import of upstream's latest document gives the story."""
        self.proposal = self.upstream["published"]
        self.state = PUBLISHED if self.proposal and not self.is_removed else INBOX
        # When a published story becomes visible, None if it is.
        self.scheduled_for = future(self.upstream["publishedDateTime"]) if self.state == PUBLISHED else None

    # What upstream sends ----------------------------------------------------------------------------

    def receive(self, path, identity, theirs):
        """Merge a document that counts."""
        self.path, self.identity = path, identity
        for name in SCALARS:
            self.receive_scalar(name, theirs[name])
        self.receive_published(theirs["published"], is_removed=theirs["removed"])
        self.receive_date(theirs["publishedDateTime"])
        self.receive_removal(theirs["removed"])
        self.receive_topics(theirs["topics"])
        for name in LISTS:
            self.receive_rows(name, theirs[name])
        self.upstream = theirs
        self.close_disputes()

    def receive_scalar(self, name, new):
        base, ours = self.upstream[name], self.fields[name]
        if name in self.always_ours:
            return
        if name in UNTIL_DESK:
            if name not in self.set_fields:
                self.fields[name] = new
        elif new == ours or (name in self.conflicts and new == self.conflicts[name]):
            self.conflicts.pop(name, None)
        elif new == base:
            return
        elif ours == base:
            self.fields[name] = new
        else:
            self.conflicts.setdefault(name, base)

    def receive_published(self, new, *, is_removed):
        """Follow upstream's proposal until a person has changed the state; then a change of it is a conflict.

        A story that upstream has marked as removed is not published.
        """
        if new is None:
            return
        before, ours = bool(self.proposal), self.state == PUBLISHED
        self.proposal = new
        if "published" in self.always_ours:
            return
        if new and is_removed and new != ours:
            return
        if not self.is_state_ours:
            if new not in (before, ours):
                self.state = PUBLISHED if new else WITHDRAWN
                self.scheduled_for = future(self.fields["publishedDateTime"]) if new else None
        elif new == ours or ("published" in self.conflicts and new == self.conflicts["published"]):
            self.conflicts.pop("published", None)
        elif new != before:
            self.conflicts.setdefault("published", before)

    def receive_date(self, new):
        """Move a scheduled story to another time, unless a person has changed the state."""
        is_moved = new is not None and new != self.upstream["publishedDateTime"]
        if is_moved and self.scheduled_for is not None and not self.is_state_ours:
            self.scheduled_for = future(new)

    def receive_removal(self, new):
        """Ask whether a published story is withdrawn that upstream newly marks as removed."""
        if "removed" in self.always_ours:
            return
        before, self.is_removed = self.upstream["removed"], new
        if new and not before and self.state == PUBLISHED:
            self.conflicts["removed"] = before
        elif not new or self.state != PUBLISHED:
            self.conflicts.pop("removed", None)

    def receive_topics(self, theirs):
        if "topics" in self.always_ours:
            return
        base = self.upstream["topics"]
        dropped = {topic for topic in base if topic not in theirs} - self.added_topics
        self.topics = [topic for topic in self.topics if topic not in dropped]
        # Once both have a topic, it follows upstream again.
        self.added_topics -= set(theirs)
        self.topics += [
            topic
            for topic in theirs
            if topic not in base and topic not in self.topics and topic not in self.removed["topics"]
        ]

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

    def edit(self, name, value):
        """Set a field of SCALARS."""
        self.is_touched = True
        self.fields[name] = value
        is_upstreams = value == self.upstream[name]
        if name in UNTIL_DESK:
            (self.set_fields.discard if is_upstreams else self.set_fields.add)(name)
        if is_upstreams:
            self.conflicts.pop(name, None)

    def set_state(self, state, scheduled_for=None):
        """Change the state for a person."""
        self.is_touched = self.is_state_ours = True
        self.state, self.scheduled_for = state, scheduled_for
        if state != PUBLISHED:
            self.conflicts.pop("removed", None)
        if bool(self.proposal) == (state == PUBLISHED):
            self.conflicts.pop("published", None)

    def add_topic(self, topic):
        self.is_touched = True
        if topic not in self.topics:
            self.topics.append(topic)
            if topic not in self.upstream["topics"]:
                self.added_topics.add(topic)
        self.removed["topics"].discard(topic)

    def remove_topic(self, topic):
        self.is_touched = True
        self.topics.remove(topic)
        self.added_topics.discard(topic)
        self.removed["topics"].add(topic)

    def remove_row(self, name, key):
        self.is_touched = True
        order = self.orders[name]
        del self.rows[name][key]
        self.close_disputes()
        order.forget(key)
        order.first = None if order.first == key else order.first
        self.removed[name].add(key)

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

    def join(self, other):
        """Take over what identifies another story, and the rows and topics that this one lacks."""
        self.is_touched = True
        self.identities |= other.identities
        self.files = other.files | self.files
        for topic in other.topics:
            if topic not in self.topics and topic not in self.removed["topics"]:
                self.topics.append(topic)
                self.added_topics.add(topic)
        for name in LISTS:
            self.join_rows(name, other.rows[name])
            order, first = self.orders[name], other.orders[name].first
            if order.first is None and first is not None and next(iter(self.rows[name]), None) == first:
                order.first = first
        present = {"topics": self.topics, **self.rows}
        for name, removed in self.removed.items():
            removed |= {key for key in other.removed[name] if key not in present[name]}

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

    def settle(self, name, settlement):
        """Settle the conflict of a field: "theirs", "ours" or "always_ours"."""
        self.is_touched = True
        if name in LISTS:
            self.disputes[name] = {}
        self.conflicts.pop(name, None)
        if settlement == "always_ours":
            self.always_ours.add(name)
        elif settlement == "theirs":
            if name == "removed":
                self.set_state(WITHDRAWN)
            elif name == "published":
                self.set_state(PUBLISHED if self.proposal else WITHDRAWN)
            else:
                self.edit(name, self.upstream[name])

    def note(self, moment, text):
        """Remember an event for the story that a violated invariant prints."""
        self.events.append(f"moment {moment}: {text}")


def new_row(row):
    """Return the Row of a document's picture or item of coverage."""
    return Row(cells_of(row), dict(row.get("images", {})))


def cells_of(row):
    """Return the fields of a document's picture or item of coverage without its pictures."""
    return {key: value for key, value in row.items() if key != "images"}


def future(time):
    """Return a time if it is in the future, else None."""
    return time if time is not None and time > datetime.now(UTC) else None
