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
                self.stories[-1].note(self.moment, f"created by {document.path}")
            else:
                self.update(story, identity, document, identities)

    def update(self, story, identity, document, identities):
        story.identities.add(identity)
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

        A story whose present URL another document has belongs to that document.
        """
        everything = [*self.stories, *self.deleted]
        for story in everything:
            if identity in story.identities:
                return story
        free = [story for story in everything if story.is_deleted or story.identity not in identities]
        return next((story for story in free if is_same_file(story, document)), None)

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
    """Whether a document with a new URL is a story: the file and the title are the same, or its outlet and time."""
    if story.path != document.path:
        return False
    if story.upstream["title"].casefold() == plain_text(document.fields.get("title")).casefold():
        return True
    time = time_of(document.fields.get("publishedDateTime"))
    outlet = provider_of(document.fields)
    return (
        time is not None
        and outlet is not None
        and (outlet, time) == (story.upstream["provider"], story.upstream["publishedDateTime"])
    )


def changed_keys(story, theirs):
    return [key for key in theirs if theirs[key] != story.upstream[key]]
