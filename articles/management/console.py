"""What commands that import show on a terminal."""

import signal
import time
from contextlib import contextmanager

from tqdm import tqdm

from articles.choices import SKIPPED, Result

SECONDS_BETWEEN_LINES = 30
NAMES_SHOWN = 10


class Bar:
    """A progress bar with rate and time left, one for reading and one for writing."""

    def __init__(self, stream):
        self.stream, self.phase, self.bar = stream, "", None

    def __call__(self, phase, number, total):
        if phase != self.phase:
            self.close()
            self.phase = phase
            self.bar = tqdm(desc=phase.capitalize(), total=total, unit=" documents", file=self.stream, leave=False)
        self.bar.update(number - self.bar.n)

    def write(self, line):
        """Write a line above the bar."""
        tqdm.write(line, file=self.stream)

    def close(self):
        """Take the bar from the screen."""
        if self.bar is not None:
            self.bar.close()


class Lines:
    """Quiet lines instead of a bar, for logs: one after every half a minute."""

    def __init__(self, stream):
        self.stream, self.said = stream, time.monotonic()

    def __call__(self, phase, number, total):
        if time.monotonic() - self.said >= SECONDS_BETWEEN_LINES:
            self.said = time.monotonic()
            of = f" of {total:,}" if total else ""
            self.write(f"{phase}: {number:,}{of} documents")

    def write(self, line):
        """Write a line of another kind."""
        self.stream.write(f"{line}\n")

    def close(self):
        """Leave nothing behind."""


def summary(report, style):
    """Return the lines that end an import: a table of its counts, and where to see more."""
    batch = report.batch
    head = "Nothing was written. It would be:" if batch.dry_run else f"Import {batch.pk}"
    lines = [f"{head}", *(f"  {result.value:<10} {report.counts[result]:>9,}" for result in Result)]
    lines.append(f"  {SKIPPED:<10} {report.counts[SKIPPED]:>9,}{names_skipped(batch)}")
    seconds = batch.duration.total_seconds()
    lines.append(f"  {'total':<10} {batch.number_of_documents:>9,} documents in {seconds:,.1f} s")
    if batch.documents_per_second:
        lines[-1] += f", {batch.documents_per_second:,.0f} a second"
    if batch.state == batch.State.HELD:
        lines += [style.WARNING(f"Held, nothing was written: {batch.note}")]
        lines += [f"To do it all the same: manage.py apply_import {batch.pk}, or in the desk under Imports."]
    elif batch.dry_run:
        lines += [style.WARNING(f"It would be held: {batch.note}")] if batch.note else []
        lines += [f"To do just this: manage.py apply_import {batch.pk}"]
    return lines


def names_skipped(batch):
    """Return the names of the first files that were skipped, behind their number."""
    if not batch.skipped:
        return ""
    more = ", …" if batch.counts[SKIPPED] > NAMES_SHOWN else ""
    return f" files that are no documents: {', '.join(batch.skipped[:NAMES_SHOWN])}{more}"


def problem_lines(outcome, style):
    """Return the problems of one document, each on a line."""
    paint = style.ERROR if outcome.action is Result.REJECTED else style.WARNING
    return [paint(line) for line in outcome.lines()]


@contextmanager
def polite_kill():
    """Let SIGTERM end what runs as Ctrl-C does, so that the batch can say so."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
