"""One story as the documentation says it must be: a merge of its own, to compare the newsroom with."""

from datetime import UTC, datetime

from bench.replay.format import LISTS, SCALARS
from bench.replay.rows import Lists

# Fields that follow upstream until the desk changes them, and then never cause a conflict.
UNTIL_DESK = frozenset({"heat", "quality"})
PUBLISHED, WITHDRAWN, INBOX = "published", "withdrawn", "inbox"


class Story(Lists):
    """What a story must be: the desk's values, upstream's latest ones, and what the desk decided."""

    def __init__(self, path, identity, theirs):
        super().__init__(theirs)
        # Its present identity, and all that it ever had.
        self.identity, self.identities = identity, {identity}
        # The file of its present document, and {path: fields of the last document} of all its files.
        self.path, self.files = path, {}
        self.key = None
        self.is_deleted = False
        self.events = []
        self.fields = {name: theirs[name] for name in SCALARS}
        self.topics = list(theirs["topics"])
        self.added_topics = set()
        self.is_removed = theirs["removed"]
        self.is_state_ours = False
        self.begin_state()
        # Fields that the desk has set, among UNTIL_DESK.
        self.set_fields = set()
        # {field: upstream's value before the conflict} of the open ones that are not about lists.
        self.conflicts = {}

    @property
    def is_withheld(self):
        """Whether readers do not see it because of a person's decision."""
        return self.is_state_ours and (self.state != PUBLISHED or self.scheduled_for is not None)

    @property
    def open_conflicts(self):
        """The fields in conflict, in order."""
        return sorted([*self.conflicts, *(name for name, disputes in self.disputes.items() if disputes)])

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


def future(time):
    """Return a time if it is in the future, else None."""
    return time if time is not None and time > datetime.now(UTC) else None
