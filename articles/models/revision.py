from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.choices import Origin


class Revision(models.Model):
    """One change of a story's fields: by whom, when, from where, and every field before and after. Never updated.

    A new story has none. The story at any time is its current state with all later revisions reverted.
    """

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="revisions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices)
    # What was done, if `origin` does not make it clear (articles/history/notes.py).
    note = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey("articles.ImportBatch", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    # The names in `changes`, so that a search for the last change of a field loads no bodies.
    fields = models.JSONField(default=list)
    # {field: [before, after]}, for rows {field: {key: [before, after]}} (articles/history/differences.py).
    changes = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")

    def __str__(self) -> str:
        return f"{self.article_id}: {', '.join(self.fields)}"

    @property
    def is_human(self) -> bool:
        """Whether a person made the change, and not an import."""
        return self.origin != Origin.IMPORT
