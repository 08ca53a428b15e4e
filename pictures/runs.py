"""One run of downloads at a time, as far as the processes share a cache."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

KEY = "pictures:downloading"
# Renewed with every picture; a process that was killed blocks others for this long.
LEASE_SECONDS = 120


@contextmanager
def exclusive_run() -> Iterator[bool]:
    """Yield whether no other process is downloading; it then takes over what would be downloaded here.

    A second run would do no harm, but download every picture twice.
    """
    is_first = cache.add(KEY, 1, LEASE_SECONDS)
    try:
        yield is_first
    finally:
        if is_first:
            cache.delete(KEY)


def renew() -> None:
    """Show that the run is alive."""
    cache.set(KEY, 1, LEASE_SECONDS)
