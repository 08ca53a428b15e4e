"""Which edition readers see: what caches are keyed by, so that they are never stale.

The database turns the edition with every change that matters to readers (articles/upkeep/editions.py); by the
clock alone it turns when a story's `visible_from` or `visible_until` passes.
"""

from datetime import datetime
from typing import NamedTuple

from articles.models import Article, Edition


class Current(NamedTuple):
    """The edition of a moment: a text that no other edition has, and since when (aware, or None)."""

    token: str
    changed_at: datetime | None


def current_edition():
    """Return the Current edition. One query."""
    marks = Edition.objects.order_by("pk").values_list("token", "changed_at")
    tokens, times = zip(*marks, strict=True) if marks else ((), ())
    return Current("".join(tokens), max(times, default=None))


def next_turn(now):
    """Return the next moment after `now` at which a story appears or disappears by itself, or None. Two queries."""
    published = Article.objects.filter(published=True)
    appears = published.filter(visible_from__gt=now).order_by("visible_from").values_list("visible_from", flat=True)
    disappears = (
        published.filter(visible_until__gt=now).order_by("visible_until").values_list("visible_until", flat=True)
    )
    return min([*appears[:1], *disappears[:1]], default=None)


def last_turn(now):
    """Return the last moment up to `now` at which a story appeared or disappeared by itself, or None. Two queries."""
    published = Article.objects.filter(published=True)
    appeared = published.filter(visible_from__lte=now).order_by("-visible_from").values_list("visible_from", flat=True)
    disappeared = (
        published.filter(visible_until__lte=now).order_by("-visible_until").values_list("visible_until", flat=True)
    )
    return max([*appeared[:1], *disappeared[:1]], default=None)
