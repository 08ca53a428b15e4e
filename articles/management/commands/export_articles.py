from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from articles.exporting import export_stories, write_folder, write_zip
from articles.models import Article, Topic


class Command(BaseCommand):
    help = "Write stories back as documents of upstream's format, one .md a story."

    def add_arguments(self, parser):
        parser.add_argument("destination", metavar="DEST", help="a folder that is new or empty, or a .zip to be made")
        parser.add_argument("--published", action="store_true", help="only what readers may see now")
        parser.add_argument("--topic", metavar="NAME", help="only stories about this topic or those below it")
        parser.add_argument("--since", metavar="DATE", help="only stories dated from this day on, YYYY-MM-DD")

    def handle(self, *, destination, published, topic, since, verbosity, **options):
        stories = self.chosen(published, topic, since)
        path = Path(destination)
        try:
            if path.suffix.lower() == ".zip":
                with path.open("xb") as file:
                    number = write_zip(export_stories(stories), file)
            else:
                number = write_folder(export_stories(stories), path)
        except OSError as error:
            raise CommandError(f"cannot write there: {error}", returncode=2) from None
        if verbosity:
            self.stdout.write(f"{number} stories written to {destination}")

    def chosen(self, published, topic, since):
        """Return the stories the options name; CommandError with exit code 2 for a topic or day there is not."""
        stories = Article.objects.published() if published else Article.objects.all()
        if topic:
            found = Topic.objects.filter(name=topic).first()
            if found is None:
                raise CommandError(f"there is no topic {topic!r}", returncode=2)
            stories = stories.about([found, *found.children.all()])
        if since:
            try:
                stories = stories.filter(dated_at__gte=datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC))
            except ValueError:
                raise CommandError(f"{since!r} is not a day such as 2026-11-20", returncode=2) from None
        return stories
