"""Replay a history with simulated editors, and compare every story with a model of its own.

    .venv/bin/python bench/replaying.py [--seeds N | --seed N] [--moments N] [--documents N]

The history is that of NEWSROOM_CORPUS, a folder with `diablo-history/` in it, or else generated. The model is written
from docs/, not from the code. Prints a table, and exits with 1 at the first violated invariant, with what led to it. On
SQLite, or on a new database on the server of DATABASE_URL.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.replay.history import GENERATED_CHANGED_SHARE, History, archive_moments, generated_moments
from bench.scratch_newsroom import database_engine, scratch_newsroom

HISTORY = "diablo-history"
MOMENTS, SEEDS, DOCUMENTS = 12, 10, 120


def main():
    options = parse_arguments()
    seeds = [options.seed] if options.seed is not None else range(1, options.seeds + 1)
    with scratch_newsroom() as folder:
        from bench.replay.checks import Violation

        folder_of_archives = corpus_folder()
        source = str(folder_of_archives) if folder_of_archives else f"generated ({options.documents} documents)"
        print(f"History: {source}; {database_engine()}", flush=True)
        columns = ("seed", "seconds", "edits", "undone", "created", "updated", "unchanged", "conflict", "duplicate")
        print(" | ".join(f"{name:>9}" for name in columns), flush=True)
        for seed in seeds:
            begin = time.perf_counter()
            try:
                counts = replay(seed, options, folder_of_archives, folder)
            except Violation as violation:
                print(f"Seed {seed}: {violation}")
                sys.exit(1)
            values = {**counts, "seed": seed, "seconds": round(time.perf_counter() - begin)}
            print(" | ".join(f"{values[name]:>9,}" for name in columns), flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="replay seeds 1 to N (10)")
    parser.add_argument("--seed", type=int, help="replay this seed only")
    parser.add_argument("--moments", type=int, default=MOMENTS, help="the first N moments (12)")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="of a generated history (120)")
    return parser.parse_args()


def corpus_folder():
    """Return the folder of the history's archives, None without NEWSROOM_CORPUS."""
    corpus = os.environ.get("NEWSROOM_CORPUS")
    return Path(corpus) / HISTORY if corpus else None


def replay(seed, options, folder_of_archives, folder):
    """Replay one seed on an empty newsroom; return the counts."""
    from django.core.management import call_command

    from bench.replay.replay import Replay

    if folder_of_archives:
        history = History(archive_moments(folder_of_archives)[: options.moments], seed)
    else:
        moments = generated_moments(seed, options.documents, options.moments)
        history = History(moments, seed, GENERATED_CHANGED_SHARE)
    call_command("flush", interactive=False, verbosity=0)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        run = Replay(history, seed, Path(place))
        run.run()
    return run.counts


if __name__ == "__main__":
    main()
