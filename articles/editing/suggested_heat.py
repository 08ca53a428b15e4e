"""The heat that the desk suggests for a story, by upstream's rule: its quality, and more for each related item."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from articles.models import Article, RelatedLink, UpstreamDocument
from articles.models.coverage import SCORE_LIMIT
from articles.ranking import NOT_SCORED


@dataclass(frozen=True)
class SuggestedHeat:
    """The parts of a suggested heat."""

    quality: int
    related: int
    per_related: int

    @property
    def heat(self) -> int:
        return min(SCORE_LIMIT, self.quality + self.per_related * self.related)

    def __str__(self) -> str:
        parts = {"quality": self.quality, "each": self.per_related, "number": self.related, "heat": self.heat}
        return _("%(quality)d + %(each)d × %(number)d related = %(heat)d") % parts


def suggest_heats(stories: QuerySet[Article], most: int) -> list[tuple[Article, SuggestedHeat]]:
    """Return (story, its suggested heat) of the unscored ones of `stories` that have a quality, in their order.

    At most the first `most` of them, with headline and scores only. One query.
    """
    unscored = stories.filter(heat=NOT_SCORED, quality__isnull=False)
    shown_related = Count("related_links", filter=Q(related_links__is_hidden=False))
    return [
        (story, SuggestedHeat(story.quality or 0, story.shown_related, settings.HEAT_PER_RELATED))
        for story in unscored.only("title", "quality", "heat").annotate(shown_related=shown_related)[:most]
    ]


def suggest_heat(story: Article, *, always: bool = False) -> SuggestedHeat | None:
    """Return the suggested heat of a story, or None if there is no reason for another one than it has.

    A reason is that the story is not scored, or that the desk has added, hidden or removed coverage; with `always`, one
    is not needed. Hidden coverage does not count. At most two queries.
    """
    if story.quality is None:
        return None
    number = RelatedLink.objects.filter(article=story, is_hidden=False).count()
    suggestion = SuggestedHeat(story.quality, number, settings.HEAT_PER_RELATED)
    if suggestion.heat == story.heat:
        return None
    if always or story.heat == NOT_SCORED:
        return suggestion
    upstream = UpstreamDocument.objects.filter(article=story).first()
    return None if upstream is None or number == len(upstream.values.get("related", [])) else suggestion
