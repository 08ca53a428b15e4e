"""Output of the commands that import: progress, problems, summary."""

import signal
import time
from contextlib import contextmanager

from tqdm import tqdm

from articles.choices import SKIPPED, Result

SECONDS_BETWEEN_LINES = 30
MAX_SKIPPED_NAMES = 10


class ProgressBar:
    """A progress bar with rate and time left for each phase."""

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
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()


class ProgressLines:
    """A line of progress every half a minute, for logs."""

    def __init__(self, stream):
        self.stream, self.last_line = stream, time.monotonic()

    def __call__(self, phase, number, total):
        if time.monotonic() - self.last_line >= SECONDS_BETWEEN_LINES:
            self.last_line = time.monotonic()
            of_total = f" of {total:,}" if total else ""
            self.write(f"{phase}: {number:,}{of_total} documents")

    def write(self, line):
        """Write a line, such as a problem."""
        self.stream.write(f"{line}\n")

    def close(self):
        """Do nothing: lines stay."""


def summary(report, style):
    """Return the lines that end an import: a table of its counts, and how to continue."""
    batch = report.batch
    head = "Nothing was written. Importing would give:" if batch.dry_run else f"Import {batch.pk}"
    lines = [f"{head}", *(f"  {result.value:<10} {report.counts[result]:>9,}" for result in Result)]
    lines.append(f"  {SKIPPED:<10} {report.counts[SKIPPED]:>9,}{skipped_names(batch)}")
    seconds = batch.duration.total_seconds()
    lines.append(f"  {'total':<10} {batch.number_of_documents:>9,} documents in {seconds:,.1f} s")
    if batch.documents_per_second:
        lines[-1] += f", {batch.documents_per_second:,.0f} a second"
    if batch.written_singly:
        lines += [style.WARNING(singly_warning(batch.written_singly))]
    if batch.state == batch.State.HELD:
        lines += [style.WARNING(f"Needs approval; nothing was imported: {batch.note}")]
        lines += [f"To import it, run manage.py apply_import {batch.pk}, or approve it at the desk under Imports."]
    elif batch.dry_run:
        lines += [style.WARNING(f"Needs approval: {batch.note}")] if batch.note else []
        lines += [f"To apply exactly this, run manage.py apply_import {batch.pk}"]
    return lines


def skipped_names(batch):
    """Return the names of the first skipped files, to follow their number."""
    if not batch.skipped:
        return ""
    more = ", …" if batch.counts[SKIPPED] > MAX_SKIPPED_NAMES else ""
    return f" files that are not documents: {', '.join(batch.skipped[:MAX_SKIPPED_NAMES])}{more}"


def singly_warning(number):
    """Return the warning that stories could not be written together."""
    return (
        f"{number:,} documents were written one at a time because writing them together failed; the log has the cause"
    )


def problem_lines(outcome, style):
    """Return a line for each problem of a document."""
    paint = style.ERROR if outcome.action is Result.REJECTED else style.WARNING
    return [paint(line) for line in outcome.lines()]


@contextmanager
def sigterm_as_interrupt():
    """Handle SIGTERM like Ctrl-C in this block, so that the batch is marked as interrupted."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
