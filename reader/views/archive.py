"""The archive by year, month and day. Days are those of the site (TIME_ZONE), as in the addresses of stories."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import MAXYEAR, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import BooleanField, DateTimeField, Exists
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.models import Article
from articles.querysets import ArticleQuerySet, Now
from articles.site_days import day_of_site, midnight
from newsroom.db.compiled_queries import CompiledQuery, Param, query_family
from newsroom.pagination import NOW
from reader.page_cache import shared_page
from reader.story_pages import page_of, paginated

PAGE_LENGTH = 50
MAX_YEARS = 60
LAST_DAY = date(MAXYEAR - 1, 12, 31)
YEARS_WITH_MONTHS = 5


class Span(NamedTuple):
    """A year, month or day of the archive: its first day, the first day after it, its kind and its address."""

    kind: str
    begin: date
    end: date

    @property
    def url(self) -> str:
        return reverse(f"archive-{self.kind}", args=self.names[: ("year", "month", "day").index(self.kind) + 1])

    @property
    def names(self) -> list[str]:
        """Year, month and day of its first day as in addresses, with four digits for the year."""
        return self.begin.isoformat().split("-")

    @property
    def parents(self) -> "list[Span]":
        """The wider spans that contain it: the year, then the month."""
        wider = {"day": [month_of, year_of], "month": [year_of], "year": []}[self.kind]
        return [span(self.begin) for span in reversed(wider)]

    @property
    def parts(self) -> "list[Span]":
        """The months of a year or the days of a month."""
        if self.kind == "year":
            return [month_of(self.begin.replace(month=month)) for month in range(1, 13)]
        if self.kind == "month":
            days = monthrange(self.begin.year, self.begin.month)[1]
            return [day_of(self.begin.replace(day=day)) for day in range(1, days + 1)]
        return []

    @property
    def bounds(self) -> dict[str, datetime]:
        """The first moment of the span and the first after it, by name."""
        return {"since": midnight(self.begin), "until": midnight(self.end)}

    def stories(self) -> ArticleQuerySet:
        """The visible stories of the span, newest first."""
        return stories_between(**self.bounds).latest_first()


def stories_between(since: Now, until: Now, now: Now | None = None) -> ArticleQuerySet:
    return Article.objects.visible(now).filter(dated_at__gte=since, dated_at__lt=until)


@paginated
def stories_of_span() -> ArticleQuerySet:
    return stories_between(Param("since", DateTimeField()), Param("until", DateTimeField()), NOW)


def year_of(day: date) -> Span:
    return Span("year", day.replace(month=1, day=1), date(day.year + 1, 1, 1))


def month_of(day: date) -> Span:
    begin = day.replace(day=1)
    return Span("month", begin, (begin + timedelta(days=31)).replace(day=1))


def day_of(day: date) -> Span:
    return Span("day", day, day + timedelta(days=1))


def first_and_last_day() -> tuple[date, date] | None:
    """Return the days of the oldest and the newest visible story, or None if there is none. Two queries.

    The last year of the calendar is left out, as its spans would have no end.
    """
    stories = Article.objects.visible()
    newest, oldest = (
        ordered.values_list("dated_at", flat=True)[:1]
        for ordered in (stories.latest_first(), stories.order_by("dated_at", "pk"))
    )
    if not newest:
        return None
    first, last = (min(day_of_site(moment), LAST_DAY) for moment in (oldest[0], newest[0]))
    return first, last


@require_safe
@shared_page
def archive(request: HttpRequest) -> HttpResponse:
    """Show the years with stories, the newest sixty at most, and the months of the newest five."""
    days = first_and_last_day()
    years: list[Span] = []
    if days:
        first, last = (day.year for day in days)
        candidates = range(last, max(first, last - MAX_YEARS + 1) - 1, -1)
        years = with_stories([year_of(date(year, 1, 1)) for year in candidates])
    latest = years[:YEARS_WITH_MONTHS]
    months = with_stories([month for year in latest for month in year.parts])
    by_year = [(year, [month for month in months if month.begin.year == year.begin.year]) for year in years]
    return render(request, "archive.html", {"years": by_year})


@require_safe
@shared_page
def archive_span(request: HttpRequest, year: str, month: str = "", day: str = "") -> HttpResponse:
    """Show the stories of a year, a month or a day, newest first; `?before=` begins a later page."""
    try:
        begin = date(int(year), int(month or 1), int(day or 1))
        span = day_of(begin) if day else month_of(begin) if month else year_of(begin)
    except (ValueError, OverflowError):
        raise Http404("There is no such day.") from None
    before = request.GET.get("before", "")
    page = page_of(stories_of_span, before, PAGE_LENGTH, **span.bounds)
    context = {"span": span, "page": page, "parts": with_stories(span.parts), "is_first_page": not before}
    # A span without stories does not exist.
    return render(request, "archive_span.html", context, status=200 if page.stories or before else 404)


def with_stories(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that have a visible story. One query."""
    if not spans:
        return []
    bounds = {f"{name}_{number}": when for number, span in enumerate(spans) for name, when in span.bounds.items()}
    rows = spans_with_stories(len(spans)).rows(now=timezone.now(), **bounds)
    return [span for span, has_stories in zip(spans, rows[0], strict=True) if has_stories] if rows else []


@query_family(maxsize=256)
def spans_with_stories(count: int) -> CompiledQuery:
    """Return the CompiledQuery for one row: for each of `count` spans whether it has a visible story."""

    def has_stories(number: int) -> Exists:
        since, until = (Param(f"{name}_{number}", DateTimeField()) for name in ("since", "until"))
        return Exists(stories_between(since, until, NOW))

    exists = {f"span_{number}": has_stories(number) for number in range(count)}
    types = dict.fromkeys(exists, BooleanField())
    return CompiledQuery(lambda: Article.objects.order_by().annotate(**exists)[:1], (*exists,), types=types)
