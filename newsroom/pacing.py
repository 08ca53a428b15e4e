"""Short write transactions, with pauses for other writers.

SQLite has one write lock, and a waiting writer tries again every 100 ms, so it rarely gets a lock that is free only for
a moment. Work on many rows is therefore split by time into transactions, with pauses in proportion.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# The seconds after which a transaction should end.
BUDGET = 0.3
# The share of time in which the lock is free. With a tenth, a waiting writer gets it after a second on average.
FREE_SHARE = 0.1
# Shorter pauses, in seconds, are added up until they reach this.
SHORTEST_PAUSE = 0.03


class Turn:
    """One transaction of longer work."""

    def __init__(self) -> None:
        self.began_at, self.budget = time.monotonic(), BUDGET

    @property
    def is_over(self) -> bool:
        """Whether the transaction has lasted for BUDGET seconds and should end."""
        return self.seconds >= self.budget

    @property
    def seconds(self) -> float:
        """The seconds for which the transaction has been open."""
        return time.monotonic() - self.began_at


class Pace:
    """Open the transactions of longer work, one after the other."""

    def __init__(self) -> None:
        self.pause_due, self.ended_at = 0.0, time.monotonic()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Open a transaction and yield its Turn; on SQLite pause before it, if a pause for other writers is due."""
        self.pause()
        with transaction.atomic():
            turn = Turn()
            yield turn
        # Not reached by a transaction that failed: the work is tried again or ends.
        self.ended_at = time.monotonic()
        self.pause_due += turn.seconds * FREE_SHARE / (1 - FREE_SHARE)

    def pause(self) -> None:
        """Wait until the lock has been free for long enough since the last transaction."""
        self.pause_due = max(0.0, self.pause_due - (time.monotonic() - self.ended_at))
        if self.pause_due >= SHORTEST_PAUSE and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(self.pause_due)
            self.pause_due = 0.0
