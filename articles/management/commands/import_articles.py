import json
import os
import signal
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from articles.choices import Result
from articles.importing.batch import import_sources
from articles.importing.sources import UnusableSource
from articles.importing.writing import Publish


class Command(BaseCommand):
    help = "Import stories, organizations and topics from files, archives, folders, or - for standard input."

    def add_arguments(self, parser):
        parser.add_argument(
            "sources", nargs="+", metavar="SOURCE", help="a file, an archive (zip, tar), a folder, or -"
        )
        parser.add_argument("--report", metavar="FILE", help="write what became of every document, as JSON")

        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        parser.add_argument(
            "--publish",
            choices=[str(choice) for choice in Publish],
            default=str(Publish.UPSTREAM),
            help="publish what upstream proposes to (the default), or put everything new into the inbox",
        )

    def handle(self, *, sources, report, dry_run, publish, verbosity, **options):
        if report and any(Path(source).resolve() == Path(report).resolve() for source in sources):
            raise CommandError(f"the report would be written over a source: {report}", returncode=2)
        if report and not os.access(Path(report).resolve().parent, os.W_OK):
            # Found out now, not at the end.
            raise CommandError(f"the report cannot be written: {report}", returncode=2)
        # A polite kill ends as Ctrl-C does, with the batch saying so.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            notify = self.tell if verbosity else None
            result = import_sources(sources, notify=notify, dry_run=dry_run, publish=Publish(publish))
        except UnusableSource as error:
            raise CommandError(str(error), returncode=2) from None
        except KeyboardInterrupt:
            message = "interrupted; what was finished stays, and running it again continues"
            raise CommandError(message, returncode=130) from None
        if report:
            # Beside it first, so that an earlier report is replaced by a whole one or not at all.
            beside = Path(f"{report}.part")
            beside.write_text(json.dumps(result.as_json(), ensure_ascii=False, indent=2), encoding="utf-8")
            beside.replace(report)
        if verbosity:
            would = "Nothing was written. It would be: " if dry_run else ""
            self.stdout.write(would + ", ".join(f"{number} {action}" for action, number in result.counts.items()))
        if not result.is_complete:
            raise SystemExit(1)

    def tell(self, outcome):
        """Write the problems of one document, each on a line."""
        for line in outcome.lines():
            style = self.style.ERROR if outcome.action is Result.REJECTED else self.style.WARNING
            self.stderr.write(style(line))
