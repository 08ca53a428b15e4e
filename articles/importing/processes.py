"""Processes beside this one. No models are imported here: one that is spawned reads this before it knows Django."""

import gc
import multiprocessing
import os
import signal
import sys
import threading

import django


def way_to_start():
    # A copy of this process is there at once, but only one without other threads may be copied.
    alone = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if alone else "spawn")


def be_a_worker():
    """Leave Ctrl-C to the parent, whose end is ours too, be it by `kill -9`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    django.setup()
    # What is parsed holds no cycles, and this process does nothing else.
    gc.freeze()
    gc.set_threshold(100_000)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
