from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WrittenDocument(models.Model):
    """The digest of a document with the desk's values that an export wrote without the desk's state.

    Imports recognise such a document by it, so that the desk's values do not become upstream's.
    """

    # The constraint below does not begin with it.
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="written_documents")
    # As in articles/documents/digests.py: of the text without `secured`, and of `secured`, "" if there is none.
    # Upstream changes that field with each of its exports, so its own document with the same values is another one.
    text_digest = models.CharField(max_length=32)
    secured_digest = models.CharField(max_length=32, blank=True)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("written document")
        verbose_name_plural = _("written documents")
        constraints = [
            models.UniqueConstraint(
                fields=["text_digest", "secured_digest", "article"], name="written_document_is_known_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.text_digest}"
