"""Which edition readers see: what caches are keyed by, so that they are never stale.

The database turns the edition with every change that matters to readers (articles/upkeep/editions.py); by the
clock alone it turns when a story's `visible_from` or `visible_until` passes.
"""

from articles.models import Article, Edition


def current_edition():
    """Return the edition of this moment: a text that no other edition has. One query."""
    return "".join(Edition.objects.order_by("pk").values_list("token", flat=True))


def next_turn(now):
    """Return the next moment after `now` at which a story appears or disappears by itself, or None. Two queries."""
    published = Article.objects.filter(published=True)
    appears = published.filter(visible_from__gt=now).order_by("visible_from").values_list("visible_from", flat=True)
    disappears = (
        published.filter(visible_until__gt=now).order_by("visible_until").values_list("visible_until", flat=True)
    )
    return min([*appears[:1], *disappears[:1]], default=None)
