"""Write documents and their results in short transactions, repeated after a conflict with other writers."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, transaction

from articles.choices import WRITTEN, Result
from articles.db.bulk_rows import commit_asynchronously
from articles.importing.change_detection import store_secrets
from articles.importing.dry_run import DryRunState
from articles.importing.duplicate_files import DuplicateFile, remember_files
from articles.importing.previews import Expectations
from articles.importing.results import Outcome, ResultWriter, UnchangedDocument
from articles.importing.writing.context import WriteContext
from articles.importing.writing.fallback import WriteResult, write_documents
from articles.importing.writing.rows import ParsedDocument
from articles.models import ImportBatch
from newsroom.fallbacks import warn_of_fallback
from newsroom.pacing import Pace

ATTEMPTS = 4
# What a transaction returns.
Written = TypeVar("Written")
EMPTY: Mapping[int, Any] = MappingProxyType({})


class TransactionWriter:
    """Writes documents of a batch with their results; each transaction lasts one Turn.

    With `rolls_back` (a dry run, or a batch that is held) only the results stay. `expectations` are those of the
    preview that the batch applies, or None.
    """

    def __init__(
        self,
        batch: ImportBatch,
        context: WriteContext,
        result_writer: ResultWriter,
        expectations: Expectations | None,
    ) -> None:
        self.batch, self.context = batch, context
        self.result_writer, self.expectations = result_writer, expectations
        self.rolls_back = batch.dry_run
        self.pace, self.writes_together = Pace(), True
        self.dry_run_state = DryRunState()

    def write(
        self,
        documents: Mapping[int, ParsedDocument],
        outcomes: Mapping[int, Outcome] = EMPTY,
        unchanged: Collection[UnchangedDocument] = (),
        secrets: Mapping[int, str] = EMPTY,
        *,
        only_new: bool = False,
    ) -> dict[int, Outcome]:
        """Write {number: document}, and the results of all; return {number: Outcome}.

        `outcomes` are those of other documents, `secrets` are the new blobs of some of the `unchanged` ones,
        {story key: blob}. With `only_new`, documents of known stories are ignored.
        """
        all_outcomes: dict[int, Outcome] = {}
        remaining, self.writes_together = documents, True
        while True:
            part, remaining = self.write_part(remaining, outcomes, unchanged, secrets, only_new)
            all_outcomes |= part
            if not remaining:
                return all_outcomes
            outcomes, unchanged, secrets = EMPTY, (), EMPTY

    def write_part(
        self,
        documents: Mapping[int, ParsedDocument],
        outcomes: Mapping[int, Outcome],
        unchanged: Collection[UnchangedDocument],
        secrets: Mapping[int, str],
        only_new: bool,
    ) -> tuple[dict[int, Outcome], dict[int, ParsedDocument]]:
        """Write as many of {number: document} as fit into one Turn; return ({number: Outcome}, remaining documents)."""
        held_outcomes: dict[int, Outcome] = {}
        while True:
            candidates = {number: document for number, document in documents.items() if number not in held_outcomes}
            result, unexpected = self.attempt(candidates, {**outcomes, **held_outcomes}, unchanged, secrets, only_new)
            if not unexpected:
                break
            held_outcomes |= {number: outcome.about(documents[number]) for number, outcome in unexpected.items()}
        all_outcomes = {**outcomes, **held_outcomes, **result.outcomes}
        if self.rolls_back:
            self.dry_run_state.remember(documents, result.outcomes, self.context)
            self.mark_rolled_back(result.outcomes)
            with self.pace.turn():
                self.result_writer.write(all_outcomes, unchanged)
        self.result_writer.count(all_outcomes, unchanged)
        for outcome in all_outcomes.values():
            outcome.forget_written()
        self.batch.written_singly += result.singly_count
        # The faulty story may be among the remaining ones.
        self.writes_together = self.writes_together and result.could_write_together
        return all_outcomes, result.remaining

    def attempt(
        self,
        documents: Mapping[int, ParsedDocument],
        outcomes: Mapping[int, Outcome],
        unchanged: Collection[UnchangedDocument],
        secrets: Mapping[int, str],
        only_new: bool,
    ) -> tuple[WriteResult, dict[int, Outcome]]:
        """Write in one transaction; return (WriteResult, Outcomes that differ from the preview).

        If any differ, nothing is written.
        """

        def write() -> tuple[WriteResult, dict[int, Outcome]]:
            with self.pace.turn() as turn:
                # Only the last statement of the batch, on its own row, waits for the disk.
                commit_asynchronously()
                if self.rolls_back:
                    self.dry_run_state.rewrite_dependencies(documents, self.context)
                result = write_documents(
                    documents, self.context, turn, only_new=only_new, together=self.writes_together
                )
                unexpected = self.expectations.differing(result.outcomes) if self.expectations else {}
                if self.rolls_back or unexpected:
                    transaction.set_rollback(True)
                    self.context.clear_lookups()
                else:
                    store_secrets(secrets)
                    self.result_writer.write({**outcomes, **result.outcomes}, unchanged)
            return result, unexpected

        return self.repeat(write, f"{len(documents)} documents are written")

    def remember_files(self, pieces: Iterable[Collection[DuplicateFile]]) -> None:
        """Remember the files of documents that do not count, each piece in a transaction, which may be repeated."""
        for files in pieces if not self.rolls_back else ():
            self.repeat(partial(self.remember, files), f"{len(files)} files are remembered")

    def remember(self, files: Collection[DuplicateFile]) -> None:
        with self.pace.turn():
            remember_files(files)

    def repeat(self, write: Callable[[], Written], what: str) -> Written:
        """Return what `write` returns, a transaction that is repeated when another writer breaks it.

        By a deadlock, for instance, or by merging a provider. `what` says in the log what is done again.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return write()
            except (IntegrityError, OperationalError) as error:
                self.context.clear_lookups()
                if attempt == ATTEMPTS or transaction.get_connection().in_atomic_block:
                    raise
                warn_of_fallback(f"import: {what} again", type(error).__name__)
        raise AssertionError("unreachable")

    def mark_rolled_back(self, outcomes: Mapping[int, Outcome]) -> None:
        """Change the Outcomes of documents that were rolled back; those of a held batch become held."""
        for outcome in outcomes.values():
            outcome.snapshot_json = outcome.updated_at_after = None
            if outcome.action is Result.CREATED:
                outcome.article_id = None
            if outcome.action in WRITTEN and not self.batch.dry_run:
                outcome.action = Result.HELD
