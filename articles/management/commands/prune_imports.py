from django.core.management.base import BaseCommand, CommandParser

from articles.importing.retention import prune_imports


class Command(BaseCommand):
    help = "Delete the import results that are older than the IMPORT_KEEP_…_DAYS settings allow."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would be deleted; delete nothing")

    def handle(self, *, dry_run: bool, **options: object) -> None:
        pruned = prune_imports(dry_run=dry_run)
        self.stdout.write(
            f"{'would delete' if dry_run else 'deleted'} {pruned.imports:,} imports, {pruned.documents:,} documents, "
            f"{pruned.unchanged:,} lists of unchanged documents, {pruned.snapshots:,} snapshots"
        )
