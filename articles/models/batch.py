import zlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from articles.choices import UNDOABLE, WRITTEN, Origin, Result

# Longer names, of many sources, are shortened.
NAME_LENGTH = 80


class ImportBatch(models.Model):
    """One run of the importer."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to run")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        HELD = "held", _("Held")
        INTERRUPTED = "interrupted", _("Interrupted")
        UNDONE = "undone", _("Undone")

    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.RUNNING)
    # Why it is held or was interrupted, for display.
    note = models.TextField(_("note"), blank=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices, default=Origin.COMMAND)
    sources = models.JSONField(_("sources"), default=list)
    # The folder of uploaded sources in the import storage; empty for sources named on the command line.
    upload = models.CharField(max_length=100, blank=True, editable=False)
    digest = models.CharField(_("digest"), max_length=32, blank=True, help_text=_("Of all documents as received."))
    options = models.JSONField(_("options"), default=dict)
    dry_run = models.BooleanField(_("dry run"), default=False)
    # The dry run or held batch that this one applies.
    preview = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="applications", verbose_name=_("applies preview")
    )
    counts = models.JSONField(_("counts"), default=dict)
    # The names of the first skipped files, which are not documents; NULL also for batches of older releases.
    skipped = models.JSONField(null=True, editable=False)
    # Progress: documents read, documents written, their total if known, and when these were last updated.
    read = models.PositiveIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(null=True, editable=False)
    alive_at = models.DateTimeField(null=True, editable=False)
    # The number of stories written one at a time because writing them together failed; the log has the cause.
    written_singly = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # When retention removed its snapshots (it cannot be undone since then), its unchanged documents, or all documents.
    snapshots_pruned_at = models.DateTimeField(null=True, editable=False)
    unchanged_pruned_at = models.DateTimeField(null=True, editable=False)
    documents_pruned_at = models.DateTimeField(null=True, editable=False)
    # When it was requested to undo the import. Undoing also updates `alive_at`.
    undo_started_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(finished_at__isnull=False),
                name="import_that_is_over_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return Truncator(f"#{self.pk} {', '.join(self.sources)}").chars(NAME_LENGTH)

    @property
    def duration(self) -> timedelta | None:
        """The time from its start to its end, or None while it runs."""
        return self.finished_at - self.started_at if self.finished_at else None

    @property
    def documents_per_second(self) -> float | None:
        """Documents per second, or None while it runs."""
        seconds = self.duration.total_seconds() if self.duration else 0
        return self.number_of_documents / seconds if seconds else None

    @property
    def number_of_documents(self) -> int:
        """The number of its documents, without skipped files."""
        return sum(self.counts.get(result, 0) for result in Result.values)

    @property
    def is_over(self) -> bool:
        """Whether it has ended: it is neither queued nor running."""
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    @property
    def is_preview(self) -> bool:
        """Whether it is a dry run or a held import, which can be applied."""
        is_shown = self.state == self.State.HELD or (self.dry_run and self.state == self.State.FINISHED)
        return is_shown and self.documents_pruned_at is None

    @property
    def can_be_undone(self) -> bool:
        """Whether it wrote something that can be undone."""
        return self.has_written and not self.undo_has_expired

    @property
    def has_written(self) -> bool:
        """Whether it has ended, wrote something, and was not undone."""
        if self.dry_run or self.state not in (self.State.FINISHED, self.State.INTERRUPTED):
            return False
        return any(self.counts.get(result) for result in WRITTEN) or self.documents.filter(UNDOABLE).exists()

    @property
    def undo_has_expired(self) -> bool:
        """Whether it can no longer be undone because it is older than IMPORT_KEEP_SNAPSHOTS_DAYS."""
        if not self.has_written or self.finished_at is None:
            return False
        days = settings.IMPORT_KEEP_SNAPSHOTS_DAYS
        is_old = bool(days) and self.finished_at < timezone.now() - timedelta(days=days)
        return is_old or bool(self.snapshots_pruned_at or self.documents_pruned_at)


class ImportedDocument(models.Model):
    """The result of one document of a batch, as in the report; unchanged documents are in UnchangedDocuments."""

    class Undoing(models.TextChoices):
        UNDONE = "undone", _("Undone")
        SKIPPED = "left", _("Skipped: edited since")

    # It needs no index of its own, because the constraint below creates one.
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="documents", db_index=False)
    position = models.PositiveIntegerField()
    source = models.TextField(_("source"))
    action = models.CharField(_("result"), max_length=20, choices=Result.choices)
    url = models.TextField(_("reader URL"), blank=True)
    title = models.TextField(_("headline"), blank=True)
    changed = models.JSONField(_("changed"), default=list)
    conflicts = models.JSONField(_("conflicts"), default=list)
    duplicate_of = models.TextField(_("duplicate of"), blank=True)
    problems = models.JSONField(_("problems"), default=list)
    has_problems = models.BooleanField(_("has problems"), default=False)
    article = models.ForeignKey(
        "articles.Article", models.SET_NULL, null=True, related_name="imports", verbose_name=_("story")
    )
    # [{"field": key of the document format, "before", "after"}].
    changes = models.JSONField(default=list)
    # The story's `updated_at` before and after this document, which show whether it was changed later.
    seen_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    # All rows of the story before this document, for undoing (articles/importing/snapshots.py).
    snapshot = models.JSONField(null=True)
    undoing = models.CharField(_("undone"), max_length=20, choices=Undoing.choices, blank=True)

    class Meta:
        ordering = ["batch", "position"]
        verbose_name = _("imported document")
        verbose_name_plural = _("imported documents")
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="document_has_its_place_in_the_import"),
        ]
        indexes = [
            models.Index(fields=["batch", "action", "position"], name="documents_by_result"),
            models.Index(fields=["batch", "position"], name="documents_by_problem", condition=Q(has_problems=True)),
        ]

    def __str__(self) -> str:
        return self.source


class UnchangedDocuments(models.Model):
    """Unchanged documents of a batch, many per row, because most documents of an hourly import are unchanged.

    `packed` is a zlib-compressed JSON list of [position, source, key of the story].
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="unchanged")
    position = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        ordering = ["batch", "position"]
        verbose_name = _("unchanged documents")
        verbose_name_plural = _("unchanged documents")
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="unchanged_documents_have_their_place"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.number}"

    @classmethod
    def pack(cls, entries: Iterable[tuple[int, str, int]]) -> bytes:
        """Return the value of `packed` for a list of (position, source, key of the story)."""
        return zlib.compress(orjson.dumps(entries), 1)

    @property
    def entries(self) -> list[Any]:
        """The list of [position, source, key of the story]."""
        entries: list[Any] = orjson.loads(zlib.decompress(self.packed))
        return entries
