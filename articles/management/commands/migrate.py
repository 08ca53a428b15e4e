from typing import Any

from django.core.management.commands import migrate

from articles.db.triggers.installation import install


class Command(migrate.Command):
    """Django's command; if a migration fails, the triggers that were dropped for it are installed again immediately."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except (Exception, KeyboardInterrupt):
            self.restore(options["database"])
            raise

    def restore(self, using: str) -> None:
        try:
            install(using)
        except Exception as error:
            self.stderr.write(
                f"Triggers and the full-text index could not be restored ({type(error).__name__}: {error}). "
                "Search and list order are not updated until “manage.py migrate” succeeds."
            )
