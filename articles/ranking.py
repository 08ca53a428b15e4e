"""Front-page order: heat against age, in one number that never has to be computed again.

As in Reddit's published ranking, age is not taken away from a story as time goes by; a later story
gets a head start instead. So the order of two stories never changes. See docs/ranking.md.
"""

import math
from datetime import UTC, datetime

from django.apps import apps
from django.conf import settings

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
NOT_SCORED = -1
ROWS_AT_ONCE = 1000


def rank(heat, dated_at, half_life_hours=None):
    """Return the rank of a story, or None when it never ranks: heat -1, or no date.

    `heat` is upstream's score of the story, -1 or more; `dated_at` its date, an aware datetime or None;
    `half_life_hours` the age by which a story needs twice the heat, RANK_HALF_LIFE_HOURS unless given. Higher ranks
    first.
    """
    if heat <= NOT_SCORED or dated_at is None:
        return None
    half_life = (half_life_hours or settings.RANK_HALF_LIFE_HOURS) * 3600
    return math.log2(max(heat, 1)) + (dated_at - EPOCH).total_seconds() / half_life


def rerank():
    """Write the ranks of all stories for the half-life of this moment; return how many changed.

    A thousand rows at a time, so that nobody who edits meanwhile waits long.
    """
    Article = apps.get_model("articles", "Article")
    changed, after = 0, 0
    while some := list(
        Article.objects.filter(pk__gt=after).order_by("pk").only("heat", "published_at", "rank")[:ROWS_AT_ONCE]
    ):
        moved = [story for story in some if story.rank != rank(story.heat, story.published_at)]
        for story in moved:
            # The heat is a condition: one that an editor changes meanwhile has a new rank already.
            changed += Article.objects.filter(pk=story.pk, heat=story.heat, published_at=story.published_at).update(
                rank=rank(story.heat, story.published_at)
            )
        after = some[-1].pk
    return changed
