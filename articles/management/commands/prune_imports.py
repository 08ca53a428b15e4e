from django.core.management.base import BaseCommand, CommandParser

from articles.importing.retention import prune_imports


class Command(BaseCommand):
    help = "Remove what imports wrote down and what is older than the IMPORT_KEEP_…_DAYS settings allow."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")

    def handle(self, *, dry_run: bool, **options: object) -> None:
        pruned = prune_imports(dry_run=dry_run)
        self.stdout.write(
            f"{'would remove' if dry_run else 'removed'} {pruned.imports:,} imports, {pruned.documents:,} documents, "
            f"{pruned.unchanged:,} lists of unchanged documents, {pruned.snapshots:,} snapshots"
        )
