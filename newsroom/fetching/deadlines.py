"""One limit of time for everything that a request waits for."""

import time

from newsroom.fetching.errors import FetchFailed, Reason


class Deadline:
    """The moment, `seconds` from now, at which a request ends."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends_at = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """The seconds until the deadline; negative after it."""
        return self.ends_at - time.monotonic()

    def remaining(self) -> float:
        """Return the seconds until the deadline, more than 0; raise FetchFailed at the deadline and after it."""
        seconds = self.seconds_left
        if seconds <= 0:
            raise self.exceeded()
        return seconds

    def exceeded(self) -> FetchFailed:
        """Return the error for a request that took too long."""
        return FetchFailed(Reason.TIMEOUT, f"no complete response in {self.seconds:g} seconds")
