from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.coverage import URL_FIELDS, Coverage, urls_are_web_addresses, without_implied
from articles.querysets import RelatedLinkQuerySet

if TYPE_CHECKING:
    from articles.models.article import Article

# The constraints that the required title and the validator of WebURLField imply.
IMPLIED = {"related_story_has_a_headline", *(f"related_{name}_is_a_web_address" for name in URL_FIELDS)}


class RelatedLink(Coverage):
    """Another outlet's coverage of a story.

    Our own story of the same piece is the one with the same identity. No column refers to it, so the order in which the
    two came in and later changes of them do not matter.
    """

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="related_links", verbose_name=_("story")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    provider = models.ForeignKey(
        "providers.Provider",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_links",
        verbose_name=_("provider"),
    )
    identity = models.CharField(max_length=32, blank=True, editable=False)
    is_hidden = models.BooleanField(
        _("hidden"), default=False, help_text=_("Stays with the story, but readers don't see it.")
    )

    objects = RelatedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("piece of related coverage")
        verbose_name_plural = _("related coverage")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="related_story_has_a_headline"),
            *urls_are_web_addresses("related"),
        ]

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints for forms to check, without those that validators imply."""
        return without_implied(super().get_constraints(), IMPLIED)

    @property
    def linked_article(self) -> Article | None:
        """Our own story of the same piece, in any state, or None. One query; lists annotate it by `with_own_story`."""
        story_model: Any = self._meta.get_field("article").related_model
        return story_model.objects.identified_by(self.identity).first() if self.identity else None
