"""The base class of the commands that run an import."""

import argparse
import gc
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from articles.importing.results import Outcome, Report, stream_report
from articles.importing.retention import prune_after_import
from articles.importing.signals import FollowUp
from articles.importing.sources.files import UnusableSource
from articles.management.console import (
    Display,
    ProgressBar,
    ProgressLines,
    problem_lines,
    summary,
)
from articles.models import ImportBatch
from newsroom.interrupts import sigterm_as_interrupt
from newsroom.tasks import has_worker
from pictures.console import download_for_command, missing_lines
from pictures.follow_up import is_due

# With more parsers, the one process that writes is the bottleneck.
DEFAULT_JOBS = min(os.cpu_count() or 1, 4)


class ImportingCommand(BaseCommand):
    """Runs an import with progress, problems, a summary, a report and the exit codes of docs/import-format.md."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=DEFAULT_JOBS, metavar="N", help="number of parser processes")
        parser.add_argument("--report", metavar="FILE", help="write the result of every document to FILE, as JSON")
        parser.add_argument(
            "--progress",
            action=argparse.BooleanOptionalAction,
            help="show a progress bar (default: on a terminal)",
        )
        parser.add_argument(
            "--no-follow-up",
            action="store_true",
            help="do nothing after the import, such as downloading pictures",
        )

    def run(
        self,
        start: Callable[..., Report],
        *,
        report: str | None,
        progress: bool | None,
        jobs: int,
        verbosity: int,
        no_follow_up: bool,
        sources: Iterable[str] = (),
        **_options: object,
    ) -> None:
        """Call `start` with the keyword arguments of `run_batch`, print the results, and do what follows."""
        self.check_report(report, sources)
        # Everything loaded so far stays; the repeated collection of it would take a tenth of an import's time.
        gc.freeze()
        has_bar = self.stderr.isatty() if progress is None else progress
        display: Display = ProgressBar(self.stderr) if has_bar else ProgressLines(self.stderr)
        is_quiet = not verbosity or progress is False
        follow_up = FollowUp.BACKGROUND if has_worker() else FollowUp.CALLER
        follow_up = FollowUp.NONE if no_follow_up else follow_up
        try:
            with sigterm_as_interrupt(), closing(display):
                notify = partial(self.write_problems, display) if verbosity else None
                result = start(
                    notify=notify, progress=None if is_quiet else display, jobs=max(1, jobs), follow_up=follow_up
                )
        except UnusableSource as error:
            raise CommandError(str(error), returncode=2) from None
        except KeyboardInterrupt:
            message = "interrupted; finished documents stay imported, and running the import again continues it"
            raise CommandError(message, returncode=130) from None
        if report:
            # An earlier report is replaced by a complete one or not at all.
            part = Path(f"{report}.part")
            with part.open("w", encoding="utf-8") as file:
                file.writelines(stream_report(result.batch))
            part.replace(report)
        if verbosity:
            self.stdout.write("\n".join(summary(result, self.style)))
        prune_after_import()
        lines = [] if follow_up is FollowUp.BACKGROUND else missing_lines(result.batch)
        if follow_up is FollowUp.CALLER and is_due(result.batch):
            lines = self.download_pictures(result.batch, has_bar=has_bar and not is_quiet)
        if lines and verbosity:
            self.stdout.write("\n".join(lines))
        if not result.is_complete:
            raise SystemExit(1)

    def download_pictures(self, batch: ImportBatch, *, has_bar: bool) -> list[str]:
        """Download pictures after an import, and return the lines of the summary."""
        try:
            with sigterm_as_interrupt():
                return download_for_command(batch, self.stderr, has_bar=has_bar)
        except KeyboardInterrupt:
            message = "interrupted while downloading pictures; manage.py fetch_pictures downloads the others"
            raise CommandError(message, returncode=130) from None

    def check_report(self, report: str | None, sources: Iterable[str]) -> None:
        """Raise CommandError, before the import, if the report could not be written at its end."""
        if report and any(Path(source).resolve() == Path(report).resolve() for source in sources):
            raise CommandError(f"the report would overwrite a source, choose another file: {report}", returncode=2)
        if report and not os.access(Path(report).resolve().parent, os.W_OK):
            raise CommandError(f"the report cannot be written: {report}", returncode=2)

    def write_problems(self, display: Display, outcome: Outcome) -> None:
        """Write a document's problems, above the bar if there is one."""
        for line in problem_lines(outcome, self.style):
            display.write(line)
