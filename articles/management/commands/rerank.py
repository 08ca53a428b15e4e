from django.core.management.base import BaseCommand

from articles.ranking import rerank


class Command(BaseCommand):
    help = "Write every story's rank anew, after RANK_HALF_LIFE_HOURS has changed."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"{rerank()} ranks changed")
