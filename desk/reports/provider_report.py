"""Figures of providers: how many stories they send, how many of these are published, and of what quality they are."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import TruncWeek
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Conflict
from desk.reports import counting
from desk.reports.counting import CountUpTo
from providers.models import Provider
from providers.querysets import ProviderQuerySet

# Shares and qualities are those of the newest stories: the current counts, and the size of the archive does not matter.
NEWEST_OF_ALL = 20_000
NEWEST_OF_ONE = 2_000
WEEKS = 13
# Bands of quality, the same as in the filter of the list of stories: from the first number, to below the second.
BANDS = ((0, 40), (40, 60), (60, 80), (80, 90), (90, None))


@dataclass
class RecentStories:
    """A provider's stories in a window: how many, how many of them are published, and how often each quality occurs.

    `qualities` is {quality: number of stories}; stories without one are in `stories` alone.
    """

    stories: int = 0
    published: int = 0
    qualities: Counter[int] = field(default_factory=Counter)

    def add(self, number: int, quality: int | None, *, is_published: bool) -> None:
        """Count some stories of a quality, None for none."""
        self.stories += number
        self.published += number if is_published else 0
        if quality is not None:
            self.qualities[quality] += number

    @property
    def share(self) -> int | None:
        """The percentage of published stories, None where there are none."""
        return round(100 * self.published / self.stories) if self.stories else None

    @property
    def mean(self) -> float | None:
        """The mean quality, with one decimal; None where no story has one."""
        scored = self.qualities.total()
        return round(sum(quality * n for quality, n in self.qualities.items()) / scored, 1) if scored else None

    @property
    def median(self) -> int | None:
        """The median quality, the upper one of two in the middle; None where no story has one."""
        middle, passed = self.qualities.total() // 2, 0
        for quality in sorted(self.qualities):
            passed += self.qualities[quality]
            if passed > middle:
                return quality
        return None

    def bands(self) -> list[tuple[int, int | None, int]]:
        """Return [(low, high or None, number)] of the stories in each of BANDS; high is not in it."""
        return [
            (
                low,
                high,
                sum(n for quality, n in self.qualities.items() if low <= quality and (not high or quality < high)),
            )
            for low, high in BANDS
        ]


def with_story_counts(providers: ProviderQuerySet) -> ProviderQuerySet:
    """Annotate providers with `stories`, as CountUpTo counts, and `last_published_at`, the latest published one's."""
    stories = Article.objects.filter(provider=OuterRef("pk"))
    latest = stories.filter(published=True, dated_at__lte=timezone.now()).order_by("-dated_at").values("dated_at")[:1]
    return providers.annotate(stories=CountUpTo(stories), last_published_at=Subquery(latest))


def recent_by_provider() -> dict[int | None, RecentStories]:
    """Return {key of a provider: its RecentStories among the newest 20,000 of all providers}. One query."""
    newest = Article.objects.order_by("-dated_at", "-pk").values("pk")[:NEWEST_OF_ALL]
    rows = Article.objects.filter(pk__in=newest).order_by().values_list("provider", "published", "quality")
    by_provider: dict[int | None, RecentStories] = {}
    for provider, is_published, quality, number in rows.annotate(number=Count("pk")):
        by_provider.setdefault(provider, RecentStories()).add(number, quality, is_published=is_published)
    return by_provider


def recent_stories_of(provider: Provider) -> RecentStories:
    """Return the RecentStories of a provider's newest 2,000. One query."""
    newest = Article.objects.filter(provider=provider).order_by("-dated_at").values("pk")[:NEWEST_OF_ONE]
    rows = Article.objects.filter(pk__in=newest).order_by().values_list("published", "quality")
    recent = RecentStories()
    for is_published, quality, number in rows.annotate(number=Count("pk")):
        recent.add(number, quality, is_published=is_published)
    return recent


def conflicts_by_provider() -> dict[int, int]:
    """Return {key of a provider: the number of its stories with an open conflict}. One query."""
    # Selected from the conflicts, which are few; filtered by provider, the database would begin at the stories.
    conflicts = Conflict.objects.filter(settlement="").order_by().values_list("article__provider")
    return dict(conflicts.annotate(number=Count("article", distinct=True)))


def count_by_state(provider: Provider) -> dict[State, int]:
    """Return {State: number of a provider's stories} with every state, counted up to COUNT_LIMIT + 1. One query."""
    stories = Article.objects.filter(provider=OuterRef("pk"))
    counts = {state.value: CountUpTo(stories.filter(state=state), counting.COUNT_LIMIT) for state in State}
    (numbers,) = Provider.objects.filter(pk=provider.pk).annotate(**counts).values_list(*counts)
    return dict(zip(State, numbers, strict=True))


def published_by_week(provider: Provider) -> list[tuple[date, int]]:
    """Return [(Monday, number)] of a provider's published stories in the last thirteen weeks. One query."""
    today = timezone.localdate()
    mondays = [today - timedelta(days=today.weekday(), weeks=number) for number in reversed(range(WEEKS))]
    since = timezone.make_aware(datetime.combine(mondays[0], time.min))
    stories = provider.articles.filter(published=True, dated_at__gte=since, dated_at__lte=timezone.now())
    rows = stories.order_by().annotate(week=TruncWeek("dated_at")).values_list("week").annotate(number=Count("pk"))
    numbers = {week.date(): number for week, number in rows}
    return [(monday, numbers.get(monday, 0)) for monday in mondays]
