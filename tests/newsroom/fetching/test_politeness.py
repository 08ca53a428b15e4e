"""How often a host is asked, by one process and by several that share a cache."""

import pytest
from django.core.cache import cache
from django.core.cache.backends.dummy import DummyCache

from newsroom.fetching import FetchFailed, FetchRefused, Reason
from newsroom.fetching.politeness import LONGEST_PAUSE, POLL_SECONDS, Politeness, backoff, lock_key

HOST = "a.example"


class Clock:
    """Seconds since 1970, which only the test changes."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def processes(settings, clock, own_cache):
    """Two objects that share nothing but the cache, as two processes do."""
    return Politeness(clock=clock), Politeness(clock=clock)


def failure(status=0, reason=Reason.STATUS, retry_after=0):
    return FetchFailed(reason, status=status, retry_after=retry_after)


def test_two_requests_a_second(processes, clock):
    politeness, _other = processes
    assert politeness.acquire(HOST) == 0
    assert politeness.release(HOST, 0.125, None) == 0.375
    assert politeness.acquire(HOST) == 0.375
    clock.now += 0.25
    assert politeness.acquire(HOST) == 0.125
    clock.now += 0.125
    assert politeness.acquire(HOST) == 0


def test_no_pause_after_a_long_request(processes):
    politeness, _other = processes
    assert politeness.acquire(HOST) == 0
    assert politeness.release(HOST, 0.5, None) == 0
    assert politeness.acquire(HOST) == 0


def test_hosts_are_independent(processes):
    politeness, other = processes
    assert [politeness.acquire(HOST), politeness.acquire("b.example"), other.acquire("c.example")] == [0, 0, 0]


def test_processes_ask_a_host_one_at_a_time(processes, clock):
    first, second = processes
    assert first.acquire(HOST) == 0
    assert second.acquire(HOST) == POLL_SECONDS
    first.release(HOST, 0, None)
    assert second.acquire(HOST) == 0.5
    clock.now += 0.5
    assert second.acquire(HOST) == 0
    assert first.acquire(HOST) == POLL_SECONDS


def test_the_lock_of_a_killed_process_ends(processes):
    first, second = processes
    assert first.acquire(HOST) == 0
    # As if its time had come.
    cache.delete(lock_key(HOST))
    assert second.acquire(HOST) == 0


@pytest.mark.parametrize(
    "error",
    [
        failure(429),
        failure(500),
        failure(502),
        failure(503),
        failure(504),
        failure(reason=Reason.TIMEOUT),
        failure(reason=Reason.CONNECTION),
    ],
)
def test_pauses_double_with_each_failure_and_end_with_a_success(processes, clock, error):
    pauses = []
    # Another process each time: failures are shared.
    for politeness in processes * 3:
        assert politeness.acquire(HOST) == 0
        pauses.append(politeness.release(HOST, 0, error))
        clock.now += pauses[-1]
    assert pauses == [2, 4, 8, 16, 32, 64]
    first, second = processes
    assert first.acquire(HOST) == 0
    assert first.release(HOST, 0, None) == 0.5
    clock.now += 0.5
    assert second.acquire(HOST) == 0
    assert second.release(HOST, 0, error) == 2


@pytest.mark.parametrize("error", [failure(404), failure(403), FetchRefused(Reason.TOO_LARGE), failure(501)])
def test_other_errors_are_no_reason_for_a_pause(processes, error):
    politeness, _other = processes
    politeness.acquire(HOST)
    assert politeness.release(HOST, 0, error) == 0.5


@pytest.mark.parametrize("reason", [Reason.ADDRESS, Reason.PORT, Reason.NAME, Reason.RESOLVER])
def test_a_host_that_was_not_connected_to_needs_no_pause(processes, clock, reason):
    first, second = processes
    first.acquire(HOST)
    first.release(HOST, 0, failure(503))
    clock.now += 2
    assert first.acquire(HOST) == 0
    assert first.release(HOST, 0, failure(reason=reason)) == 0
    assert second.acquire(HOST) == 0
    # Its earlier failure is remembered.
    assert second.release(HOST, 0, failure(503)) == 4


@pytest.mark.parametrize(("retry_after", "pause"), [(0, 2), (1, 2), (120, 120), (86_400, 86_400)])
def test_retry_after(processes, retry_after, pause):
    first, second = processes
    first.acquire(HOST)
    assert first.release(HOST, 0, failure(503, retry_after=retry_after)) == pause
    assert [first.acquire(HOST), second.acquire(HOST)] == [pause, pause]


def test_the_longest_pause():
    assert [backoff(1), backoff(11), backoff(12), backoff(10_000)] == [2, 2048, LONGEST_PAUSE, LONGEST_PAUSE]


class DownCache(DummyCache):
    """As newsroom.redis_cache while Redis does not answer: it adds nothing, and has nothing."""

    def add(self, *args, **kwargs):
        return False


def test_without_a_cache_each_process_is_polite_by_itself(settings, clock):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.DownCache"}}
    first, second = Politeness(clock=clock), Politeness(clock=clock)
    assert first.acquire(HOST) == 0
    assert first.release(HOST, 0, failure(429)) == 2
    assert first.acquire(HOST) == 2
    assert second.acquire(HOST) == 0
    clock.now += 2
    assert first.acquire(HOST) == 0
