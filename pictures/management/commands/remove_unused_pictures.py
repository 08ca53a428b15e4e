from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pictures.unused import list_unused, remove

LISTED = 20


class Command(BaseCommand):
    help = "Show the stored pictures that no story shows and the files without a picture; with --apply, delete them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="delete them; without it nothing is changed")
        parser.add_argument(
            "--uploads",
            action="store_true",
            help="also pictures that the desk uploaded, which an earlier version of a story may need",
        )

    def handle(self, *, apply: bool, uploads: bool, **options: Any) -> None:
        unused = list_unused(uploads=uploads)
        names = unused.file_names
        for name in names[:LISTED]:
            self.stdout.write(f"  {name}")
        if len(names) > LISTED:
            self.stdout.write(f"  … and {len(names) - LISTED:,} more files")
        self.stdout.write(
            f"{len(unused.pictures):,} unused pictures and {len(unused.orphans):,} files without a picture: "
            f"{len(names):,} files"
        )
        if not apply:
            if names:
                self.stdout.write("Nothing was deleted. To delete them, add --apply.")
            return
        failed_names = remove(unused)
        if failed_names:
            raise CommandError(f"{len(failed_names):,} files could not be deleted; see the log", returncode=1)
        self.stdout.write("Deleted.")
