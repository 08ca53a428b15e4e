import json

from django.core.management.base import BaseCommand, CommandError

from articles.importing.batch import import_sources
from articles.importing.outcomes import Result
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
        try:
            # Opened first, as a report that cannot be written should not be found out at the end.
            destination = open(report, "w", encoding="utf-8") if report else None  # noqa: SIM115
            notify = self.tell if verbosity else None
            result = import_sources(sources, notify=notify, dry_run=dry_run, publish=Publish(publish))
        except UnusableSource as error:
            raise CommandError(str(error), returncode=2) from None
        except KeyboardInterrupt:
            raise CommandError(
                "interrupted; what was finished stays, and running it again continues", returncode=130
            ) from None
        except OSError as error:
            raise CommandError(f"the report cannot be written: {error}", returncode=2) from None
        if destination is not None:
            with destination:
                json.dump(result.as_json(), destination, ensure_ascii=False, indent=2)
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
