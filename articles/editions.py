"""Which edition readers see: what caches are keyed by, so that they are never stale.

The database turns the edition with every change that matters to readers (articles/upkeep/editions.py); by the
clock alone it turns when a story's `visible_from` or `visible_until` passes.
"""

from articles.models import Article, Edition
from newsroom.db.compiled_queries import CompiledQuery
from newsroom.paging import NOW


def next_by(column):
    after = Article.objects.filter(published=True, **{f"{column}__gt": NOW})
    return CompiledQuery(lambda: after.order_by(column)[:1], (column,))


# Runs for every cached page.
MARKS = CompiledQuery(lambda: Edition.objects.order_by("pk"), ("token",))
APPEARS, DISAPPEARS = next_by("visible_from"), next_by("visible_until")


def current_edition():
    """Return the edition of this moment: a text that no other edition has. One query."""
    return "".join(token for (token,) in MARKS.rows())


def next_turn(now):
    """Return the next moment after `now` at which a story appears or disappears by itself, or None. Two queries."""
    return min((when for turn in (APPEARS, DISAPPEARS) for (when,) in turn.rows(now=now)), default=None)
