"""What the commands that run an import have in common."""

import argparse
import gc
import os
from contextlib import closing
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from articles.importing.results import stream_report
from articles.importing.retention import prune_after_import
from articles.importing.sources.files import UnusableSource
from articles.management.console import Bar, Lines, polite_kill, problem_lines, summary

# Beyond these the one process that writes is what is waited for.
JOBS = min(os.cpu_count() or 1, 4)


class ImportingCommand(BaseCommand):
    """Runs an import with a bar, the problems, a summary, a report and the exit codes of docs/import-format.md."""

    def add_arguments(self, parser):
        parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="processes that parse")
        parser.add_argument("--report", metavar="FILE", help="write what became of every document, as JSON")
        parser.add_argument(
            "--progress", action=argparse.BooleanOptionalAction, help="show a bar; on a terminal unless told otherwise"
        )

    def run(self, start, *, report, progress, jobs, verbosity, sources=(), **_options):
        """Call `start` with the keywords `run_batch` takes, and tell what came of it."""
        self.refuse_report(report, sources)
        # All that is there by now stays; to look through it again and again takes a tenth of an import's time.
        gc.freeze()
        shown = self.stderr.isatty() if progress is None else progress
        bar = Bar(self.stderr) if shown else Lines(self.stderr)
        quiet = not verbosity or progress is False
        try:
            with polite_kill(), closing(bar):
                notify = partial(self.tell, bar) if verbosity else None
                result = start(notify=notify, progress=None if quiet else bar, jobs=max(1, jobs))
        except UnusableSource as error:
            raise CommandError(str(error), returncode=2) from None
        except KeyboardInterrupt:
            message = "interrupted; what was finished stays, and running it again continues"
            raise CommandError(message, returncode=130) from None
        if report:
            # Beside it first, so that an earlier report is replaced by a whole one or not at all.
            beside = Path(f"{report}.part")
            with beside.open("w", encoding="utf-8") as file:
                file.writelines(stream_report(result.batch))
            beside.replace(report)
        if verbosity:
            self.stdout.write("\n".join(summary(result, self.style)))
        prune_after_import()
        if not result.is_complete:
            raise SystemExit(1)

    def refuse_report(self, report, sources):
        """Refuse, before anything is done, a report that could not be written at the end."""
        if report and any(Path(source).resolve() == Path(report).resolve() for source in sources):
            raise CommandError(f"the report would be written over a source: {report}", returncode=2)
        if report and not os.access(Path(report).resolve().parent, os.W_OK):
            raise CommandError(f"the report cannot be written: {report}", returncode=2)

    def tell(self, bar, outcome):
        """Tell of a document's problems, above the bar if there is one."""
        for line in problem_lines(outcome, self.style):
            bar.write(line)
