"""Remember the files of duplicates, so that a story does not return when one of them changes its URL."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple, Self

from articles.db.bulk_rows import json_text
from articles.documents.nodes import Values
from articles.importing.identity_matches import Match, known_matches
from articles.importing.temporary_storage import TemporaryStorage
from articles.importing.writing.rows import PreparedStory
from articles.models import FormerIdentity, UpstreamDocument
from articles.models.identity import DUPLICATE, recognised_values

FILES_TOGETHER = 400


class DuplicateFile(NamedTuple):
    """The file of a document: the document's identity, its path, and the values by which it is recognised."""

    identity: str
    path: str
    values: Values

    @classmethod
    def of(cls, story: PreparedStory) -> Self:
        return cls(story.identity, story.path, recognised_values(story.values))


class DuplicateFiles:
    """The DuplicateFiles of one import, in a TemporaryStorage; iterating yields them some hundreds at a time."""

    def __init__(self, storage: TemporaryStorage) -> None:
        self.storage = storage
        storage.execute("CREATE TABLE duplicate_file (identity TEXT, path TEXT, fields TEXT)")

    def add(self, files: Iterable[DuplicateFile]) -> None:
        """Add files; those without a path are left out."""
        rows = ((file.identity, file.path, json_text(file.values)) for file in files if file.path)
        self.storage.insert("INSERT INTO duplicate_file VALUES (?, ?, ?)", rows)

    def __iter__(self) -> Iterator[list[DuplicateFile]]:
        rows = self.storage.execute("SELECT identity, path, fields FROM duplicate_file ORDER BY rowid")
        files = (DuplicateFile(identity, path, json.loads(fields)) for identity, path, fields in rows)
        while piece := list(islice(files, FILES_TOGETHER)):
            yield piece


def stored_files(keys: Iterable[int]) -> dict[int, DuplicateFile]:
    """Return {key: DuplicateFile of the last document} of the stories with these keys. One query."""
    rows = UpstreamDocument.objects.filter(pk__in=set(keys)).values_list("pk", "identity", "path", "values")
    return {key: DuplicateFile(identity, path or "", recognised_values(values)) for key, identity, path, values in rows}


def remember_files(files: Collection[DuplicateFile]) -> None:
    """Store the files of documents that do not count, with the story or tombstone that has their identity.

    Those of stories that do not exist are left out. Four queries, and one more if any file is new or has changed. In a
    transaction only.
    """
    matches = known_matches(file.identity for file in files)
    store_identities(
        [
            former_identity(file_identity(file), file, matches[file.identity])
            for file in files
            if file.identity in matches
        ]
    )


def remember_older_documents(documents: Iterable[tuple[PreparedStory, Match]]) -> None:
    """Store the files of documents that are older than that of another file of their story; a new URL as its own."""
    files = [(DuplicateFile.of(story), match) for story, match in documents]
    store_identities(
        former_identity(file.identity if match.is_former else file_identity(file), file, match) for file, match in files
    )


def remember_former_files(files: Iterable[tuple[int, DuplicateFile]]) -> None:
    """Store the files that stories had until now, [(key of the story, its file)]."""
    store_identities(former_identity(file_identity(file), file, Match(key)) for key, file in files)


def former_identity(identity: str, file: DuplicateFile, match: Match) -> FormerIdentity:
    return FormerIdentity(
        identity=identity,
        article_id=match.story,
        tombstone_id=match.tombstone,
        path=file.path,
        values=file.values,
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
        # In one order, so that two imports do not wait for each other.
        for identity, row in sorted(by_identity.items())
        if stored.get(identity) != tuple(getattr(row, name) for name in columns)
    ]
    if changed:
        FormerIdentity.objects.bulk_create(
            changed,
            update_conflicts=True,
            update_fields=["article", "tombstone", "path", "values"],
            unique_fields=["identity"],
        )


def file_identity(file: DuplicateFile) -> str:
    """Return the identity under which the file of a duplicate is stored; no document has it."""
    digest = hashlib.blake2b(f"{file.identity}:{file.path}".encode(), digest_size=11).hexdigest()
    return DUPLICATE + digest
