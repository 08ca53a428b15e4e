"""The server on loopback, and names that lead to it."""

import pytest

from tests.fetching_server import LOOPBACK, FetchingServer, StubResolver, loopback_network


@pytest.fixture
def server():
    server = FetchingServer()
    yield server
    server.stop()


@pytest.fixture
def resolver():
    """A resolver that knows a.example to z.example, all of them on loopback."""
    return StubResolver(**{name: [LOOPBACK] for name in "abcdefghijklmnopqrstuvwxyz"})


@pytest.fixture
def network(resolver):
    return loopback_network(resolver)


@pytest.fixture
def own_cache(settings, request):
    """A cache in memory for this test alone: it has the pauses and locks of hosts."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.nodeid}}
