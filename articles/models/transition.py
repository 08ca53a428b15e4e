from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.choices import Action, Origin, State


class Transition(models.Model):
    """One change of a story's state: by whom, when, why and from where. Never updated."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="transitions")
    action = models.CharField(_("action"), max_length=20, choices=Action.choices)
    from_state = models.CharField(_("from"), max_length=20, choices=State.choices)
    to_state = models.CharField(_("to"), max_length=20, choices=State.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices)
    reason = models.TextField(_("reason"), blank=True)
    # When readers will see a scheduled story.
    visible_from = models.DateTimeField(_("visible from"), null=True)
    # Somebody without permission tried the action; the state did not change.
    refused = models.BooleanField(_("refused"), default=False)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("change of state")
        verbose_name_plural = _("changes of state")

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
