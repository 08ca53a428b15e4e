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
        identities = {document.path: identity for identity, document in winners.items()}
        duplicates = [document for document in documents if document.path not in identities]
        by_story = {}
        for identity, document in winners.items():
            story = self.find(identity, document, winners)
            if story is None:
                by_story[id(document)] = (None, identity, document)
                continue
            chosen = by_story.get(id(story))
            if chosen is None or date_of(document) >= date_of(chosen[2]):
                by_story[id(story)] = (story, identity, document)
        for story, identity, document in by_story.values():
            if story is None:
                self.stories.append(Story(document.path, identity, read_fields(document.fields)))
                self.stories[-1].files[document.path] = document.fields
                self.stories[-1].note(self.moment, f"created by {document.path}")
            else:
                self.update(story, identity, document, identities)
        for document in duplicates:
            story = self.story_of(identity_of(document.path, document.fields))
            story.files[document.path] = document.fields

    def update(self, story, identity, document, identities):
        story.identities.add(identity)
        story.files[document.path] = document.fields
        if story.is_deleted:
            return
        if self.is_outdated(story, document, identities):
            story.note(self.moment, f"{document.path} is older than {story.path}: duplicate")
            return
        changed = changed_keys(story, read_fields(document.fields))
        story.receive(document.path, identity, read_fields(document.fields))
        if changed:
            story.note(self.moment, f"{document.path} changed upstream: {', '.join(changed)}")

    def is_outdated(self, story, document, identities):
        """Whether a document of another file than the story's is older, and that file still has the story."""
        if document.path == story.path:
            return False
        has_other_story = identities.get(story.path, "") not in story.identities | {""}
        return not has_other_story and date_of(document) < (story.upstream["publishedDateTime"] or UNDATED)

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
