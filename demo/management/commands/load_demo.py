from django.core.management.base import BaseCommand, CommandError

from articles.importing.results import Outcome
from demo.loading import MissingPictures, load_fixtures, picture_files, store_pictures
from newsroom.accounts import create_accounts


class Command(BaseCommand):
    help = "Load the fixtures with their pictures, and create an administrator, an editor and a reporter."

    def handle(self, **options: object) -> None:
        try:
            files = picture_files()
        except MissingPictures as error:
            raise CommandError(f"{error}; nothing was loaded") from error
        report = load_fixtures(notify=self.write_problems)
        self.stdout.write("Fixtures: " + ", ".join(f"{number} {action}" for action, number in report.counts.items()))
        self.stdout.write(f"Pictures stored: {store_pictures(files)}")
        self.stdout.write("Accounts for /admin/:")
        for account in create_accounts():
            password = account.password or "(unchanged; to reset: manage.py changepassword " + account.name + ")"
            self.stdout.write(f"  {account.name:<10} {account.role:<14} {password}")
        if not report.is_complete:
            raise CommandError("some fixtures were rejected, see above")

    def write_problems(self, outcome: Outcome) -> None:
        for line in outcome.lines():
            self.stderr.write(line)
