"""Remember the files of duplicates, so that a story does not return when one of them changes its URL."""

import hashlib
from collections.abc import Collection, Iterable

from articles.importing.identity_matches import Match, known_matches
from articles.importing.writing.rows import PreparedStory
from articles.models import FormerIdentity
from articles.models.identity import DUPLICATE, recognised_values


def remember_files(duplicates: Collection[PreparedStory]) -> None:
    """Store the files of documents that do not count, with the story or tombstone that has their identity.

    Documents without a path, and those of stories that do not exist, are left out. Four queries, and one more if any
    file is new or has changed. In a transaction only.
    """
    duplicates = [story for story in duplicates if story.path]
    matches = known_matches(story.identity for story in duplicates) if duplicates else {}
    store_identities([file_of(story, matches[story.identity]) for story in duplicates if story.identity in matches])


def remember_older_documents(documents: Iterable[tuple[PreparedStory, Match]]) -> None:
    """Store the files of documents that are older than that of another file of their story; a new URL as its own."""
    store_identities(
        [
            former_identity(story.identity if match.is_former else file_identity(story), story, match)
            for story, match in documents
        ]
    )


def file_of(story: PreparedStory, match: Match) -> FormerIdentity:
    """Return the row for the file of a duplicate."""
    return former_identity(file_identity(story), story, match)


def former_identity(identity: str, story: PreparedStory, match: Match) -> FormerIdentity:
    return FormerIdentity(
        identity=identity,
        article_id=match.story,
        tombstone_id=match.tombstone,
        path=story.path,
        values=recognised_values(story.values),
    )


def store_identities(rows: Iterable[FormerIdentity]) -> None:
    """Create or update FormerIdentities: one query, and one more if that changes any."""
    by_identity = {row.pk: row for row in rows}
    if not by_identity:
        return
    columns = ("article_id", "tombstone_id", "path", "values")
    stored_rows = FormerIdentity.objects.filter(pk__in=by_identity).values_list("pk", *columns)
    stored = {identity: tuple(values) for identity, *values in stored_rows}
    changed = [
        row
        for identity, row in by_identity.items()
        if stored.get(identity) != tuple(getattr(row, name) for name in columns)
    ]
    if changed:
        FormerIdentity.objects.bulk_create(
            changed,
            update_conflicts=True,
            update_fields=["article", "tombstone", "path", "values"],
            unique_fields=["identity"],
        )


def file_identity(story: PreparedStory) -> str:
    """Return the identity under which the file of a duplicate is stored; no document has it."""
    digest = hashlib.blake2b(f"{story.identity}:{story.path}".encode(), digest_size=11).hexdigest()
    return DUPLICATE + digest
