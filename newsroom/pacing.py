"""Short write transactions, with time between them for other writers.

SQLite has one write lock. A writer that waits for it tries again every 100 ms, so it hardly ever finds a lock that
is free for a moment only. Work of many documents is therefore cut by time, and pauses in proportion to it.
"""

import time
from contextlib import contextmanager

from django.db import connection, transaction

# Seconds after which a transaction takes up nothing more.
BUDGET = 0.3
# The share of the time in which the lock is free: a waiting writer gets it after a second on average.
FREE = 0.1
# Pauses are saved up until they are as long as this, in seconds.
SHORTEST_PAUSE = 0.03


class Turn:
    """One transaction of a longer piece of work."""

    def __init__(self):
        self.began, self.budget = time.monotonic(), BUDGET

    @property
    def is_over(self):
        """Whether the budget is spent, so that the transaction should end."""
        return self.seconds >= self.budget

    @property
    def seconds(self):
        """How long the transaction has been open."""
        return time.monotonic() - self.began


class Pace:
    """Open the transactions of a longer piece of work, one after the other."""

    def __init__(self):
        self.owed, self.ended = 0.0, time.monotonic()

    @contextmanager
    def turn(self):
        """Open a transaction and give its Turn; on SQLite after a pause, if other writers are owed one."""
        self.pause()
        with transaction.atomic():
            turn = Turn()
            yield turn
        # Of a transaction that failed nothing is owed: what comes next is another try, or the end.
        self.ended = time.monotonic()
        self.owed += turn.seconds * FREE / (1 - FREE)

    def pause(self):
        """Wait until the lock was free for long enough; what the caller did since the last transaction counts."""
        self.owed = max(0.0, self.owed - (time.monotonic() - self.ended))
        if self.owed >= SHORTEST_PAUSE and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(self.owed)
            self.owed = 0.0
