"""The figures of the dashboard. Each is read from an index, or covers the last fortnight only."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from articles.choices import State
from articles.importing.batches import PRESUMED_DEAD_AFTER
from articles.models import Article, ArticleTopic, BulkChange, Conflict, ImportBatch, PossibleDuplicate
from articles.querysets import ArticleQuerySet

DAYS = 14
ROWS_SHOWN = 8
BATCHES_SHOWN = 5


def dashboard_figures() -> dict[str, Any]:
    """Return what the dashboard shows, as a dict. Fourteen queries, for any number of stories."""
    now = timezone.now()
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    end_of_day = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    inbox = Article.objects.filter(state=State.INBOX)
    recent = Article.objects.filter(published=True, visible_from__gte=since, visible_from__lte=now)
    scheduled = Article.objects.filter(published=True, visible_from__gt=now).order_by("visible_from")
    today = scheduled.filter(visible_from__lte=end_of_day)
    return {
        "inbox": inbox.count(),
        "oldest": inbox.aggregate(oldest=Min("dated_at"))["oldest"],
        "in_review": Article.objects.filter(state=State.IN_REVIEW).count(),
        # Stories, as the list counts them; one may have several.
        "conflicts": Conflict.objects.filter(settlement="").aggregate(n=Count("article", distinct=True))["n"],
        "duplicates": PossibleDuplicate.objects.open().count(),
        "scheduled": list(today.only("title", "visible_from")[:ROWS_SHOWN]),
        "scheduled_today": today.count(),
        "scheduled_later": scheduled.filter(visible_from__gt=end_of_day).count(),
        "days": count_by_day(recent, since),
        "providers": most_frequent(recent.exclude(provider=None), "provider", "provider__name"),
        "topics": most_frequent(ArticleTopic.objects.filter(content_object__in=recent), "tag", "tag__name"),
        "batches": list(ImportBatch.objects.select_related("actor")[:BATCHES_SHOWN]),
        "failed": recent_failures(now),
    }


def count_by_day(stories: ArticleQuerySet, since: datetime) -> list[tuple[date, int]]:
    """Return [(day, number)] of stories by `visible_from`, for fourteen days."""
    rows = stories.annotate(day=TruncDate("visible_from")).order_by().values_list("day").annotate(Count("pk"))
    numbers = Counter(dict(rows))
    days = [since.date() + timedelta(days=number) for number in range(DAYS)]
    return [(day, numbers[day]) for day in days]


def most_frequent(rows: QuerySet[Any], key: str, name: str) -> list[tuple[int, str, int]]:
    """Return the [(key, name, number)] that occur most often in rows."""
    counts = rows.order_by().values_list(key, name).annotate(number=Count("pk"))
    return list(counts.order_by("-number", name)[:ROWS_SHOWN])


def recent_failures(now: datetime) -> dict[str, list[Any]]:
    """Return the imports and bulk changes of the last week that were interrupted or have crashed, newest first."""
    since, is_silent = now - timedelta(days=7), Q(alive_at__lt=now - PRESUMED_DEAD_AFTER)
    is_undoing = Q(undo_started_at__isnull=False, state=ImportBatch.State.FINISHED)
    has_crashed = Q(state=ImportBatch.State.INTERRUPTED) | is_silent & (Q(state=ImportBatch.State.RUNNING) | is_undoing)
    is_interrupted = Q(state=BulkChange.State.INTERRUPTED) | is_silent & Q(
        state__in=(BulkChange.State.RUNNING, BulkChange.State.QUEUED)
    )
    batches = ImportBatch.objects.filter(has_crashed, started_at__gte=since)
    changes = BulkChange.objects.filter(is_interrupted, created_at__gte=since)
    return {"batches": list(batches[:BATCHES_SHOWN]), "changes": list(changes[:BATCHES_SHOWN])}
