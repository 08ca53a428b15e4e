"""Sitemaps: an index, pages, the stories of each month, and Google's news of the last two days."""

from datetime import date, timedelta
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles.models import Article, Topic
from articles.sanitising import plain_text
from articles.story_urls import reader_url
from newsroom.addresses import full_url
from providers.models import Provider
from reader.feeds import writable
from reader.page_cache import shared_page
from reader.views.archive import Span, first_and_last_day, month_of, with_stories

SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS_SCHEMA = "http://www.google.com/schemas/sitemap-news/0.9"
# Limits of the protocols.
MAX_ADDRESSES = 50_000
MAX_NEWS = 1000
NEWS_AGE = timedelta(days=2)
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
MONTHS_LISTED = 600
MONTHS_AT_ONCE = 120


@require_safe
@shared_page
def index(request: HttpRequest) -> HttpResponse:
    """List all sitemaps."""
    paths = [
        reverse("sitemap-pages"),
        reverse("sitemap-news"),
        *(reverse("sitemap-month", args=month.names[:2]) for month in months()),
    ]
    items = "".join(f"<sitemap><loc>{address(request, path)}</loc></sitemap>" for path in paths)
    return xml(f'<sitemapindex xmlns="{SCHEMA}">{items}</sitemapindex>')


def months() -> list[Span]:
    """Return the months with visible stories, newest first."""
    days = first_and_last_day()
    if not days:
        return []
    first, last = days
    spans = [month_of(last)]
    while spans[-1].begin > first and len(spans) < MONTHS_LISTED:
        spans.append(month_of(spans[-1].begin - timedelta(days=1)))
    return [
        month
        for begin in range(0, len(spans), MONTHS_AT_ONCE)
        for month in with_stories(spans[begin : begin + MONTHS_AT_ONCE])
    ]


@require_safe
@shared_page
def pages(request: HttpRequest) -> HttpResponse:
    """List the pages other than stories: the front page, topics, providers, the archive."""
    paths = [reverse(name) for name in ("front-page", "topic-list", "provider-list", "archive", "about")]
    topics = Topic.objects.for_readers().order_by("pk")[: MAX_ADDRESSES // 2]
    providers = Provider.objects.active().with_visible_stories().order_by("pk")[: MAX_ADDRESSES // 3]
    paths += [listed.get_absolute_url() for listed in (*topics.only("slug"), *providers.only("slug"))]
    return urls("".join(f"<url><loc>{address(request, path)}</loc></url>" for path in paths))


@require_safe
@shared_page
def month(request: HttpRequest, year: str, month: str) -> HttpResponse:
    """List the stories of a month, the newest fifty thousand at most."""
    try:
        span = month_of(date(int(year), int(month), 1))
    except (ValueError, OverflowError):
        raise Http404("There is no such month.") from None
    stories = span.stories().values_list("url_date", "slug", "updated_at")[:MAX_ADDRESSES]
    items = [
        f"<url><loc>{address(request, reader_url(day, slug))}</loc><lastmod>{changed:{MOMENT}}</lastmod></url>"
        for day, slug, changed in stories
    ]
    if not items:
        raise Http404("There are no stories from that month.")
    return urls("".join(items))


@require_safe
@shared_page
def news(request: HttpRequest) -> HttpResponse:
    """List the dated stories of the last two days for Google News."""
    stories = Article.objects.visible().dated().latest_first().filter(dated_at__gte=timezone.now() - NEWS_AGE)
    items = stories.values_list("url_date", "slug", "title", "dated_at", "locale")[:MAX_NEWS]
    # Stored times are UTC, which MOMENT writes as Z.
    return urls(
        "".join(
            f"<url><loc>{address(request, reader_url(day, slug))}</loc><news:news><news:publication>"
            f"<news:name>{escape(settings.SITE_NAME)}</news:name><news:language>{language_of(locale)}</news:language>"
            f"</news:publication><news:publication_date>{dated:{MOMENT}}</news:publication_date>"
            f"<news:title>{escape(writable(plain_text(title)))}</news:title></news:news></url>"
            for day, slug, title, dated, locale in items
        ),
        f' xmlns:news="{NEWS_SCHEMA}"',
    )


def language_of(locale: str) -> str:
    """Return the language of a locale in Google's form: two or three letters, Chinese by its script."""
    language = locale.replace("_", "-").lower()
    if language.startswith("zh"):
        return "zh-tw" if language.endswith(("tw", "hk", "hant")) else "zh-cn"
    code = language.partition("-")[0]
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else (get_language() or "")[:2]


def address(request: HttpRequest, path: str) -> str:
    """Return the full URL of a path, percent-encoded and escaped for XML."""
    return escape(full_url(request, path))


def urls(items: str, names: str = "") -> HttpResponse:
    return xml(f'<urlset xmlns="{SCHEMA}"{names}>{items}</urlset>')


def xml(text: str) -> HttpResponse:
    return HttpResponse(PROLOGUE + text, content_type="application/xml; charset=utf-8")
