"""How many stories each topic has, counted by the places that stand beside it (articles/db/triggers/topic_order.py)."""

from django.db.models import OuterRef

from articles.models import ArticleTopic
from desk.reports.counting import CountUpTo


def with_numbers(topics):
    """Annotate each topic with `stories` and `out`, those of them that are published, as CountUpTo has them."""
    links = ArticleTopic.objects.filter(tag=OuterRef("pk"))
    return topics.annotate(stories=CountUpTo(links), out=CountUpTo(links.filter(published=True)))
