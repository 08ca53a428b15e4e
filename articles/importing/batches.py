"""Making the row of a batch, and keeping it up to date while it runs."""

import time
from datetime import timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from articles import workflow
from articles.choices import SKIPPED, Result
from articles.db.bulk_rows import as_utc_text
from articles.importing.writing.update import Publish
from articles.models import ImportBatch

SECONDS_BETWEEN_SIGNS = 1
# A run that has not given a sign for so long was killed.
SILENCE = timedelta(minutes=2)


def new_batch(
    sources,
    *,
    upload="",
    dry_run=False,
    publish=Publish.UPSTREAM,
    hold=True,
    preview=None,
    actor=workflow.COMMAND_LINE,
):
    """Return a new, queued ImportBatch; `sources` are named as people see them, `upload` is where they lie."""
    end_those_killed()
    return ImportBatch.objects.create(
        state=ImportBatch.State.QUEUED,
        sources=list(sources),
        upload=upload,
        # As it is permitted now; when it runs it is asked again.
        options={"publish": str(Publish(publish).as_permitted(actor)), "hold": hold},
        dry_run=dry_run,
        preview=preview,
        actor=actor.user,
        origin=actor.origin,
    )


def end_those_killed():
    """Mark batches whose process is gone as interrupted, with the counts of what they recorded."""
    killed = ImportBatch.objects.filter(state=ImportBatch.State.RUNNING, alive_at__lt=timezone.now() - SILENCE)
    # Those of former versions have no counts.
    uncounted = ImportBatch.objects.filter(state=ImportBatch.State.INTERRUPTED, counts={})
    for batch in uncounted:
        ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(counts=recorded_counts(batch))
    for batch in killed:
        # Not if it gives a sign after all.
        killed.filter(pk=batch.pk).update(
            state=ImportBatch.State.INTERRUPTED,
            finished_at=timezone.now(),
            counts=recorded_counts(batch),
            note="Its process was killed; what was finished stays, and running it again continues.",
        )


def recorded_counts(batch):
    """Return {result: number of documents} from the rows of a batch, every result named. Two queries."""
    counts = dict.fromkeys([*map(str, Result), SKIPPED], 0)
    counts |= dict(batch.documents.order_by().values_list("action").annotate(Count("pk")))
    counts[Result.UNCHANGED] += batch.unchanged.aggregate(number=Sum("number"))["number"] or 0
    return {str(result): number for result, number in counts.items()}


class Clock:
    """How far a run has come: told to the caller at every step, and to the database once a second."""

    def __init__(self, batch, progress):
        self.batch, self.progress = batch, progress
        self.read = self.done = 0
        self.total = None
        self.said = time.monotonic()

    @staticmethod
    def now():
        """Return this moment as the importer has times."""
        return as_utc_text(timezone.now())

    def has_read(self, number):
        """Note that more documents were read."""
        self.read += number
        self.tell("reading", self.read)

    def has_done(self, number):
        """Note that more documents are done with."""
        self.done += number
        self.tell("writing", self.done)

    def tell(self, phase, number):
        if self.progress is not None:
            self.progress(phase, number, self.total)
        if time.monotonic() - self.said >= SECONDS_BETWEEN_SIGNS:
            self.said = time.monotonic()
            ImportBatch.objects.filter(pk=self.batch.pk).update(
                read=self.read, done=self.done, total=self.total, alive_at=timezone.now()
            )
