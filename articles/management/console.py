"""Output of the commands that import: progress, problems, summary."""

import time
from typing import Never, Protocol

from django.core.management.base import OutputWrapper
from django.core.management.color import Style
from tqdm import tqdm

from articles.choices import SKIPPED, Result
from articles.importing.results import Outcome, Report
from articles.models import ImportBatch

SECONDS_BETWEEN_LINES = 30
MAX_SKIPPED_NAMES = 10


class Display(Protocol):
    """What shows the progress of an import and the problems of its documents."""

    def __call__(self, phase: str, number: int, total: int | None) -> None: ...
    def write(self, line: str) -> None: ...
    def close(self) -> None: ...


class ProgressBar:
    """A progress bar with rate and time left for each phase."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream, self.phase = stream, ""
        self.bar: tqdm[Never] | None = None

    def __call__(self, phase: str, number: int, total: int | None) -> None:
        if self.bar is None or phase != self.phase:
            self.close()
            self.phase = phase
            self.bar = tqdm(desc=phase.capitalize(), total=total, unit=" documents", file=self.stream, leave=False)
        self.bar.update(number - self.bar.n)

    def write(self, line: str) -> None:
        """Write a line above the bar."""
        tqdm.write(line, file=self.stream)

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()


class ProgressLines:
    """A line of progress every half a minute, for logs."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream, self.last_line = stream, time.monotonic()

    def __call__(self, phase: str, number: int, total: int | None) -> None:
        if time.monotonic() - self.last_line >= SECONDS_BETWEEN_LINES:
            self.last_line = time.monotonic()
            of_total = f" of {total:,}" if total else ""
            self.write(f"{phase}: {number:,}{of_total} documents")

    def write(self, line: str) -> None:
        """Write a line, such as a problem."""
        self.stream.write(f"{line}\n")

    def close(self) -> None:
        """Do nothing: lines stay."""


def summary(report: Report, style: Style) -> list[str]:
    """Return the lines that end an import: a table of its counts, and how to continue."""
    batch = report.batch
    head = "Nothing was written. Importing would give:" if batch.dry_run else f"Import {batch.pk}"
    lines = [f"{head}", *(f"  {result.value:<10} {report.counts[result]:>9,}" for result in Result)]
    lines.append(f"  {SKIPPED:<10} {report.counts[SKIPPED]:>9,}{skipped_names(batch)}")
    seconds = batch.duration.total_seconds() if batch.duration else 0.0
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


def skipped_names(batch: ImportBatch) -> str:
    """Return the names of the first skipped files, to follow their number."""
    if not batch.skipped:
        return ""
    more = ", …" if batch.counts[SKIPPED] > MAX_SKIPPED_NAMES else ""
    return f" files that are not documents: {', '.join(batch.skipped[:MAX_SKIPPED_NAMES])}{more}"


def singly_warning(number: int) -> str:
    """Return the warning that stories could not be written together."""
    return (
        f"{number:,} documents were written one at a time because writing them together failed; the log has the cause"
    )


def problem_lines(outcome: Outcome, style: Style) -> list[str]:
    """Return a line for each problem of a document."""
    paint = style.ERROR if outcome.action is Result.REJECTED else style.WARNING
    return [paint(line) for line in outcome.lines()]
