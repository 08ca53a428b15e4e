"""Processes beside this one. No models are imported here: one that is spawned reads this before it knows Django."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import contextmanager

import django

# What is read and written holds no cycles to speak of, and looking for some takes a tenth of the time.
ALLOCATIONS_BETWEEN_COLLECTIONS = 1_000_000
# Parsing gives way to the one process that writes, which all of it waits for, and to readers and editors; with a
# higher number it would get nothing at all beside something else that is always busy.
LESS_URGENT = 5
# As they were before any import; one that runs beside another must not take the other's for them.
USUAL_THRESHOLDS = gc.get_threshold()


def way_to_start():
    # A copy of this process is there at once, but only one without other threads may be copied.
    alone = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if alone else "spawn")


@contextmanager
def few_collections():
    """Have Python seldom look for cycles in this block, and not in what there was before it."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*USUAL_THRESHOLDS)
        gc.unfreeze()


def be_a_worker():
    """Leave Ctrl-C to the parent, whose end is ours too, be it by `kill -9`, and the processor to whoever needs it."""
    os.nice(LESS_URGENT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    django.setup()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
