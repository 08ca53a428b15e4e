from django.db import migrations
from django.db.models import F, Max, OuterRef, Q, Subquery

from articles.ranking import rank

# So few in a transaction that nobody who edits meanwhile waits long.
ROWS_AT_ONCE = 2000


def in_batches(stories):
    """Yield the stories of `stories` by ranges of their keys."""
    last = stories.aggregate(last=Max("pk"))["last"] or 0
    for begin in range(0, last + 1, ROWS_AT_ONCE):
        yield stories.filter(pk__gte=begin, pk__lt=begin + ROWS_AT_ONCE)


def fill(apps, schema_editor):
    """Give stories that readers see, or have seen, the time at which they were published; undated ones lose their rank.

    Of a story that is not published now it cannot be known whether its time came before it was withdrawn, unless it was
    changed after that time.
    """
    Article, ArticleTopic = apps.get_model("articles", "Article"), apps.get_model("articles", "ArticleTopic")
    was_visible = Q(state="published") | Q(visible_from__lte=F("updated_at"))
    for stories in in_batches(Article.objects.using(schema_editor.connection.alias)):
        stories.filter(was_visible, first_visible_at=None, visible_from__isnull=False).update(
            first_visible_at=F("visible_from")
        )
        stories.filter(published_at=None, rank__isnull=False).update(rank=None)
        # On SQLite there are no triggers during a migration.
        story = Article.objects.filter(pk=OuterRef("content_object"))
        ArticleTopic.objects.using(schema_editor.connection.alias).filter(
            content_object__in=stories.filter(Q(first_visible_at__isnull=False) | Q(published_at=None)).values("pk")
        ).update(
            first_visible_at=Subquery(story.values("first_visible_at")[:1]), rank=Subquery(story.values("rank")[:1])
        )


def rank_undated_stories(apps, schema_editor):
    """Rank undated stories by the time they came in, as the constraint before this wants it."""
    Article = apps.get_model("articles", "Article")
    for stories in in_batches(Article.objects.using(schema_editor.connection.alias)):
        for story in stories.filter(published_at=None, heat__gt=-1, rank=None).only("heat", "dated_at"):
            Article.objects.filter(pk=story.pk).update(rank=rank(story.heat, story.dated_at))


class Migration(migrations.Migration):
    # Each batch is a transaction of its own.
    atomic = False

    dependencies = [("articles", "0023_indexes_of_types_and_pictures")]

    operations = [migrations.RunPython(fill, rank_undated_stories, atomic=False)]
