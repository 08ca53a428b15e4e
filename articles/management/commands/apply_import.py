from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser

from articles import workflow
from articles.importing.previews import NotApplicable, apply_preview
from articles.importing.runner import run_batch
from articles.management.importing import ImportingCommand
from articles.models import ImportBatch


class Command(ImportingCommand):
    help = "Apply a dry run or a held import exactly as previewed. Stories changed since are skipped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, help="the number of the dry run or held import")
        super().add_arguments(parser)

    def handle(self, *, batch: int, **options: Any) -> None:
        try:
            application = apply_preview(ImportBatch.objects.get(pk=batch), workflow.COMMAND_LINE)
        except ImportBatch.DoesNotExist:
            raise CommandError(f"there is no import {batch}", returncode=2) from None
        except NotApplicable as error:
            raise CommandError(str(error), returncode=2) from None
        self.run(partial(run_batch, application), sources=application.sources, **options)
