from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.choices import MergePolicy


class DeskDecisions(models.Model):
    """What the desk decided about a story and later imports respect, beyond the story's present values.

    In a separate table: only stories that the desk has changed have a row.
    """

    article = models.OneToOneField("articles.Article", models.CASCADE, primary_key=True, related_name="decisions")
    # What the desk removed: {"topics": [name], "images": [URL], "related": [[URL or title, number]]}.
    removed = models.JSONField(default=dict)
    # What the desk put first: {"images": URL, "related": [URL or title, number]}.
    first = models.JSONField(default=dict)
    # The document format's keys of fields that the desk has set, even to upstream's value of that time.
    fields = models.JSONField(default=list)

    class Meta:
        verbose_name = _("decisions of the desk")
        verbose_name_plural = _("decisions of the desk")

    def __str__(self) -> str:
        return str(self.article_id)

    @property
    def content(self) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        """What it says, to compare it with another row."""
        removed = {key: items for key, items in self.removed.items() if items}
        return removed, dict(self.first), sorted(self.fields)


class FieldPolicy(models.Model):
    """A field's merge policy that was set at the desk. It overrides the setting IMPORT_POLICIES."""

    field = models.CharField(_("field"), max_length=50, unique=True, help_text=_("Its key in the document format."))
    policy = models.CharField(_("policy"), max_length=20, choices=MergePolicy.choices)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["field"]
        verbose_name = _("import rule")
        verbose_name_plural = _("import rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(policy__in=MergePolicy.values), name="field_policy_is_a_known_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.policy}"
