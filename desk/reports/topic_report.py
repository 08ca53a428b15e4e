"""How many stories each topic has, counted by the rows that the database keeps in order for its lists."""

from django.db.models import OuterRef

from articles.models import ArticleTopic
from articles.querysets import TopicQuerySet
from desk.reports.counting import CountUpTo


def with_story_counts(topics: TopicQuerySet) -> TopicQuerySet:
    """Annotate topics with `stories` and `published_stories`, as CountUpTo counts."""
    links = ArticleTopic.objects.filter(tag=OuterRef("pk"))
    return topics.annotate(stories=CountUpTo(links), published_stories=CountUpTo(links.filter(published=True)))
