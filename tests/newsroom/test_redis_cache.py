"""A Redis that hangs, is gone or comes back: pages are made without it, and the log says so once a minute."""

import logging
import socket
from threading import Thread

import pytest
from django.core.cache.backends.base import BaseCache
from redis import ConnectionPool
from redis.exceptions import TimeoutError as RedisTimeout

from newsroom import circuit_breaker, health, redis_cache
from newsroom.circuit_breaker import CircuitBreaker
from newsroom.redis_cache import RedisCache
from reader import page_cache


class HungServer:
    """Accepts connections and never answers, as a stopped process does."""

    def __init__(self):
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self):
        # Closing alone would leave the thread waiting in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is set."""
    times = [1000.0]
    monkeypatch.setattr(circuit_breaker.time, "monotonic", lambda: times[0])
    return times


@pytest.fixture
def breaker(monkeypatch, clock):
    breaker = CircuitBreaker("Redis", 10)
    monkeypatch.setattr(redis_cache, "breaker", breaker)
    return breaker


@pytest.fixture
def hung():
    server = HungServer()
    yield server
    server.close()


class Pool(ConnectionPool):
    """A pool of connections that can be found again."""

    made = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.made.append(self)


@pytest.fixture
def pools():
    Pool.made = []
    yield Pool.made
    for pool in Pool.made:
        pool.disconnect()


@pytest.fixture
def cache(hung, breaker, pools, monkeypatch):
    monkeypatch.setattr(redis_cache, "TIMEOUT", 0.05)
    return RedisCache(f"redis://127.0.0.1:{hung.port}/0", {"OPTIONS": {"pool_class": Pool}})


def test_timeouts_are_short_and_nothing_is_retried(breaker, pools):
    # Nobody listens there.
    RedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"pool_class": Pool}}).get("a")
    options = pools[0].connection_kwargs
    assert options["socket_timeout"] == options["socket_connect_timeout"] == redis_cache.TIMEOUT <= 0.5
    assert options["retry"].get_retries() == 0


def test_a_hung_cache_is_tried_once_in_ten_seconds(cache, hung, clock):
    assert cache.get("a", "nothing") == "nothing"
    assert len(hung.connections) == 1
    for _page in range(20):
        assert cache.get("a") is None
        cache.set("a", 1, 60)
    clock[0] += 9.999
    cache.get("a")
    assert len(hung.connections) == 1
    clock[0] += 0.001
    cache.get("a")
    cache.get("a")
    assert len(hung.connections) == 2


CALLS = {
    "add": (("a", 1), False),
    "get": (("a",), None),
    "set": (("a", 1), None),
    "touch": (("a",), False),
    "delete": (("a",), False),
    "get_many": ((["a"],), {}),
    "has_key": (("a",), False),
    "incr": (("a",), 1),
    "set_many": (({"a": 1},), ["a"]),
    "delete_many": ((["a"],), None),
    "clear": ((), None),
    "get_or_set": (("a", 5), 5),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_call_fails_or_waits(cache, hung, name):
    arguments, expected = CALLS[name]
    for _time in range(2):
        assert getattr(cache, name)(*arguments) == expected
    assert len(hung.connections) == 1


def test_every_call_of_djangos_is_covered():
    """Others of BaseCache are made of these."""
    made_of_others = {"get_or_set", "incr_version", "decr_version", "decr", "close", "validate_key", "make_key"}
    made_of_others |= {"make_and_validate_key", "get_backend_timeout"}
    public = {name for name in vars(BaseCache) if not name.startswith(("_", "a")) or name == "add"}
    assert public - made_of_others == set(CALLS) - {"get_or_set"}


def test_it_is_logged_once_a_minute(cache, caplog, clock):
    for _second in range(61):
        cache.get("a")
        clock[0] += 1
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("Redis does not answer (1 failures): TimeoutError: ")
    assert lines[1].startswith("Redis does not answer (6 failures): TimeoutError: ")
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.django_db
def test_pages_and_the_health_check_do_without(client, cache, hung, monkeypatch, settings, caplog):
    settings.READER_CACHE = "pages"
    monkeypatch.setattr(page_cache, "cache", cache)
    monkeypatch.setattr(health, "cache", cache)
    for _time in range(3):
        assert client.get("/").status_code == 200
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "down", "database": "ok", "cache": "down"})
    assert len(hung.connections) == 1
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == [
        "newsroom.circuit_breaker",
        "django.request",
    ]


def test_a_refused_connection_is_the_same(breaker):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    cache = RedisCache(f"redis://127.0.0.1:{port}/0", {})
    assert cache.get("a") is None
    assert breaker.is_failing


class TestBreaker:
    def test_one_of_many_threads_tries_again(self, breaker, clock):
        breaker.fail(RedisTimeout())
        assert not breaker.allows_call()
        clock[0] += 10
        assert [breaker.allows_call() for _thread in range(3)] == [True, False, False]

    def test_it_closes_with_the_first_answer(self, breaker, clock, caplog):
        breaker.fail(RedisTimeout())
        clock[0] += 10
        assert breaker.allows_call()
        breaker.succeed()
        assert breaker.allows_call()
        assert [record.getMessage() for record in caplog.records][1:] == ["Redis answers again."]

    def test_an_intermittent_failure_is_logged_once_a_minute(self, breaker, clock, caplog):
        for _time in range(5):
            breaker.fail(RedisTimeout())
            breaker.succeed()
            clock[0] += 11
        assert len(caplog.records) == 2
        clock[0] += 5
        breaker.fail(RedisTimeout())
        assert caplog.records[2].getMessage().startswith("Redis does not answer (5 failures)")
