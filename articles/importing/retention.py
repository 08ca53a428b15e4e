"""Delete the results of old imports, in short transactions."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from articles.importing.batches import mark_killed_batches
from articles.models import Conflict, ImportBatch, ImportedDocument, Revision, UnchangedDocuments
from newsroom.pacing import Pace

logger = logging.getLogger(__name__)
State = ImportBatch.State
ROWS_AT_ONCE = 200
# Rows of any model that imports write.
Rows = QuerySet[Any]
# How long pruning may take after an import; the next import continues it.
SECONDS_AFTER_IMPORT = 5


@dataclass
class Pruned:
    """How many rows were deleted, or would be."""

    imports: int = 0
    documents: int = 0
    unchanged: int = 0
    snapshots: int = 0

    def __bool__(self) -> bool:
        return any((self.imports, self.documents, self.unchanged, self.snapshots))


def prune_imports(seconds: float | None = None, dry_run: bool = False) -> Pruned:
    """Delete what is older than the settings IMPORT_KEEP_…_DAYS allow; return the Pruned.

    It stops after `seconds`, if given; the next call continues. The results of a preview that is being applied stay,
    as does the row of an import that a story's history or an open conflict refers to.
    """
    if not dry_run:
        # A killed import has no end and no counts until it is marked.
        mark_killed_batches()
    pruning = Pruning(seconds, dry_run)
    pruning.delete_unchanged()
    pruning.clear_snapshots()
    pruning.delete_documents()
    pruning.delete_imports()
    return pruning.pruned


def prune_after_import() -> None:
    """Prune for a few seconds; an error is logged and does not affect the finished import."""
    try:
        prune_imports(SECONDS_AFTER_IMPORT)
    except Exception as error:
        logger.warning("imports were not pruned: %s", type(error).__name__, exc_info=error)


def older_than(days: int) -> QuerySet[ImportBatch]:
    """Return the batches that finished more than `days` ago; none if `days` is 0, which means to keep them for ever."""
    if not days:
        return ImportBatch.objects.none()
    return ImportBatch.objects.filter(finished_at__lt=timezone.now() - timedelta(days=days)).order_by("pk")


class Pruning:
    """One run of pruning."""

    def __init__(self, seconds: float | None, dry_run: bool) -> None:
        self.pace, self.pruned, self.dry_run = Pace(), Pruned(), dry_run
        self.deadline = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline

    def delete_unchanged(self) -> None:
        days = settings.IMPORT_KEEP_UNCHANGED_DAYS
        for batch in older_than(days).filter(unchanged_pruned_at=None):
            self.pruned.unchanged += self.delete(UnchangedDocuments.objects.filter(batch=batch))
            self.mark(batch, "unchanged_pruned_at")

    def clear_snapshots(self) -> None:
        days = settings.IMPORT_KEEP_SNAPSHOTS_DAYS
        for batch in older_than(days).filter(snapshots_pruned_at=None):
            rows = ImportedDocument.objects.filter(batch=batch, snapshot__isnull=False)
            # Unchanged documents have snapshots, too, if the base of their merge has moved.
            if rows.exists():
                self.pruned.snapshots += self.for_each_piece(rows, lambda piece: piece.update(snapshot=None))
            self.mark(batch, "snapshots_pruned_at")

    def delete_documents(self) -> None:
        applying_batches = ImportBatch.objects.filter(state__in=[State.QUEUED, State.RUNNING], preview__isnull=False)
        old_batches = older_than(settings.IMPORT_KEEP_BATCHES_DAYS).filter(documents_pruned_at=None)
        already_counted = (
            older_than(settings.IMPORT_KEEP_UNCHANGED_DAYS) if self.dry_run else ImportBatch.objects.none()
        )
        for batch in old_batches.exclude(pk__in=applying_batches.values("preview")):
            unchanged = UnchangedDocuments.objects.filter(batch=batch)
            self.pruned.unchanged += self.delete(unchanged.exclude(batch__in=already_counted))
            self.pruned.documents += self.delete(ImportedDocument.objects.filter(batch=batch))
            self.mark(batch, "documents_pruned_at")

    def delete_imports(self) -> None:
        days = settings.IMPORT_KEEP_BATCHES_DAYS
        is_referenced = Q(pk__in=Revision.objects.exclude(batch=None).values("batch"))
        is_referenced |= Q(pk__in=Conflict.objects.filter(settlement="").exclude(batch=None).values("batch"))
        is_referenced |= Q(pk__in=ImportBatch.objects.filter(finished_at=None).exclude(preview=None).values("preview"))
        old_batches = older_than(days).exclude(is_referenced)
        if not self.dry_run:
            old_batches = old_batches.exclude(documents_pruned_at=None)
        self.pruned.imports += self.delete(old_batches)

    def delete(self, rows: Rows) -> int:
        return self.for_each_piece(rows, lambda piece: piece.delete())

    def for_each_piece(self, rows: Rows, change: Callable[[Rows], object]) -> int:
        """Call `change` with pieces of the queryset `rows`, each in a transaction; return the number of rows."""
        if self.dry_run:
            return rows.count()
        number, last_key = 0, 0
        while not self.is_over:
            with self.pace.turn():
                keys = list(rows.filter(pk__gt=last_key).order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
                if keys:
                    change(rows.model._default_manager.filter(pk__in=keys))
            if not keys:
                break
            number, last_key = number + len(keys), keys[-1]
        return number

    def mark(self, batch: ImportBatch, name: str) -> None:
        """Set the column `name` of a batch to the current time, if there was time to delete all that it covers."""
        if not self.dry_run and not self.is_over:
            ImportBatch.objects.filter(pk=batch.pk).update(**{name: timezone.now()})
