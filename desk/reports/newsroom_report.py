"""What a desk wants to know at a glance. Every figure is read from an index, or of the last fortnight alone."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from articles.choices import State
from articles.importing.batches import PRESUMED_DEAD_AFTER
from articles.models import Article, ArticleTopic, BulkChange, Conflict, ImportBatch

DAYS = 14
MOST_ROWS = 8
MOST_BATCHES = 5


def figures():
    """Return what the dashboard shows, as a dict. Thirteen queries, whatever the size of the newsroom."""
    now = timezone.now()
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    end_of_day = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    inbox = Article.objects.filter(state=State.INBOX)
    out = Article.objects.filter(published=True, visible_from__gte=since, visible_from__lte=now)
    scheduled = Article.objects.filter(published=True, visible_from__gt=now).order_by("visible_from")
    today = scheduled.filter(visible_from__lte=end_of_day)
    return {
        "inbox": inbox.count(),
        "oldest": inbox.aggregate(oldest=Min("dated_at"))["oldest"],
        "in_review": Article.objects.filter(state=State.IN_REVIEW).count(),
        # Stories, as the list counts them; one may have several.
        "conflicts": Conflict.objects.filter(settlement="").aggregate(n=Count("article", distinct=True))["n"],
        "scheduled": list(today.only("title", "visible_from")[:MOST_ROWS]),
        "scheduled_today": today.count(),
        "scheduled_later": scheduled.filter(visible_from__gt=end_of_day).count(),
        "days": per_day(out, since),
        "providers": top(out.exclude(provider=None), "provider", "provider__name"),
        "topics": top(ArticleTopic.objects.filter(content_object__in=out), "tag", "tag__name"),
        "batches": list(ImportBatch.objects.select_related("actor")[:MOST_BATCHES]),
        "failed": failed(now),
    }


def per_day(out, since):
    """Return [(day, number)] of the stories that readers first saw on each of the last fourteen days."""
    counted = Counter(
        dict(out.annotate(day=TruncDate("visible_from")).order_by().values_list("day").annotate(Count("pk")))
    )
    days = [since.date() + timedelta(days=number) for number in range(DAYS)]
    return [(day, counted[day]) for day in days]


def top(rows, key, name):
    """Return the [(key, name, number)] of what is counted most."""
    counted = rows.order_by().values_list(key, name).annotate(number=Count("pk"))
    return list(counted.order_by("-number", name)[:MOST_ROWS])


def failed(now):
    """Return the imports and bulk changes of the last week that were cut off or whose process is gone, newest first."""
    since, silent = now - timedelta(days=7), Q(alive_at__lt=now - PRESUMED_DEAD_AFTER)
    undoing = Q(undo_started_at__isnull=False, state=ImportBatch.State.FINISHED)
    stopped = Q(state=ImportBatch.State.INTERRUPTED) | silent & (Q(state=ImportBatch.State.RUNNING) | undoing)
    cut_off = Q(state=BulkChange.State.INTERRUPTED) | silent & Q(
        state__in=(BulkChange.State.RUNNING, BulkChange.State.QUEUED)
    )
    batches = ImportBatch.objects.filter(stopped, started_at__gte=since)
    changes = BulkChange.objects.filter(cut_off, created_at__gte=since)
    return {"batches": list(batches[:MOST_BATCHES]), "changes": list(changes[:MOST_BATCHES])}
