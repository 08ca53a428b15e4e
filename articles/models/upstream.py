from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.models.fields import WebURLField


class UpstreamDocument(models.Model):
    """What upstream said of a story at the last import: the base of the next merge, and of an export.

    It stands beside the story, not in it, so that no list or search ever loads it.
    """

    article = models.OneToOneField("articles.Article", models.CASCADE, primary_key=True, related_name="upstream")
    values = models.JSONField(default=dict)
    unknown = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    source_name = models.CharField(max_length=500)
    # That of the story, here too, as thousands are told by the index below alone.
    identity = models.CharField(max_length=32, editable=False)
    # Of the values, and of the text without `secured`, empty where another name would make another story of it: by
    # them a document that says nothing new is known.
    digest = models.CharField(max_length=32)
    text_digest = models.CharField(max_length=32)
    url = WebURLField()
    published = models.CharField(max_length=40, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("upstream document")
        verbose_name_plural = _("upstream documents")
        indexes = [models.Index(fields=["text_digest", "identity", "published", "article"], name="known_by_its_text")]

    def __str__(self):
        return self.source_name

    @property
    def secured(self):
        """What upstream last put into `secured`, or an empty string."""
        secret = getattr(self, "secret", None)
        return secret.text if secret is not None else ""


class UpstreamSecret(models.Model):
    """What upstream last put into `secured` of a story.

    It makes that up anew for every export. So it is a row of its own: a short one to write every hour, and one that
    no page loads.
    """

    upstream = models.OneToOneField(UpstreamDocument, models.CASCADE, primary_key=True, related_name="secret")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("upstream secret")
        verbose_name_plural = _("upstream secrets")

    def __str__(self):
        return str(self.upstream_id)
