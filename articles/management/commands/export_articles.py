from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from articles.documents.problems import Level
from articles.exporting.export_report import ReportFile
from articles.exporting.output import whole_file, write_folder, write_zip
from articles.exporting.story_documents import ExportedDocument, export_stories
from articles.models import Article, Topic


class Command(BaseCommand):
    help = "Export stories as documents in upstream's format, one .md file each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("destination", metavar="DEST", help="a new or empty folder, or a new .zip file")
        parser.add_argument("--published", action="store_true", help="only stories that readers can see now")
        parser.add_argument("--topic", metavar="NAME", help="only stories about this topic or its subtopics")
        parser.add_argument("--since", metavar="DATE", help="only stories dated on or after this day, YYYY-MM-DD")
        parser.add_argument(
            "--plain",
            action="store_true",
            help="without the desk's state, which import_articles --restore restores",
        )
        parser.add_argument("--report", metavar="FILE", help="write the result of every story to FILE, as JSON")

    def handle(
        self,
        *,
        destination: str,
        published: bool,
        topic: str | None,
        since: str | None,
        verbosity: int,
        plain: bool = False,
        report: str | None = None,
        **options: object,
    ) -> None:
        documents = export_stories(self.select_stories(published, topic, since), plain=plain)
        path = Path(destination)
        try:
            with ExitStack() as stack:
                results = stack.enter_context(ReportFile(report)) if report else None
                notify = partial(self.notify, results, verbosity)
                if path.suffix.lower() == ".zip":
                    file = stack.enter_context(whole_file(path))
                    export = write_zip(documents, file, notify)
                else:
                    export = write_folder(documents, path, notify)
        except OSError as error:
            raise CommandError(f"cannot write the export: {error}", returncode=2) from None
        if verbosity:
            self.stdout.write(f"{export.written} stories written to {destination}")
        if export.failed:
            raise CommandError(f"{export.failed} stories could not be exported, see above", returncode=1)

    def notify(self, results: ReportFile | None, verbosity: int, document: ExportedDocument) -> None:
        """Report the result of a story."""
        if results is not None:
            results.add(document)
        if verbosity:
            for problem, line in zip(document.problems, document.lines(), strict=True):
                paint = self.style.ERROR if problem.level is Level.ERROR else self.style.WARNING
                self.stderr.write(paint(line))

    def select_stories(self, published: bool, topic: str | None, since: str | None) -> QuerySet[Article]:
        """Return the stories that the options select; raise CommandError for an unknown topic or an invalid date."""
        stories = Article.objects.visible() if published else Article.objects.all()
        if topic:
            parent = Topic.objects.filter(name=topic).first()
            if parent is None:
                raise CommandError(f"there is no topic {topic!r}", returncode=2)
            stories = stories.about([parent, *parent.children.all()])
        if since:
            try:
                stories = stories.filter(dated_at__gte=datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC))
            except ValueError:
                raise CommandError(f"{since!r} is not a date such as 2026-11-20", returncode=2) from None
        return stories
