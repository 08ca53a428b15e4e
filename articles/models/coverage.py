from collections.abc import Collection, Iterable, Sequence

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.choices import Kind
from articles.models.fields import WebURLField, is_empty_or_web_url

SCORE_LIMIT = 100_000
TITLE_LIMIT = 1000
URL_FIELDS = ("web_url", "original_url", "amp_url", "cdn_amp_url")


class Coverage(models.Model):
    """The fields of the document format that our stories and related coverage have in common."""

    title = models.CharField(_("headline"), max_length=TITLE_LIMIT)
    excerpt = models.TextField(_("excerpt"), blank=True)
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices, default=Kind.ARTICLE)
    published_at = models.DateTimeField(_("published by provider"), null=True, blank=True)
    revised_at = models.DateTimeField(_("revised by provider"), null=True, blank=True)
    web_url = WebURLField(verbose_name=_("URL"))
    original_url = WebURLField(verbose_name=_("original URL"))
    amp_url = WebURLField(verbose_name=_("AMP URL"))
    cdn_amp_url = WebURLField(verbose_name=_("AMP cache URL"))
    quality = models.IntegerField(
        _("quality"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(SCORE_LIMIT)],
        help_text=_("Quality score from upstream."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def link(self) -> str:
        """The URL of the story at its provider, or an empty string."""
        return self.web_url or self.original_url


def urls_are_web_addresses(subject: str) -> list[models.CheckConstraint]:
    """Return constraints that the URLs of a Coverage model are empty or http(s); their names begin with `subject`."""
    return [
        models.CheckConstraint(condition=is_empty_or_web_url(field), name=f"{subject}_{field}_is_a_web_address")
        for field in URL_FIELDS
    ]


def without_implied(
    model_constraints: Iterable[tuple[type[models.Model], Sequence[models.BaseConstraint]]], implied: Collection[str]
) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
    """Return the result of `Model.get_constraints` without the constraints named in `implied`.

    A form checks each constraint by a query for each row, which is unnecessary where validators check the same.
    """
    return [
        (model, [constraint for constraint in constraints if constraint.name not in implied])
        for model, constraints in model_constraints
    ]
