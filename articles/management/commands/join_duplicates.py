from django.core.management.base import BaseCommand, CommandParser

from articles.importing.duplicates import join_duplicates


class Command(BaseCommand):
    help = "Join stories, topics and providers that earlier releases stored twice. Run it once after upgrading."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list what would be joined")

    def handle(self, *, dry_run: bool, **options: object) -> None:
        joined = join_duplicates(self.stdout.write, dry_run=dry_run)
        counts = f"{joined.stories:,} stories, {joined.topics:,} topics and {joined.providers:,} providers joined"
        summary = f"{counts}, {joined.converted:,} identities converted"
        self.stdout.write(f"{summary} (dry run)" if dry_run else summary)
