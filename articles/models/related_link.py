from django.db import models
from django.db.models import Q
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.utils.translation import gettext_lazy as _

from articles.models.coverage import URL_FIELDS, Coverage, not_implied, urls_are_web_addresses
from articles.querysets import RelatedLinkQuerySet

# By required headlines, and by the validator of WebURLField.
IMPLIED = {"related_story_has_a_headline", *(f"related_{name}_is_a_web_address" for name in URL_FIELDS)}


class NoneIfMissing(ForwardManyToOneDescriptor):
    """Gives None where no row answers to the key, as most coverage is of no story of ours."""

    def __get__(self, instance, cls=None):
        try:
            return super().__get__(instance, cls)
        except self.field.remote_field.model.DoesNotExist:
            return None


class StoryOfThisIdentity(models.ForeignObject):
    """Our own story of the same identity, if there is one: no column, a join.

    So it is right whichever came in first, and whatever became of either, and nothing is written to have it so.
    """

    forward_related_accessor_class = NoneIfMissing


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
    identity = models.CharField(max_length=32, blank=True, editable=False)
    linked_article = StoryOfThisIdentity(
        "articles.Article",
        models.DO_NOTHING,
        from_fields=["identity"],
        to_fields=["identity"],
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        serialize=False,
        verbose_name=_("our story"),
    )
    is_hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Kept, but not shown to readers."))

    objects = RelatedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("related story")
        verbose_name_plural = _("related coverage")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="related_story_has_a_headline"),
            *urls_are_web_addresses("related"),
        ]

    def get_constraints(self):
        """Return the constraints that forms check by a query each: not those that validators of fields imply."""
        return not_implied(super().get_constraints(), IMPLIED)
