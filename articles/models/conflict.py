from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Conflict(models.Model):
    """A field that upstream and the desk changed differently since they last agreed; the story has the desk's value."""

    class Settlement(models.TextChoices):
        THEIRS = "theirs", _("Used upstream version")
        OURS = "ours", _("Kept our version")
        ALWAYS_OURS = "always_ours", _("Always our version")
        AGREED = "agreed", _("Both now agree")
        RETURNED = "returned", _("Upstream changed it back")

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="conflicts", verbose_name=_("story"))
    field = models.CharField(_("field"), max_length=50, help_text=_("Its key in the document format."))
    base = models.JSONField(_("before"), null=True)
    ours = models.JSONField(_("our version"), null=True)
    theirs = models.JSONField(_("upstream version"), null=True)
    batch = models.ForeignKey(
        "articles.ImportBatch", models.SET_NULL, null=True, related_name="+", verbose_name=_("import")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    settlement = models.CharField(_("settled"), max_length=20, choices=Settlement.choices, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        constraints = [
            models.UniqueConstraint(
                fields=["article", "field"], condition=Q(settlement=""), name="field_has_one_open_conflict"
            ),
            models.CheckConstraint(
                condition=Q(settlement="", settled_at__isnull=True) | ~Q(settlement="") & Q(settled_at__isnull=False),
                name="conflict_is_settled_at_a_time_or_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.article}"
