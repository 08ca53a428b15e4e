from django.db import models
from django.db.models import Q
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.utils.translation import gettext_lazy as _

from articles.models.coverage import URL_FIELDS, Coverage, urls_are_web_addresses, without_implied
from articles.querysets import RelatedLinkQuerySet

# By the required title, and the validator of WebURLField.
IMPLIED = {"related_story_has_a_headline", *(f"related_{name}_is_a_web_address" for name in URL_FIELDS)}


class NoneIfMissing(ForwardManyToOneDescriptor):
    """Return None where no row has the key: most coverage is not a story of ours."""

    def __get__(self, instance, cls=None):
        try:
            return super().__get__(instance, cls)
        except self.field.remote_field.model.DoesNotExist:
            return None


class StoryOfThisIdentity(models.ForeignObject):
    """Our own story with the same identity, if there is one, by a join without a column of its own.

    So it needs no writes, and is right whichever of the two came first and whatever happens to them later.
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
        """Return the constraints for forms to check, without those that validators imply."""
        return without_implied(super().get_constraints(), IMPLIED)
