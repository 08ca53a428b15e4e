"""Pictures downloaded from a real server on loopback."""

import pytest
from django.core.cache import cache

from newsroom.fetching import fetch_many
from newsroom.fetching.politeness import Politeness
from pictures.decoding import BYTE_LIMIT
from pictures.downloading import ACCEPT
from tests.fetching_server import LOOPBACK, FetchingServer, StubResolver, loopback_network


@pytest.fixture
def server():
    server = FetchingServer()
    yield server
    server.stop()


@pytest.fixture
def fetch(settings, request):
    """Download as `pictures.downloading` does, but without pauses, and with names that lead to loopback."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.nodeid}}
    resolver = StubResolver(**{name: [LOOPBACK] for name in ("img", "outlet", "other", "a", "b")})
    resolver.add("metadata.example", ["169.254.169.254"])
    resolver.add("turncoat.example", ["10.0.0.1"])
    network = loopback_network(resolver)

    def fetch_at_once(requests):
        # The pauses that hosts need after failures, which the last run has left.
        cache.clear()
        politeness = Politeness(interval=0)
        return fetch_many(
            requests, max_bytes=BYTE_LIMIT, accept=ACCEPT, timeout=2, politeness=politeness, network=network
        )

    return fetch_at_once
