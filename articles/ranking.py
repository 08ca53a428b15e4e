"""The rank of a story: heat and age in one number that does not change with time.

As in Reddit's published ranking, stories do not lose rank as they age; later stories start with a higher one. So the
order of two stories never changes. See docs/ranking.md.
"""

import math
from datetime import UTC, datetime

from django.apps import apps
from django.conf import settings

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
NOT_SCORED = -1
ROWS_AT_ONCE = 1000


def rank(heat: int, dated_at: datetime | None, half_life_hours: float | None = None) -> float | None:
    """Return the rank of a story, higher first, or None for a story with heat -1 or without a date.

    `heat` is upstream's score, -1 or more; `dated_at` is aware; `half_life_hours` is the age at which a story needs
    twice the heat, by default RANK_HALF_LIFE_HOURS.
    """
    if heat <= NOT_SCORED or dated_at is None:
        return None
    half_life = (half_life_hours or settings.RANK_HALF_LIFE_HOURS) * 3600
    return math.log2(max(heat, 1)) + (dated_at - EPOCH).total_seconds() / half_life


def rerank() -> int:
    """Update the ranks of all stories for the current half-life; return how many changed.

    In steps of a thousand rows, so that editors do not wait long for a lock.
    """
    Article = apps.get_model("articles", "Article")
    number_changed, last_key = 0, 0
    while stories := list(
        Article.objects.filter(pk__gt=last_key).order_by("pk").only("heat", "published_at", "rank")[:ROWS_AT_ONCE]
    ):
        changed = [story for story in stories if story.rank != rank(story.heat, story.published_at)]
        for story in changed:
            # Filtered by heat and date, as a story whose heat an editor has just changed already has its new rank.
            rows = Article.objects.filter(pk=story.pk, heat=story.heat, published_at=story.published_at)
            number_changed += rows.update(rank=rank(story.heat, story.published_at))
        last_key = stories[-1].pk
    return number_changed
