from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.coverage import Coverage, urls_are_web_addresses
from articles.querysets import RelatedLinkQuerySet


class RelatedLink(Coverage):
    """Another outlet's coverage of a story."""

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
    identity = models.CharField(max_length=32, blank=True, editable=False, db_index=True)
    linked_article = models.ForeignKey(
        "articles.Article",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="linked_from",
        verbose_name=_("our story"),
        db_index=False,
    )
    is_hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Kept, but not shown to readers."))
    added_by_desk = models.BooleanField(default=False, editable=False)

    objects = RelatedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("related story")
        verbose_name_plural = _("related coverage")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="related_story_has_a_headline"),
            *urls_are_web_addresses("related"),
        ]
        indexes = [
            models.Index(
                fields=["linked_article"], name="coverage_that_is_a_story", condition=Q(linked_article__isnull=False)
            )
        ]

    @property
    def visible_article(self):
        """Our own story of the same, or None while readers may not see it."""
        ours = self.linked_article
        return ours if ours is not None and ours.is_visible else None
