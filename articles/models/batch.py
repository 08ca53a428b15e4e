from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.choices import Origin, Result


class ImportBatch(models.Model):
    """One run of the importer."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        INTERRUPTED = "interrupted", _("Interrupted")

    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices, default=Origin.COMMAND)
    sources = models.JSONField(_("sources"), default=list)
    options = models.JSONField(_("options"), default=dict)
    dry_run = models.BooleanField(_("dry run"), default=False)
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running") | Q(finished_at__isnull=False), name="import_that_is_over_has_an_end"
            ),
        ]

    def __str__(self):
        return f"{self.pk}: {', '.join(self.sources)}"[:200]

    @property
    def duration(self):
        """How long it took, a timedelta, or None while it runs."""
        return self.finished_at and self.finished_at - self.started_at

    @property
    def documents_per_second(self):
        """Documents a second, or None while it runs."""
        seconds = self.duration.total_seconds() if self.duration else 0
        return sum(self.counts.values()) / seconds if seconds else None


class ImportedDocument(models.Model):
    """What became of one document of a batch, as the report has it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="documents")
    position = models.PositiveIntegerField()
    source = models.TextField(_("source"))
    action = models.CharField(_("result"), max_length=20, choices=Result.choices)
    url = models.TextField(_("reader's URL"), blank=True)
    title = models.TextField(_("headline"), blank=True)
    changed = models.JSONField(_("changed"), default=list)
    conflicts = models.JSONField(_("conflicts"), default=list)
    duplicate_of = models.TextField(_("duplicate of"), blank=True)
    problems = models.JSONField(_("problems"), default=list)
    has_problems = models.BooleanField(_("has problems"), default=False)

    class Meta:
        ordering = ["batch", "position"]
        verbose_name = _("imported document")
        verbose_name_plural = _("imported documents")
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="document_has_its_place_in_the_import"),
        ]
        indexes = [
            models.Index(fields=["batch", "action", "position"], name="documents_by_result"),
            models.Index(fields=["batch", "has_problems", "position"], name="documents_by_problem"),
        ]

    def __str__(self):
        return self.source
