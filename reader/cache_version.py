"""The cache version of the reader site, which cache keys contain, so that caches are never stale.

Triggers renew it with every change that readers can see (articles/db/triggers/cache_version.py). The passing of time
does not, so caches also expire at the next `visible_from` or `visible_until` of a story.
"""

from datetime import datetime

from articles.models import Article, CacheVersion
from newsroom.db.compiled_queries import CompiledQuery
from newsroom.pagination import NOW


def next_by(column: str) -> CompiledQuery:
    after = Article.objects.filter(published=True, **{f"{column}__gt": NOW})
    return CompiledQuery(lambda: after.order_by(column)[:1], (column,))


# Runs for every cached page.
TOKENS = CompiledQuery(lambda: CacheVersion.objects.order_by("pk"), ("token",))
APPEARS, DISAPPEARS = next_by("visible_from"), next_by("visible_until")


def current_cache_version() -> str:
    """Return the current cache version, a unique text. One query."""
    return "".join(token for (token,) in TOKENS.rows())


def next_change(now: datetime) -> datetime | None:
    """Return the next moment after `now` at which a story appears or disappears by itself, or None. Two queries."""
    return min((time for query in (APPEARS, DISAPPEARS) for (time,) in query.rows(now=now)), default=None)
