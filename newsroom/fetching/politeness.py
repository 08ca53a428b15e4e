"""How often a host may be asked: one request at a time, two a second, and pauses after failures.

The pauses and the locks are in Django's cache, so with Redis all processes share them. Without Redis, and while it does
not answer, each process keeps to the limits by itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from django.core.cache import cache

from newsroom.fetching.errors import FetchError, Reason

# The least seconds from the start of one request to that of the next.
INTERVAL = 0.5
# Seconds until a host is tried again that another process is asking.
POLL_SECONDS = 0.25
# The lock of a killed process ends after this many seconds. It has to be more than a request may take.
LEASE_SECONDS = 60
# The first pause after a failure, in seconds, which doubles with every further one.
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 3600.0
# How long failures are remembered beyond the pause, in seconds.
MEMORY_SECONDS = 600
# Statuses and reasons that show that a host needs a rest.
OVERLOADED_STATUSES = {429, 500, 502, 503, 504}
OVERLOADED_REASONS = {Reason.TIMEOUT, Reason.CONNECTION}
# Reasons for which the host was not connected to.
UNASKED_REASONS = {Reason.ADDRESS, Reason.PORT, Reason.NAME, Reason.RESOLVER}


@dataclass(frozen=True)
class HostState:
    """When a host may be asked next, in seconds since 1970, and how often it failed in succession."""

    free_at: float = 0.0
    failures: int = 0


class Politeness:
    """The limits for all hosts, shared by the threads of a process and, by the cache, by processes."""

    def __init__(
        self, interval: float = INTERVAL, lease: int = LEASE_SECONDS, clock: Callable[[], float] = time.time
    ) -> None:
        self.interval, self.lease, self.clock = interval, lease, clock
        self.lock = Lock()
        self.states: dict[str, HostState] = {}

    def acquire(self, host: str) -> float:
        """Return 0 if the host may be asked now, which the caller ends by `release`; else the seconds to wait."""
        if not self.lock_host(host):
            return POLL_SECONDS
        wait = self.state(host).free_at - self.clock()
        if wait <= 0:
            return 0.0
        cache.delete(lock_key(host))
        return wait

    def release(self, host: str, seconds: float, error: FetchError | None) -> float:
        """Record a request that took `seconds` and how it ended; return the seconds until the next one."""
        if error and error.reason in UNASKED_REASONS:
            cache.delete(lock_key(host))
            return 0.0
        if needs_rest(error):
            failures = self.state(host).failures + 1
            pause = max(backoff(failures), error.retry_after if error else 0.0)
        else:
            failures, pause = 0, max(0.0, self.interval - seconds)
        state = HostState(self.clock() + pause, failures)
        with self.lock:
            self.states[host] = state
        cache.set(state_key(host), (state.free_at, state.failures), timeout=int(pause) + MEMORY_SECONDS)
        cache.delete(lock_key(host))
        return pause

    def state(self, host: str) -> HostState:
        """Return what is known of a host, by this process or, if that is later, by another."""
        with self.lock:
            own = self.states.get(host, HostState())
        shared = HostState(*cache.get(state_key(host), (0.0, 0)))
        return max(own, shared, key=lambda state: state.free_at)

    def lock_host(self, host: str) -> bool:
        """Return whether no other process is asking the host. The lock of a killed process ends after `lease`."""
        key = lock_key(host)
        if cache.add(key, 1, timeout=self.lease):
            return True
        # The cache adds nothing while it does not answer, and then has no lock either.
        return cache.get(key) is None and (cache.add(key, 1, timeout=self.lease) or cache.get(key) is None)


def needs_rest(error: FetchError | None) -> bool:
    """Return whether the host should be asked less often after this outcome."""
    return error is not None and (error.status in OVERLOADED_STATUSES or error.reason in OVERLOADED_REASONS)


def backoff(failures: int) -> float:
    """Return the pause after this many failures in succession: 2 s, 4 s, 8 s, up to an hour."""
    return min(FIRST_PAUSE * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE)


def lock_key(host: str) -> str:
    return f"fetching:lock:{digest(host)}"


def state_key(host: str) -> str:
    return f"fetching:state:{digest(host)}"


def digest(host: str) -> str:
    """Return a short text for a host: keys of caches have a limited length."""
    return sha256(host.encode()).hexdigest()[:32]
