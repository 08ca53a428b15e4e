from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.coverage import without_implied
from articles.models.fields import ImageURLField, is_empty_or_web_url
from articles.querysets import ImageQuerySet

PIXEL_LIMIT = 30_000
OWNERS = ("article", "related_link", "provider")
# Scores of Image.lead_score: never the lead; a file of an earlier release; the lead that the desk has chosen.
NEVER_LEADS, UNRATED, CHOSEN = 0, 1, 30_000
# What downloading writes, which no import, version or undo brings back to an earlier state.
COPY_COLUMNS = ("source_id", "stored_id", "file", "lead_score")
# The constraints that the pages for editing pictures, the validator of ImageURLField and `clean` imply.
IMPLIED = {
    "image_belongs_to_exactly_one",
    "image_url_is_web_or_path",
    "image_size_is_believable",
    "focal_point_is_within_the_picture",
}


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
    # What readers' queries look at: a row without it has no picture to show. pictures/renditions.py derives the names
    # of all sizes from it.
    file = models.ImageField(_("our copy"), upload_to="pictures/", blank=True, max_length=200)
    source = models.ForeignKey(
        "articles.PictureSource",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="images",
        verbose_name=_("download"),
        db_index=False,
    )
    stored = models.ForeignKey(
        "articles.StoredPicture",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="images",
        verbose_name=_("stored picture"),
        db_index=False,
    )
    # The picture of a story with the highest score leads, none with 0 (pictures/choosing.py).
    lead_score = models.PositiveSmallIntegerField(
        _("chosen as lead"), default=NEVER_LEADS, db_default=0, editable=False
    )
    # The point that crops keep, in percent of width and height; NULL is the centre.
    focal_x = models.PositiveSmallIntegerField(
        _("focal point, horizontal"), null=True, blank=True, help_text=_("Percent of the width, from the left.")
    )
    focal_y = models.PositiveSmallIntegerField(
        _("focal point, vertical"), null=True, blank=True, help_text=_("Percent of the height, from the top.")
    )
    alt = models.CharField(
        _("alternative text"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the picture shows, for readers who cannot see it."),
    )

    objects = ImageQuerySet.as_manager()

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
            models.Index(fields=["source"], name="pictures_of_source", condition=Q(source__isnull=False)),
            models.Index(fields=["stored"], name="uses_of_stored_picture", condition=Q(stored__isnull=False)),
            models.Index(fields=["file"], name="pictures_by_file", condition=~Q(file="")),
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
            models.CheckConstraint(
                name="focal_point_is_within_the_picture",
                condition=(Q(focal_x__isnull=True) | Q(focal_x__range=(0, 100)))
                & (Q(focal_y__isnull=True) | Q(focal_y__range=(0, 100))),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; with another URL it is another picture, of which we have no copy yet."""
        if not self._state.adding and (update_fields is None or "url" in update_fields):
            former_url = Image.objects.filter(pk=self.pk).values_list("url", flat=True).first()
            if former_url and former_url != self.url:
                self.source = self.stored = None
                self.file, self.lead_score = "", NEVER_LEADS
                update_fields = update_fields and {*update_fields, "source", "stored", "file", "lead_score"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints for forms to check, without those that `clean` and validators imply."""
        return without_implied(super().get_constraints(), IMPLIED)

    def clean(self) -> None:
        """Reject an impossible size or focal point."""
        message = _("Enter a number of pixels from 1 to %(most)d.") % {"most": PIXEL_LIMIT}
        outside = str(_("Enter a percentage from 0 to 100."))
        sizes = {"width": self.width, "height": self.height}
        errors = {name: message for name, size in sizes.items() if size is not None and not 1 <= size <= PIXEL_LIMIT}
        focal_point = {"focal_x": self.focal_x, "focal_y": self.focal_y}
        errors |= {name: outside for name, part in focal_point.items() if part is not None and not 0 <= part <= 100}
        if errors:
            raise ValidationError(errors)
