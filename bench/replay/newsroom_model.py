"""All stories of a newsroom, and which document belongs to which story, as the documentation says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.replay.format import identity_of, plain_text, provider_of, read_fields, time_of
from bench.replay.model import Story

UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass
class NewsroomModel:
    """`stories` are those that exist, `deleted` those that must never return."""

    stories: list[Story] = field(default_factory=list)
    deleted: list[Story] = field(default_factory=list)
    moment: int = 0

    def receive(self, documents):
        """Import the documents of a moment."""
        winners = winners_of(documents)
        present = {document.path for document in documents}
        chosen = {}
        for identity, document in sorted(winners.items(), key=lambda winner: winner[1].path):
            story = self.find(identity, document, winners)
            if story is None:
                chosen[document.path] = (None, identity, document)
                continue
            story.identities.add(identity)
            story.files[document.path] = document.fields
            other = chosen.get(id(story))
            if other is None or date_of(document) >= date_of(other[2]):
                chosen[id(story)] = (story, identity, document)
        for story, identity, document in chosen.values():
            if story is None:
                self.create(identity, document)
            elif not story.is_deleted:
                self.update(story, identity, document, present)
        for document in documents:
            # Those of duplicates, too.
            self.story_of(identity_of(document.path, document.fields)).files[document.path] = document.fields

    def create(self, identity, document):
        story = Story(document.path, identity, read_fields(document.fields))
        story.note(self.moment, f"created by {document.path}")
        self.stories.append(story)

    def update(self, story, identity, document, present):
        """Merge a document, unless it is older than that of another file, which is not in the import."""
        time = story.upstream["publishedDateTime"] or UNDATED
        if story.path not in present and date_of(document) < time:
            story.note(self.moment, f"{document.path} is older than {story.path}: duplicate")
            return
        changed = changed_keys(story, read_fields(document.fields))
        story.receive(document.path, identity, read_fields(document.fields))
        if changed:
            story.note(self.moment, f"{document.path} changed upstream: {', '.join(changed)}")

    def find(self, identity, document, identities):
        """Return the story of a document, also a deleted one, or None. `identities` are those of all documents.

        A story whose present URL another document has belongs to that document, unless readers must not see it.
        """
        known = self.story_of(identity)
        if known is not None:
            return known
        free = [
            story
            for story in [*self.stories, *self.deleted]
            if story.is_deleted or story.is_withheld or story.identity not in identities
        ]
        return next((story for story in free if is_same_file(story, document)), None)

    def story_of(self, identity):
        """Return the story that has or had an identity, also a deleted one, or None."""
        everything = [*self.stories, *self.deleted]
        return next((story for story in everything if identity in story.identities), None)

    def join(self, target, other):
        """Join two stories; `target` stays."""
        target.join(other)
        self.stories.remove(other)

    def delete(self, story):
        self.stories.remove(story)
        self.deleted.append(story)
        story.is_deleted = True


def winners_of(documents):
    """Return {identity: the Document that counts}: the latest, and among equal dates the last by name."""
    winners = {}
    for document in sorted(documents, key=lambda document: document.path):
        identity = identity_of(document.path, document.fields)
        if identity not in winners or date_of(document) >= date_of(winners[identity]):
            winners[identity] = document
    return winners


def date_of(document):
    return time_of(document.fields.get("publishedDateTime")) or UNDATED


def is_same_file(story, document):
    """Whether a document with a new URL is a story: the file and its title are the same, or its outlet and time."""
    known = story.files.get(document.path)
    if known is None:
        return False
    titles = [plain_text(fields.get("title")).casefold() for fields in (known, document.fields)]
    if titles[0] == titles[1]:
        return True
    times = [time_of(fields.get("publishedDateTime")) for fields in (known, document.fields)]
    outlets = [provider_of(fields) for fields in (known, document.fields)]
    return None not in (*times, *outlets) and times[0] == times[1] and outlets[0] == outlets[1]


def changed_keys(story, theirs):
    return [key for key in theirs if theirs[key] != story.upstream[key]]
