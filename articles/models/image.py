from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.coverage import without_implied
from articles.models.fields import ImageURLField, is_empty_or_web_url
from articles.querysets import StoryPartQuerySet

PIXEL_LIMIT = 30_000
OWNERS = ("article", "related_link", "provider")
# The constraints that the pages for editing pictures, the validator of ImageURLField and `clean` imply.
IMPLIED = {"image_belongs_to_exactly_one", "image_url_is_web_or_path", "image_size_is_believable"}


class Image(models.Model):
    """A picture of a story or of related coverage, or a provider's logo."""

    # Each owner has a partial index below: full indexes would slow imports down, and SQLite takes the index of the few
    # logos only if it has no other rows.
    article = models.ForeignKey(
        "articles.Article",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="images",
        verbose_name=_("story"),
        db_index=False,
    )
    related_link = models.ForeignKey(
        "articles.RelatedLink", models.CASCADE, null=True, blank=True, related_name="images", db_index=False
    )
    provider = models.ForeignKey(
        "providers.Provider", models.CASCADE, null=True, blank=True, related_name="images", db_index=False
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    url = ImageURLField(
        verbose_name=_("URL"), help_text=_("As received from upstream. Readers' browsers never load it.")
    )
    width = models.PositiveIntegerField(_("width"), null=True, blank=True, help_text=_("Pixels."))
    height = models.PositiveIntegerField(_("height"), null=True, blank=True, help_text=_("Pixels."))
    title = models.CharField(_("title"), max_length=1000, blank=True)
    attribution = models.CharField(_("credit"), max_length=500, blank=True)
    is_cached = models.BooleanField(_("cached upstream"), default=False, help_text=_("Upstream keeps a copy."))
    file = models.ImageField(_("our copy"), upload_to="pictures/", blank=True, max_length=200)

    objects = StoryPartQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        indexes = [
            models.Index(fields=["article"], name="pictures_of_story", condition=Q(article__isnull=False)),
            models.Index(
                fields=["article"],
                name="stored_pictures_of_story",
                condition=Q(article__isnull=False) & ~Q(file=""),
            ),
            models.Index(fields=["related_link"], name="pictures_of_coverage", condition=Q(related_link__isnull=False)),
            models.Index(fields=["provider"], name="logos_of_provider", condition=Q(provider__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="image_belongs_to_exactly_one",
                condition=(
                    Q(article__isnull=False, related_link__isnull=True, provider__isnull=True)
                    | Q(article__isnull=True, related_link__isnull=False, provider__isnull=True)
                    | Q(article__isnull=True, related_link__isnull=True, provider__isnull=False)
                ),
            ),
            models.CheckConstraint(name="image_url_is_web_or_path", condition=is_empty_or_web_url("url", "/")),
            models.CheckConstraint(
                name="image_size_is_believable",
                condition=(Q(width__isnull=True) | Q(width__range=(1, PIXEL_LIMIT)))
                & (Q(height__isnull=True) | Q(height__range=(1, PIXEL_LIMIT))),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints for forms to check, without those that `clean` and validators imply."""
        return without_implied(super().get_constraints(), IMPLIED)

    def clean(self) -> None:
        """Reject an impossible size."""
        message = _("Enter a number of pixels from 1 to %(most)d.") % {"most": PIXEL_LIMIT}
        sizes = {"width": self.width, "height": self.height}
        errors = {name: message for name, size in sizes.items() if size is not None and not 1 <= size <= PIXEL_LIMIT}
        if errors:
            raise ValidationError(errors)
