from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.choices import Kind
from articles.models.fields import WebURLField, is_empty_or_web_url
from articles.querysets import RelatedLinkQuerySet


class RelatedLink(models.Model):
    """Another outlet's coverage of a story."""

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="related_links", verbose_name=_("story")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    title = models.CharField(_("headline"), max_length=1000)
    excerpt = models.TextField(_("excerpt"), blank=True)
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices, default=Kind.ARTICLE)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    revised_at = models.DateTimeField(_("revised"), null=True, blank=True)
    web_url = WebURLField(verbose_name=_("URL"))
    original_url = WebURLField(verbose_name=_("original URL"))
    amp_url = WebURLField(verbose_name=_("AMP URL"))
    cdn_amp_url = WebURLField(verbose_name=_("AMP cache URL"))
    provider = models.ForeignKey(
        "providers.Provider",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_links",
        verbose_name=_("provider"),
    )
    quality = models.IntegerField(_("quality"), null=True, blank=True)
    identity = models.CharField(max_length=32, blank=True, editable=False, db_index=True)
    linked_article = models.ForeignKey(
        "articles.Article",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="linked_from",
        verbose_name=_("our story"),
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
            *(
                models.CheckConstraint(condition=is_empty_or_web_url(field), name=f"related_{field}_is_a_web_address")
                for field in ("web_url", "original_url", "amp_url", "cdn_amp_url")
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def link(self):
        """The URL of the story at its provider, or an empty string."""
        return self.web_url or self.original_url
