from django.core.management.base import BaseCommand

from articles.ranking import rerank


class Command(BaseCommand):
    help = "Recompute every story's rank after RANK_HALF_LIFE_HOURS has changed."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"{rerank():,} ranks changed")
