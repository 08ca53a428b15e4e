"""Worker processes of an import.

No models are imported here: a spawned process imports this module before it has set up Django.
"""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkContext, SpawnContext

import django

# Documents and rows hold hardly any reference cycles, and searching for them takes a tenth of the time.
ALLOCATIONS_BETWEEN_COLLECTIONS = 1_000_000
# Parsers yield to the one process that writes, and to readers and editors; with a higher value they would get no
# processor time next to another busy process.
NICENESS = 5
# Read once, before any import: of two imports in one process, the second must not restore those of the first.
USUAL_THRESHOLDS = gc.get_threshold()


def process_context() -> ForkContext | SpawnContext:
    """Return the multiprocessing context for workers: "fork" where that is safe, else "spawn"."""
    # A fork starts faster, but only a process without other threads may be forked.
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork") if can_fork else multiprocessing.get_context("spawn")


@contextmanager
def infrequent_gc() -> Iterator[None]:
    """Collect garbage rarely in this block, and never look at objects from before it."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*USUAL_THRESHOLDS)
        gc.unfreeze()


def initialize_worker() -> None:
    """Set up a worker: low priority, Ctrl-C left to the parent, and exit when the parent does, even by `kill -9`."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    django.setup()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    threading.Thread(target=exit_with_parent, daemon=True).start()


def exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
