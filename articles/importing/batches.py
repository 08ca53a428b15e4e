"""The row of an import: create it, keep it up to date while it runs, close it when its process was killed."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from articles import workflow
from articles.choices import SKIPPED, WRITTEN, Result
from articles.db.bulk_rows import as_utc_text
from articles.importing.publication import PublishPolicy
from articles.models import Article, ImportBatch

SECONDS_BETWEEN_UPDATES = 1
# A run whose `alive_at` is older than this was killed.
PRESUMED_DEAD_AFTER = timedelta(minutes=2)
# Called with the phase, "reading" or "writing", the number of documents, and their total, None if that is unknown.
ProgressNotify = Callable[[str, int, int | None], None]


def new_batch(
    sources: Iterable[str],
    *,
    upload: str = "",
    dry_run: bool = False,
    publish: PublishPolicy | str = PublishPolicy.UPSTREAM,
    hold: bool = True,
    restore: bool = False,
    preview: ImportBatch | None = None,
    pictures: bool | None = None,
    actor: workflow.Actor = workflow.COMMAND_LINE,
) -> ImportBatch:
    """Return a new, queued ImportBatch.

    `sources` are the names that users see, `upload` is the folder of uploaded files, `preview` the batch to apply.
    `restore` says whether exports restore the desk's edits, `pictures` whether their pictures are downloaded
    afterwards, None as PICTURES_FETCH does.
    """
    mark_killed_batches()
    options: dict[str, Any] = {"publish": str(PublishPolicy(publish).permitted_for(actor)), "hold": hold}
    if restore:
        options["restore"] = True
    if pictures is not None:
        options["pictures"] = pictures
    return ImportBatch.objects.create(
        state=ImportBatch.State.QUEUED,
        sources=list(sources),
        upload=upload,
        # What the actor may do is checked again when the batch runs.
        options=options,
        dry_run=dry_run,
        preview=preview,
        actor=actor.user,
        origin=actor.origin,
    )


def restores(batch: ImportBatch) -> bool:
    """Return whether exports in a batch restore the desk's edits."""
    return bool(batch.options.get("restore"))


def mark_killed_batches() -> None:
    """Mark batches whose process was killed as interrupted, with the counts of their results."""
    killed_batches = ImportBatch.objects.filter(
        state=ImportBatch.State.RUNNING, alive_at__lt=timezone.now() - PRESUMED_DEAD_AFTER
    )
    # Batches that an earlier release marked have no counts.
    uncounted_batches = ImportBatch.objects.filter(state=ImportBatch.State.INTERRUPTED, counts={})
    for batch in uncounted_batches:
        ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(counts=recorded_counts(batch))
    for batch in killed_batches:
        # Filtered again, in case it is alive after all.
        killed_batches.filter(pk=batch.pk).update(
            state=ImportBatch.State.INTERRUPTED,
            finished_at=timezone.now(),
            counts=recorded_counts(batch),
            note="The import stopped responding. What was finished stays, and running it again continues.",
        )


def recorded_counts(batch: ImportBatch) -> dict[str, int]:
    """Return {result: number of documents} counted from the rows of a batch, for every result. Two queries."""
    counts = dict.fromkeys([*map(str, Result), SKIPPED], 0)
    counts |= dict(batch.documents.order_by().values_list("action").annotate(Count("pk")))
    counts[Result.UNCHANGED] += batch.unchanged.aggregate(number=Sum("number"))["number"] or 0
    return {str(result): number for result, number in counts.items()}


def touched_stories(batch: ImportBatch) -> QuerySet[Article]:
    """Return the stories that an import created or changed, and that still exist."""
    written = batch.documents.filter(action__in=WRITTEN, article__isnull=False)
    return Article.objects.filter(pk__in=written.order_by().values("article"))


class Progress:
    """How far a run has come; reported to `notify` at every step, and to the database once a second."""

    def __init__(self, batch: ImportBatch, notify: ProgressNotify | None) -> None:
        self.batch, self.notify = batch, notify
        self.read = self.done = 0
        self.total: int | None = None
        self.last_update = time.monotonic()

    @staticmethod
    def now() -> str:
        """Return the current time as the importer's text."""
        return as_utc_text(timezone.now())

    def add_read(self, number: int) -> None:
        """Count documents that were read."""
        self.read += number
        self.report("reading", self.read)

    def add_done(self, number: int) -> None:
        """Count documents that were written."""
        self.done += number
        self.report("writing", self.done)

    def report(self, phase: str, number: int) -> None:
        if self.notify is not None:
            self.notify(phase, number, self.total)
        if time.monotonic() - self.last_update >= SECONDS_BETWEEN_UPDATES:
            self.last_update = time.monotonic()
            ImportBatch.objects.filter(pk=self.batch.pk).update(
                read=self.read, done=self.done, total=self.total, alive_at=timezone.now()
            )
