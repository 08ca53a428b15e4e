from django.core.management.base import BaseCommand, CommandError

from demo.loading import draw_missing_pictures, load_fixtures
from newsroom.accounts import create_accounts


class Command(BaseCommand):
    help = "Load the fixtures, draw their pictures, and create an administrator, an editor and a reporter."

    def handle(self, **options):
        report = load_fixtures(notify=self.tell)
        self.stdout.write("Fixtures: " + ", ".join(f"{number} {action}" for action, number in report.counts.items()))
        self.stdout.write(f"Pictures drawn: {draw_missing_pictures()}")
        self.stdout.write("Accounts for /admin/:")
        for account in create_accounts():
            password = account.password or "(kept; new one: manage.py changepassword " + account.name + ")"
            self.stdout.write(f"  {account.name:<10} {account.role:<14} {password}")
        if not report.is_complete:
            raise CommandError("some fixtures were rejected, see above")

    def tell(self, outcome):
        for line in outcome.lines():
            self.stderr.write(line)
