"""The version of everything readers can see: caches are keyed by it, so they are never stale.

Triggers renew it with every change that readers can see (articles/db/triggers/cache_version.py). Time alone renews
nothing, so caches also expire when the next story's `visible_from` or `visible_until` passes.
"""

from articles.models import Article, CacheVersion
from newsroom.db.compiled_queries import CompiledQuery
from newsroom.pagination import NOW


def next_by(column):
    after = Article.objects.filter(published=True, **{f"{column}__gt": NOW})
    return CompiledQuery(lambda: after.order_by(column)[:1], (column,))


# Read for every cached page, so it is compiled once.
TOKENS = CompiledQuery(lambda: CacheVersion.objects.order_by("pk"), ("token",))
APPEARS, DISAPPEARS = next_by("visible_from"), next_by("visible_until")


def current_cache_version():
    """Return the current cache version, a text that no other version has. One query."""
    return "".join(token for (token,) in TOKENS.rows())


def next_change(now):
    """Return the next moment after `now` at which a story appears or disappears by itself, or None. Two queries."""
    return min((time for query in (APPEARS, DISAPPEARS) for (time,) in query.rows(now=now)), default=None)
