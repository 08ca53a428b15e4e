"""Write the documents of a chunk that count, and the results of all of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from articles.choices import Result
from articles.documents.parse import STORY
from articles.documents.problems import Problem
from articles.importing.batches import Progress
from articles.importing.chunks import Chunk
from articles.importing.deduplication import Deduplicator, precedence
from articles.importing.duplicate_files import DuplicateFile, DuplicateFiles, stored_files
from articles.importing.previews import Expectations
from articles.importing.results import Outcome, ResultWriter, UnchangedDocument
from articles.importing.writing.context import WriteContext
from articles.importing.writing.eager_writes import undo_early_writes, undo_interrupted_writes
from articles.importing.writing.rows import ParsedDocument, PreparedStory
from articles.importing.writing.transactions import TransactionWriter
from articles.models import ImportBatch
from articles.models.upstream import PATH_LIMIT

Notify = Callable[[Outcome], None]
# How many documents and unchanged documents are written together; so many new secrets count as one document.
DOCUMENTS_TOGETHER, UNCHANGED_TOGETHER, SECRETS_PER_DOCUMENT = 400, 10_000, 10
# {number of a document that does not count: source of the one that does}
Losers = Mapping[int, str]


@dataclass
class Part:
    """Documents of some Chunks that are written together, by their numbers; see TransactionWriter.write."""

    documents: dict[int, ParsedDocument] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    unchanged: list[UnchangedDocument] = field(default_factory=list)
    secrets: dict[int, str] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether it is as large as may be written at once."""
        rows = len(self.documents) + len(self.outcomes) + len(self.secrets) / SECRETS_PER_DOCUMENT
        return rows >= DOCUMENTS_TOGETHER or len(self.unchanged) >= UNCHANGED_TOGETHER


class ChunkWriter:
    """Writes Chunks; a Deduplicator decides which documents count.

    `notify` is called with every Outcome that a person should see, unless it is None.
    """

    def __init__(
        self,
        batch: ImportBatch,
        context: WriteContext,
        deduplicator: Deduplicator,
        result_writer: ResultWriter,
        *,
        progress: Progress,
        notify: Notify | None,
        expectations: Expectations | None,
    ) -> None:
        self.batch, self.context, self.deduplicator = batch, context, deduplicator
        self.result_writer, self.progress, self.notify = result_writer, progress, notify
        self.transactions = TransactionWriter(batch, context, result_writer, expectations)
        self.duplicate_files = DuplicateFiles(deduplicator.storage)

    def write_eagerly(self, chunk: Chunk) -> None:
        """Write the new stories of a Chunk while later documents are still being read."""
        documents = chunk.documents()
        stories = latest_of_each(
            (chunk.first + position, document)
            for position, document in documents.items()
            if isinstance(document, PreparedStory) and document.desk_state is None
        )
        outcomes = self.transactions.write(stories, only_new=True)
        chunk.eager_positions = frozenset(number - chunk.first for number in outcomes)
        if len(chunk.eager_positions) == len(documents):
            chunk.pickled = b""
        self.progress.done += len(outcomes)
        self.notify_all(outcomes)

    def write_taxonomy(self, chunk: Chunk) -> None:
        """Write the topics and organizations of a Chunk."""
        losers = self.losers_of(chunk)
        documents, outcomes = self.select(chunk, losers, lambda document: document.document_type != STORY)
        self.write_part(Part(documents, outcomes))

    def write_stories(self, chunks: Iterable[Chunk]) -> None:
        """Write the stories of Chunks, and the results of their rejected, duplicate and unchanged documents.

        Chunks with few changed documents are written together, as most statements do not depend on their number.
        """
        # Before a document that counts is merged into one of these stories.
        for losers in self.deduplicator.losers():
            if outcomes := self.undo_early_duplicates(losers):
                self.write_part(Part(outcomes=outcomes))
        part = Part()
        for chunk in chunks:
            if part.is_full:
                self.write_part(part)
                part = Part()
            self.add_to(part, chunk)
            chunk.pickled = b""
        self.write_part(part)
        # Only now do the stories of all documents that count exist.
        self.transactions.remember_files(self.duplicate_files)

    def add_to(self, part: Part, chunk: Chunk) -> None:
        """Add the documents of a Chunk to a Part, with the Outcomes that are already known."""
        losers = self.losers_of(chunk)
        documents, outcomes = self.select(chunk, losers, lambda document: document.document_type == STORY)
        for position, document in chunk.rejected_documents.items():
            outcomes[chunk.first + position] = Outcome.rejected().about(document)
        outcomes |= self.known_duplicates(chunk, losers)
        sources = self.sources_of(chunk) if chunk.known_stories else []
        part.documents |= documents
        part.outcomes |= outcomes
        part.unchanged += [
            (chunk.first + position, sources[position], key) for position, key in chunk.known_stories.items()
        ]
        part.secrets |= {
            chunk.known_stories[position]: blob
            for position, blob in chunk.new_secrets.items()
            if position in chunk.known_stories
        }
        if losers:
            self.duplicate_files.add(
                DuplicateFile.of(document)
                for position, document in chunk.documents().items()
                if chunk.first + position in losers and isinstance(document, PreparedStory)
                # The values of an export are the desk's.
                if document.desk_state is None
            )

    def write_part(self, part: Part) -> None:
        outcomes = self.transactions.write(part.documents, part.outcomes, part.unchanged, part.secrets)
        self.progress.add_done(len(outcomes) + len(part.unchanged))
        self.notify_all(outcomes)

    def select(
        self, chunk: Chunk, losers: Losers, condition: Callable[[ParsedDocument], bool]
    ) -> tuple[dict[int, ParsedDocument], dict[int, Outcome]]:
        """Return ({number: document} that count, {number: Outcome} of duplicates) where `condition` is true."""
        documents: dict[int, ParsedDocument] = {}
        outcomes: dict[int, Outcome] = {}
        for position, document in chunk.documents().items():
            number = chunk.first + position
            if position in chunk.eager_positions or not condition(document):
                continue
            if number in losers:
                outcomes[number] = duplicate(losers[number]).about(document)
            else:
                documents[number] = document
        return documents, outcomes

    def undo_early_duplicates(self, losers: Losers) -> dict[int, Outcome]:
        """Take back stories that were written eagerly and do not count; return their {number: Outcome}."""
        early = self.batch.documents.filter(position__in=list(losers), action=Result.CREATED)
        keys_by_number = dict(early.values_list("position", "article_id"))
        if not keys_by_number:
            return {}
        self.duplicate_files.add(stored_files(key for key in keys_by_number.values() if key).values())
        undone_documents = undo_early_writes(keys_by_number, self.batch, self.result_writer)
        self.progress.done -= len(undone_documents)
        return {
            number: duplicate(
                losers[number],
                source=document.source,
                title=document.title,
                problems=[Problem.from_json(problem) for problem in document.problems],
            )
            for number, document in undone_documents.items()
        }

    def known_duplicates(self, chunk: Chunk, losers: Losers) -> dict[int, Outcome]:
        """Remove unchanged documents that do not count from the Chunk; return their {number: Outcome}."""
        positions = [number - chunk.first for number in losers if number - chunk.first in chunk.known_stories]
        if not positions:
            return {}
        sources = self.sources_of(chunk)
        story_keys = {position: chunk.known_stories.pop(position) for position in positions}
        if not self.transactions.rolls_back:
            files = stored_files(story_keys.values())
            self.duplicate_files.add(
                files[key]._replace(path=self.context.path_of(sources[position])[-PATH_LIMIT:])
                for position, key in story_keys.items()
                if key in files
            )
            # The story of an identical document that counts is the right one.
            keys = {
                key
                for position, key in story_keys.items()
                if not self.deduplicator.has_unchanged_winner(chunk.first + position)
            }
            undo_interrupted_writes(keys, self.batch)
        return {
            chunk.first + position: duplicate(losers[chunk.first + position], source=sources[position])
            for position in positions
        }

    def losers_of(self, chunk: Chunk) -> Losers:
        """Return the documents of a Chunk that do not count."""
        return self.deduplicator.losers_among(chunk.first, chunk.size)

    def sources_of(self, chunk: Chunk) -> list[str]:
        """Return the sources of a Chunk's documents, which the Deduplicator stores."""
        return self.deduplicator.sources_of(chunk.first)

    def notify_all(self, outcomes: Mapping[int, Outcome]) -> None:
        """Report those of {number: Outcome} that a person should see."""
        if self.notify is not None:
            for _number, outcome in sorted(outcomes.items()):
                if outcome.action is not Result.UNCHANGED or outcome.has_problems:
                    self.notify(outcome)


def duplicate(winner_source: str, **fields: Any) -> Outcome:
    """Return the Outcome of a document that does not count, because another one does."""
    return Outcome(Result.DUPLICATE, duplicate_of=winner_source, **fields)


def latest_of_each(stories: Iterable[tuple[int, PreparedStory]]) -> dict[int, PreparedStory]:
    """Return {number: PreparedStory} of those that count among (number, PreparedStory) of one chunk."""
    latest: dict[str, tuple[int, PreparedStory]] = {}
    for number, story in stories:
        _number, current = latest.setdefault(story.identity, (number, story))
        if precedence(story.published_at, story.source) >= precedence(current.published_at, current.source):
            latest[story.identity] = number, story
    return dict(sorted(latest.values(), key=itemgetter(0)))
