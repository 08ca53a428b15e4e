"""A circuit breaker: after a failure, calls to a service are skipped for some seconds, so that nobody waits for it."""

import logging
import time
from threading import Lock

log = logging.getLogger(__name__)

LOG_INTERVAL = 60


class CircuitBreaker:
    """Decide whether to call a service; after a failure, allow one call in `pause` seconds, as a probe.

    Failures are logged at most once a minute, with their number. Thread-safe.
    """

    def __init__(self, name: str, pause: float) -> None:
        self.name, self.pause = name, pause
        self.lock = Lock()
        self.is_failing = False
        self.next_try = 0.0
        self.next_log = 0.0
        self.unlogged = 0
        self.is_logged = False

    def allows_call(self) -> bool:
        """Return whether to call the service now; the caller reports the outcome by `succeed` or `fail`."""
        if not self.is_failing:
            return True
        with self.lock:
            now = time.monotonic()
            if now < self.next_try:
                return False
            self.next_try = now + self.pause
            return True

    def succeed(self) -> None:
        """Record that the service answered."""
        if not self.is_failing:
            return
        with self.lock:
            was_logged, self.is_logged, self.is_failing = self.is_logged, False, False
        if was_logged:
            log.warning("%s answers again.", self.name)

    def fail(self, error: Exception) -> None:
        """Record that the service did not answer, and log it unless a failure was logged less than a minute ago."""
        with self.lock:
            now = time.monotonic()
            self.is_failing, self.next_try = True, now + self.pause
            self.unlogged += 1
            if now < self.next_log:
                return
            failures, self.unlogged = self.unlogged, 0
            self.is_logged, self.next_log = True, now + LOG_INTERVAL
        log.warning("%s does not answer (%d failures): %s: %s", self.name, failures, type(error).__name__, error)
