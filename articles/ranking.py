"""Front-page order: heat against age, in one number that never has to be computed again.

As in Reddit's published ranking, age is not taken away from a story as time goes by; a later story
gets a head start instead. So the order of two stories never changes. See docs/ranking.md.
"""

import math
from datetime import UTC, datetime

from django.conf import settings

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
NOT_SCORED = -1


def rank(heat, dated_at, half_life_hours=None):
    """Return the rank of a story, or None when it never ranks (heat -1).

    `heat` is upstream's score of the story, -1 or more; `dated_at` an aware datetime; `half_life_hours`
    the age by which a story needs twice the heat, RANK_HALF_LIFE_HOURS unless given. Higher ranks first.
    """
    if heat <= NOT_SCORED:
        return None
    half_life = (half_life_hours or settings.RANK_HALF_LIFE_HOURS) * 3600
    return math.log2(max(heat, 1)) + (dated_at - EPOCH).total_seconds() / half_life
