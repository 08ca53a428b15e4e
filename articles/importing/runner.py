"""Run an import: from sources to results."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import IO

from django.utils import timezone

from articles import workflow
from articles.choices import Origin, Result
from articles.db.bulk_rows import analyse
from articles.documents.parse import STORY
from articles.documents.raw_document import RawDocument
from articles.importing.batches import Progress, ProgressNotify, new_batch, restores, touched_stories
from articles.importing.chunks import Chunk, Summary
from articles.importing.deduplication import Deduplicator
from articles.importing.guards import ImpactEstimate, Reason, can_be_held
from articles.importing.identity_matches import current_identities_of, identities_of
from articles.importing.pipeline import ParserPool, read_documents
from articles.importing.previews import Expectations, may_apply
from articles.importing.publication import PublishPolicy
from articles.importing.results import Report, ResultWriter
from articles.importing.signals import FollowUp, import_finished
from articles.importing.sources.files import UnusableSource, check_sources, estimate_count, read_sources
from articles.importing.sources.paths import SourcePaths
from articles.importing.sources.spool import Spool
from articles.importing.sources.uploads import real_names, strip_upload_folder, upload_paths
from articles.importing.sources.workers import infrequent_gc
from articles.importing.temporary_storage import TemporaryStorage
from articles.importing.writing.chunk_writer import ChunkWriter, Notify
from articles.importing.writing.context import LastRows, PresentFile, WriteContext
from articles.models import Article, ArticleTopic, Image, ImportBatch, RelatedLink, UpstreamDocument
from articles.permissions import may_import, may_restore_exports

# After this many new rows, the database's statistics are outdated and its plans slow.
MIN_STORIES_TO_ANALYSE = 1000


class SourcesChanged(UnusableSource):
    """The documents of a preview have changed since it was made."""


class NotPermitted(UnusableSource):
    """The user of a batch does not have the permissions that it requires."""


def import_sources(
    names: Sequence[str],
    standard_input: IO[bytes] | None = None,
    notify: Notify | None = None,
    *,
    dry_run: bool = False,
    publish: PublishPolicy | str = PublishPolicy.UPSTREAM,
    hold: bool = True,
    restore: bool = False,
    jobs: int = 1,
    progress: ProgressNotify | None = None,
    actor: workflow.Actor = workflow.COMMAND_LINE,
    follow_up: FollowUp = FollowUp.BACKGROUND,
) -> Report:
    """Import every document of `names` (files, archives, folders, `-`) as an ImportBatch and return the Report.

    A bad document is reported and affects no other. Of several documents of one story the one with the latest
    `publishedDateTime` counts, then the last by name; the others are duplicates. Raises UnusableSource, before
    anything is written, if a source does not exist. A dry run does everything and rolls it back; `publish` is a
    PublishPolicy, `hold` whether an import that would change too much waits for a person, `restore` whether exports
    restore the desk's edits, `jobs` the number of processes that parse. If it is interrupted, finished documents stay,
    and the batch says so. `notify`, `progress` and `follow_up` are those of `run_batch`.
    """
    check_sources(names)
    batch = new_batch(names, dry_run=dry_run, publish=publish, hold=hold, restore=restore, actor=actor)
    return run_batch(batch, standard_input, notify=notify, progress=progress, jobs=jobs, follow_up=follow_up)


def run_batch(
    batch: ImportBatch,
    standard_input: IO[bytes] | None = None,
    *,
    notify: Notify | None = None,
    progress: ProgressNotify | None = None,
    jobs: int = 1,
    follow_up: FollowUp = FollowUp.BACKGROUND,
) -> Report:
    """Run a queued ImportBatch and return the Report; a batch that is no longer queued is not run again.

    `notify` is called with the Outcome of every document that a person should see, `progress` at every step;
    `follow_up` says who does what follows an import, such as downloading pictures. Raises
    UnusableSource if a source does not exist, SourcesChanged if those of a preview have changed, NotPermitted if the
    batch's user no longer has the permissions.
    """
    if not ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.QUEUED).update(
        state=ImportBatch.State.RUNNING, started_at=timezone.now(), alive_at=timezone.now()
    ):
        return Report(batch)
    batch.refresh_from_db()
    run = Run(batch, notify, progress)
    batch.state = ImportBatch.State.INTERRUPTED
    batch.note = "The import was interrupted. What was finished stays, and running it again continues."
    try:
        check_permitted(batch, run.context.actor)
        names = upload_paths(batch) if batch.upload else batch.sources
        check_sources(names)
        run.progress.total = estimate_count(names)
        with infrequent_gc():
            run.paths = SourcePaths(batch.sources, real_names(batch))
            run.import_documents(public_sources(read_sources(names, standard_input), batch), jobs)
        if (
            run.result_writer.counter[Result.CREATED] >= MIN_STORIES_TO_ANALYSE
            and not run.writer.transactions.rolls_back
        ):
            analyse(Article, UpstreamDocument, RelatedLink, Image, ArticleTopic)
        batch.state, batch.note = run.final_state, " ".join(map(str, run.reasons))
        if run.reasons:
            batch.options = {**batch.options, "reasons": [reason._asdict() for reason in run.reasons]}
    except UnusableSource as error:
        batch.note = str(error)
        raise
    except Exception as error:
        batch.note = f"The import failed ({type(error).__name__}). What was finished stays; see the log for details."
        raise
    finally:
        batch.finished_at, batch.counts = timezone.now(), run.result_writer.counts
        batch.skipped = run.result_writer.skipped_names
        batch.read, batch.done = run.progress.read, run.progress.done
        run.storage.close()
        batch.save()
    announce(batch, follow_up)
    return Report(batch)


def announce(batch: ImportBatch, follow_up: FollowUp) -> None:
    """Tell other packages about an import that has written stories."""
    if follow_up is not FollowUp.NONE and batch.state == ImportBatch.State.FINISHED and not batch.dry_run:
        import_finished.send_robust(
            ImportBatch,
            batch=batch,
            stories=touched_stories(batch),
            in_background=follow_up is FollowUp.BACKGROUND,
        )


def check_permitted(batch: ImportBatch, actor: workflow.Actor) -> None:
    """Raise NotPermitted if the user of a batch does not, or no longer, have the permissions for it."""
    if not may_import(actor):
        raise NotPermitted("its user is not allowed to import stories")
    if restores(batch) and not may_restore_exports(actor):
        raise NotPermitted("its user is not allowed to restore the desk's edits, because that may publish stories")
    if batch.preview and not may_apply(actor, batch.preview):
        raise NotPermitted("its user is not allowed to do everything in the preview; make a new preview")


def public_sources(raw_documents: Iterable[RawDocument], batch: ImportBatch) -> Iterator[RawDocument]:
    """Yield RawDocuments, those of an upload without the path of its folder in their source."""
    for raw in raw_documents:
        if batch.upload:
            raw.source = strip_upload_folder(raw.source, batch)
        yield raw


class Run:
    """One run: read all documents, decide which count and whether the batch is held, write."""

    def __init__(self, batch: ImportBatch, notify: Notify | None, progress: ProgressNotify | None) -> None:
        self.batch = batch
        self.progress = Progress(batch, progress)
        self.storage, self.result_writer = TemporaryStorage(), ResultWriter(batch)
        self.deduplicator = Deduplicator(self.storage)
        self.expectations = Expectations(batch.preview) if batch.preview else None
        self.paths = SourcePaths(())
        # Why the batch is held, or a dry run would be.
        self.reasons: list[Reason] = []
        # Write new stories while later documents are being read (writing/eager_writes.py).
        self.is_eager = not (batch.dry_run or self.expectations or can_be_held(batch))
        actor = workflow.Actor(Origin(batch.origin), batch.actor)
        policy = PublishPolicy(batch.options.get("publish", PublishPolicy.UPSTREAM))
        last_rows = LastRows.now()
        self.last_story = last_rows.story
        self.context = WriteContext(policy, batch, last_rows, actor, self.storage)
        self.context.is_claimed = self.is_claimed
        self.context.present_file = self.present_file
        self.context.path_of = self.path_of
        self.writer = ChunkWriter(
            batch,
            self.context,
            self.deduplicator,
            self.result_writer,
            progress=self.progress,
            notify=notify,
            expectations=self.expectations,
        )

    @property
    def final_state(self) -> ImportBatch.State:
        is_held = self.reasons and not self.batch.dry_run
        return ImportBatch.State.HELD if is_held else ImportBatch.State.FINISHED

    def path_of(self, source: str) -> str:
        """Return the path of a document's source; "" for standard input."""
        return self.paths.path_of(source)

    def is_claimed(self, key: int) -> bool:
        """Return whether the import has a document with the present URL of the story with this key.

        Until all documents are read that is not known, and files with new URLs are not written.
        """
        is_decided = self.deduplicator.is_decided
        return is_decided and any(map(self.deduplicator.has_document_of, current_identities_of(key)))

    def present_file(self, upstream: UpstreamDocument) -> PresentFile | None:
        """Return the PresentFile of an UpstreamDocument, None if the import does not have its file."""
        path = upstream.path or ""
        documents = self.deduplicator.valid_documents_at(path)
        times = {source: time for source, time in documents if self.paths.path_of(source) == path}
        identities = identities_of(upstream.pk)
        # Of a document that was recognised by this file and is not written yet.
        identities.add(self.context.path_claims.get((upstream.pk, path), upstream.identity))
        own_sources = {source for identity in identities for source in self.deduplicator.sources_with(identity)}
        own_times = [time for source, time in times.items() if source in own_sources]
        if own_times:
            return PresentFile(max(own_times))
        return PresentFile("", has_story=False) if any(times.values()) else None

    def import_documents(self, raw_documents: Iterable[RawDocument], jobs: int) -> None:
        """Read all RawDocuments, then write those that count, topics and organizations before the first story."""
        with Spool() as spool:
            has_taxonomy = self.read(raw_documents, jobs, spool)
            if self.expectations and self.batch.digest != self.expectations.preview.digest:
                raise SourcesChanged("the documents have changed since the preview; make a new preview")
            if self.reasons:
                self.writer.transactions.rolls_back = True
            self.progress.total = self.deduplicator.document_count
            if has_taxonomy:
                for chunk in spool:
                    self.writer.write_taxonomy(chunk)
                # An organization may have been merged with a provider that was looked up before.
                self.context.clear_lookups()
            self.writer.write_stories(spool)

    def read(self, raw_documents: Iterable[RawDocument], jobs: int, spool: Spool) -> bool:
        """Read all documents into `spool`; return whether topics or organizations are among them."""
        digest, impact, has_taxonomy = hashlib.blake2b(digest_size=16), ImpactEstimate(self.storage), False
        last_chunk: Chunk | None = None
        follow_proposal = self.context.policy is PublishPolicy.UPSTREAM
        with closing(ParserPool(jobs)) as parsers:
            for chunk in read_documents(
                raw_documents, parsers, follow_proposal, self.progress.now, self.last_story, self.path_of
            ):
                self.result_writer.add_skipped(chunk.skipped_names)
                if not chunk.sources:
                    continue
                digest.update("".join(chunk.digests).encode())
                subjects = subjects_of(chunk, restores=self.context.restores)
                self.deduplicator.add(chunk.sources, subjects, [*chunk.known_stories])
                stories = {
                    chunk.first + position: summary
                    for position, summary in chunk.summaries.items()
                    if summary.document_type == STORY
                }
                has_taxonomy = has_taxonomy or len(stories) < len(chunk.summaries)
                if not self.is_eager:
                    # Exports that are not restored change no story.
                    counted = self.context.restores
                    impact.add({number: each for number, each in stories.items() if counted or not each.is_export})
                self.progress.add_read(len(chunk.sources))
                chunk.clear_summaries()
                if last_chunk is not None:
                    # The last chunk is never written eagerly: a small import is read before anything is written.
                    self.store(last_chunk, spool)
                last_chunk = chunk
        if last_chunk is not None:
            spool.add(last_chunk)
        self.deduplicator.decide()
        # Those of early writes were guesses: only now is it known which documents count.
        self.context.path_claims.clear()
        self.batch.digest = digest.hexdigest()
        if self.batch.options.get("hold", True) and not self.expectations and not self.is_eager:
            self.reasons = impact.reasons_to_hold(self.deduplicator.is_winner)
        return has_taxonomy

    def store(self, chunk: Chunk, spool: Spool) -> None:
        """Put a Chunk into `spool`, after writing its new stories if that is possible now."""
        if self.is_eager and chunk.pickled:
            self.writer.write_eagerly(chunk)
        spool.add(chunk)


def subjects_of(chunk: Chunk, *, restores: bool = False) -> list[tuple[int, bytes, str]]:
    """Return [(position, key of 16 bytes, published_at)] of the valid documents of a Chunk, for a Deduplicator.

    Unless the import `restores` exports, they have no time, so that upstream's own document of the story counts.
    """
    subjects = [
        (position, bytes.fromhex(identity), published_at) for position, identity, published_at in chunk.known_subjects
    ]
    return subjects + [
        (position, subject_key(summary), summary.published_at if restores or not summary.is_export else "")
        for position, summary in chunk.summaries.items()
    ]


def subject_key(summary: Summary) -> bytes:
    """Return 16 bytes that the Summaries of two documents of one story, topic or organization share."""
    if summary.document_type == STORY:
        return bytes.fromhex(summary.key)
    return hashlib.blake2b(f"{summary.document_type} {summary.key}".encode(), digest_size=16).digest()
