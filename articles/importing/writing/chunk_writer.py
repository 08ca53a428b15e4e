"""Write the documents of a chunk that count, and the results of all of them."""

from collections.abc import Callable, Mapping
from typing import Any

from articles.choices import Result
from articles.documents.parse import STORY
from articles.documents.problems import Problem
from articles.importing.batches import Progress
from articles.importing.chunks import Chunk
from articles.importing.deduplication import Deduplicator
from articles.importing.previews import Expectations
from articles.importing.results import Outcome, ResultWriter
from articles.importing.writing.context import WriteContext
from articles.importing.writing.eager_writes import undo_early_writes, undo_interrupted_writes
from articles.importing.writing.rows import ParsedDocument, PreparedStory
from articles.importing.writing.transactions import TransactionWriter
from articles.models import ImportBatch

Notify = Callable[[Outcome], None]


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

    def write_eagerly(self, chunk: Chunk) -> None:
        """Write the new stories of a Chunk while later documents are still being read."""
        documents = chunk.documents()
        stories = {
            chunk.first + position: document
            for position, document in documents.items()
            if isinstance(document, PreparedStory)
            and document.desk_state is None
            and self.deduplicator.is_winner(chunk.first + position)
        }
        outcomes = self.transactions.write(stories, only_new=True)
        chunk.eager_positions = frozenset(number - chunk.first for number in outcomes)
        if len(chunk.eager_positions) == len(documents):
            chunk.pickled = b""
        self.progress.done += len(outcomes)
        self.notify_all(outcomes)

    def write_taxonomy(self, chunk: Chunk) -> None:
        """Write the topics and organizations of a Chunk."""
        documents, outcomes = self.select(chunk, lambda document: document.document_type != STORY)
        self.finish(self.transactions.write(documents, outcomes))

    def write_stories(self, chunk: Chunk) -> None:
        """Write the stories of a Chunk, and the results of its rejected, duplicate and unchanged documents."""
        documents, outcomes = self.select(chunk, lambda document: document.document_type == STORY)
        for position, document in chunk.rejected_documents.items():
            outcomes[chunk.first + position] = Outcome.rejected().about(document)
        outcomes |= self.undo_early_duplicates(chunk)
        outcomes |= self.known_duplicates(chunk)
        sources = self.sources_of(chunk) if chunk.known_stories else []
        unchanged = [(chunk.first + position, sources[position], key) for position, key in chunk.known_stories.items()]
        secrets = {
            chunk.known_stories[position]: blob
            for position, blob in chunk.new_secrets.items()
            if position in chunk.known_stories
        }
        self.finish(self.transactions.write(documents, outcomes, unchanged, secrets), len(unchanged))

    def select(
        self, chunk: Chunk, condition: Callable[[ParsedDocument], bool]
    ) -> tuple[dict[int, ParsedDocument], dict[int, Outcome]]:
        """Return ({number: document} that count, {number: Outcome} of duplicates) where `condition` is true."""
        documents: dict[int, ParsedDocument] = {}
        outcomes: dict[int, Outcome] = {}
        for position, document in chunk.documents().items():
            number = chunk.first + position
            if position in chunk.eager_positions or not condition(document):
                continue
            if self.deduplicator.is_winner(number):
                documents[number] = document
            else:
                outcomes[number] = self.duplicate(number).about(document)
        return documents, outcomes

    def duplicate(self, number: int, **fields: Any) -> Outcome:
        return Outcome(Result.DUPLICATE, duplicate_of=self.deduplicator.winner_source(number), **fields)

    def undo_early_duplicates(self, chunk: Chunk) -> dict[int, Outcome]:
        """Take back stories that were written eagerly and do not count; return their {number: Outcome}."""
        numbers = {chunk.first + position for position in chunk.eager_positions}
        losers = {number for number in numbers if not self.deduplicator.is_winner(number)}
        undone_documents = undo_early_writes(losers, self.batch, self.result_writer) if losers else {}
        self.progress.done -= len(undone_documents)
        return {
            number: self.duplicate(
                number,
                source=document.source,
                title=document.title,
                problems=[Problem.from_json(problem) for problem in document.problems],
            )
            for number, document in undone_documents.items()
        }

    def known_duplicates(self, chunk: Chunk) -> dict[int, Outcome]:
        """Remove unchanged documents that do not count from the Chunk; return their {number: Outcome}."""
        losers = {
            chunk.first + position: position
            for position in chunk.known_stories
            # Looked up without a call, because most documents of a large import pass here.
            if chunk.first + position in self.deduplicator.losers
        }
        if not losers:
            return {}
        sources = self.sources_of(chunk)
        story_keys = [chunk.known_stories.pop(position) for position in losers.values()]
        if not self.transactions.rolls_back:
            undo_interrupted_writes(story_keys, self.batch)
        return {number: self.duplicate(number, source=sources[position]) for number, position in losers.items()}

    def sources_of(self, chunk: Chunk) -> list[str]:
        """Return the sources of a Chunk's documents, which the Deduplicator stores."""
        _position, sources, _times = self.deduplicator.locate(chunk.first)
        return sources

    def finish(self, outcomes: Mapping[int, Outcome], unchanged_count: int = 0) -> None:
        self.progress.add_done(len(outcomes) + unchanged_count)
        self.notify_all(outcomes)

    def notify_all(self, outcomes: Mapping[int, Outcome]) -> None:
        """Report those of {number: Outcome} that a person should see."""
        if self.notify is not None:
            for _number, outcome in sorted(outcomes.items()):
                if outcome.action is not Result.UNCHANGED or outcome.has_problems:
                    self.notify(outcome)
