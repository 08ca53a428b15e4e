"""What a desk wants to know of its providers: how much they send, how much of it goes out, and how good it is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import TruncWeek
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Conflict
from desk.reports import counting
from desk.reports.counting import CountUpTo

# Rates and qualities are those of the newest stories: what a provider sends now counts, and the archive costs nothing.
NEWEST_OF_ALL = 20_000
NEWEST_OF_ONE = 2_000
WEEKS = 13
# The bands of quality by which the list of stories can be filtered, too: from, and up to but without.
BANDS = ((0, 40), (40, 60), (60, 80), (80, 90), (90, None))


@dataclass
class Lately:
    """Of a provider's stories in a window: how many, how many of them are published, and how often each quality comes.

    `qualities` is {quality: number of stories}; stories without one are in `stories` alone.
    """

    stories: int = 0
    published: int = 0
    qualities: Counter = field(default_factory=Counter)

    @property
    def share(self):
        """How many of a hundred stories are published, None where there are none."""
        return round(100 * self.published / self.stories) if self.stories else None

    @property
    def mean(self):
        """The mean quality, with one decimal; None where no story has one."""
        scored = self.qualities.total()
        return round(sum(quality * n for quality, n in self.qualities.items()) / scored, 1) if scored else None

    @property
    def median(self):
        """The quality that half of the scored stories do not reach, the upper one of two in the middle; or None."""
        middle, passed = self.qualities.total() // 2, 0
        for quality in sorted(self.qualities):
            passed += self.qualities[quality]
            if passed > middle:
                return quality
        return None

    def bands(self):
        """Return [(low, high or None, number)] of the stories in each of BANDS; high is not in it."""
        return [
            (
                low,
                high,
                sum(n for quality, n in self.qualities.items() if low <= quality and (not high or quality < high)),
            )
            for low, high in BANDS
        ]


def with_numbers(providers):
    """Annotate providers with `stories`, as CountUpTo has them, and `last_out`, the time of the last published one."""
    stories = Article.objects.filter(provider=OuterRef("pk"))
    last = stories.filter(published=True, dated_at__lte=timezone.now()).order_by("-dated_at").values("dated_at")[:1]
    return providers.annotate(stories=CountUpTo(stories), last_out=Subquery(last))


def lately():
    """Return {key of a provider: its Lately} of the newest 20,000 stories. One query."""
    newest = Article.objects.order_by("-dated_at", "-pk").values("pk")[:NEWEST_OF_ALL]
    rows = Article.objects.filter(pk__in=newest).order_by().values_list("provider", "published", "quality")
    found = {}
    for provider, published, quality, number in rows.annotate(number=Count("pk")):
        add(found.setdefault(provider, Lately()), published, quality, number)
    return found


def lately_of(provider):
    """Return the Lately of the newest 2,000 stories of a provider. One query."""
    newest = Article.objects.filter(provider=provider).order_by("-dated_at").values("pk")[:NEWEST_OF_ONE]
    rows = Article.objects.filter(pk__in=newest).order_by().values_list("published", "quality")
    found = Lately()
    for published, quality, number in rows.annotate(number=Count("pk")):
        add(found, published, quality, number)
    return found


def add(lately, published, quality, number):
    lately.stories += number
    lately.published += number if published else 0
    if quality is not None:
        lately.qualities[quality] += number


def conflicts_by_provider():
    """Return {key of a provider: the number of its stories with an open conflict}. One query."""
    # From the conflicts, which are few; asked for by provider, the database would begin at the stories.
    opened = Conflict.objects.filter(settlement="").order_by().values_list("article__provider")
    return dict(opened.annotate(number=Count("article", distinct=True)))


def by_state(provider):
    """Return {State: number of stories} of a provider, every state there, counted up to COUNTED + 1. One query."""
    stories = Article.objects.filter(provider=OuterRef("pk"))
    counts = {state.value: CountUpTo(stories.filter(state=state), counting.COUNTED) for state in State}
    (numbers,) = type(provider).objects.filter(pk=provider.pk).annotate(**counts).values_list(*counts)
    return dict(zip(State, numbers, strict=True))


def out_by_week(provider):
    """Return [(Monday, number)] of a provider's published stories, the last thirteen weeks by their time. One query."""
    today = timezone.localdate()
    mondays = [today - timedelta(days=today.weekday(), weeks=number) for number in reversed(range(WEEKS))]
    since = timezone.make_aware(timezone.datetime.combine(mondays[0], timezone.datetime.min.time()))
    out = provider.articles.filter(published=True, dated_at__gte=since, dated_at__lte=timezone.now())
    rows = out.order_by().annotate(week=TruncWeek("dated_at")).values_list("week").annotate(number=Count("pk"))
    counted = {week.date(): number for week, number in rows}
    return [(monday, counted.get(monday, 0)) for monday in mondays]
