import argparse
from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from articles.importing.publication import PublishPolicy
from articles.importing.runner import import_sources
from articles.management.importing import ImportingCommand


class Command(ImportingCommand):
    help = "Import stories, providers and topics from files, archives, folders, or - for standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "sources", nargs="+", metavar="SOURCE", help="a file, an archive (zip, tar), a folder, or -"
        )
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="show what the import would do; write nothing")
        parser.add_argument(
            "--publish",
            choices=[str(PublishPolicy.UPSTREAM), str(PublishPolicy.NEVER)],
            default=str(PublishPolicy.UPSTREAM),
            help="publish as upstream suggests (the default), or send all new stories to the inbox",
        )
        parser.add_argument(
            "--hold",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="hold an import that would change too many published stories until someone approves it (the default)",
        )

        parser.add_argument(
            "--restore",
            action="store_true",
            help="restore the desk's edits that exports contain; try it with --dry-run first",
        )

    def handle(
        self, *, sources: list[str], dry_run: bool, publish: str, hold: bool, restore: bool = False, **options: Any
    ) -> None:
        start = partial(
            import_sources, sources, dry_run=dry_run, publish=PublishPolicy(publish), hold=hold, restore=restore
        )
        self.run(start, sources=sources, **options)
