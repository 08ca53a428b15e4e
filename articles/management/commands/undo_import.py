from django.core.management.base import BaseCommand, CommandError, CommandParser

from articles import workflow
from articles.importing.undo import NotUndoable, undo_batch
from articles.models import ImportBatch, ImportedDocument


class Command(BaseCommand):
    help = "Undo an import: delete stories it created, restore stories it changed. Stories changed since are skipped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, help="the number of the import")

    def handle(self, *, batch: int, **options: object) -> None:
        try:
            import_batch = ImportBatch.objects.get(pk=batch)
            undone = undo_batch(import_batch, workflow.COMMAND_LINE)
        except ImportBatch.DoesNotExist:
            raise CommandError(f"there is no import {batch}", returncode=2) from None
        except NotUndoable as error:
            raise CommandError(str(error), returncode=2) from None
        left = import_batch.documents.filter(undoing=ImportedDocument.Undoing.SKIPPED)
        for source, url in left.order_by("position").values_list("source", "url").iterator():
            self.stderr.write(self.style.WARNING(f"skipped, changed since: {source} {url}"))
        self.stdout.write(f"{undone.undone:,} undone, {undone.left:,} skipped")
        if undone.left:
            raise SystemExit(1)
