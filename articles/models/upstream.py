from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.fields import WebURLField

# Of longer paths, the last characters are stored.
PATH_LIMIT = 500


class UpstreamDocument(models.Model):
    """A story's document at the last import: the base of the next merge, and of exports.

    In a separate table, so that lists and searches never load it.
    """

    article = models.OneToOneField("articles.Article", models.CASCADE, primary_key=True, related_name="upstream")
    values = models.JSONField(default=dict)
    unknown = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    source_name = models.CharField(max_length=500)
    # The path in the folder or archive that was imported, by which a file is recognised if its URL changes. NULL for
    # standard input, and until the next import for stories of earlier releases: a NOT NULL column could not be added
    # without rewriting the table.
    path = models.CharField(max_length=PATH_LIMIT, null=True, editable=False)  # noqa: DJ001
    # A copy of the story's column, so that the index below is enough to recognise thousands of documents.
    identity = models.CharField(max_length=32, editable=False)
    # Digests of the values, and of the text without `secured`, by which unchanged documents are recognised. The second
    # is empty where the file's name is part of the story's identity.
    digest = models.CharField(max_length=32)
    text_digest = models.CharField(max_length=32)
    url = WebURLField()
    published = models.CharField(max_length=40, blank=True)
    # Upstream's last `published`, if the present document leaves it out; such a document does not change the proposal.
    former_proposal = models.BooleanField(null=True)
    imported_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("upstream document")
        verbose_name_plural = _("upstream documents")
        indexes = [
            models.Index(fields=["text_digest", "identity", "published", "article"], name="known_by_its_text"),
            models.Index(fields=["path"], name="upstream_document_by_path", condition=Q(path__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.source_name

    @property
    def proposal(self) -> bool | None:
        """Upstream's last `published`; None if no document had it."""
        proposal: bool | None = self.values.get("published", self.former_proposal)
        return proposal

    @property
    def secured(self) -> str:
        """Upstream's last value of `secured`, or an empty string."""
        secret: UpstreamSecret | None = getattr(self, "secret", None)
        return secret.text if secret is not None else ""


class UpstreamSecret(models.Model):
    """Upstream's last value of `secured`, which changes with each of its exports.

    In a separate table: the row to write every hour is short, and no page loads it.
    """

    upstream = models.OneToOneField(UpstreamDocument, models.CASCADE, primary_key=True, related_name="secret")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("upstream secret")
        verbose_name_plural = _("upstream secrets")

    def __str__(self) -> str:
        return str(self.upstream_id)
