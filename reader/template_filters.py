"""Filters and functions of the reader site's templates: texts, times, URLs."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext

from articles import sanitising
from articles.canonical_urls import language_tag, linkable_url
from articles.choices import Kind
from articles.documents.durations import ISO, number_of
from articles.search import Query
from articles.search.highlighting import highlighted, snippet
from newsroom.addresses import full_url
from newsroom.dates import (
    brief_time,
    format_day_in_full,
    format_duration,
    format_long_day,
    format_month,
    format_month_name,
    format_time,
    format_weekday,
    local_time,
    relative_time,
    time_ago,
)
from newsroom.numbers import format_number
from reader.cards import Card
from reader.picture_markup import first_pictured, fitting, logo_of, markup_of, shared_picture
from reader.picture_texts import alt_text, caption

EXCERPT_WORDS = 60
TERRITORY = re.compile(r"([a-zA-Z]{2})_([a-zA-Z]{2})")
# Open Graph's locales of the site's languages.
LOCALES = {"en": "en_US", "de": "de_DE"}


def plain(text: str | None) -> str:
    """Return a text of upstream without tags and entities; the template escapes it."""
    return sanitising.plain_text(text or "")


def teaser(excerpt: str | None) -> str:
    """Return an excerpt without tags and entities, with an ellipsis if it ends in mid-sentence."""
    return sanitising.teaser(excerpt or "")


def body_html(body: str | None) -> SafeString:
    """Return a story's body as safe HTML."""
    return sanitising.body_html(body or "")


def format_time_pair(when: datetime) -> tuple[str, str]:
    """Return a time as (ISO 8601, readable text)."""
    return cached_time_pair(when, get_language(), timezone.get_current_timezone_name())


@lru_cache(maxsize=4096)
def cached_time_pair(when: datetime, language: str | None, zone: str) -> tuple[str, str]:
    return local_time(when).isoformat(timespec="minutes"), format_time(when)


def headline_size(title: str) -> str:
    """Return the CSS class, after a space, of a long headline; "" for one of common length."""
    length = len(plain(title))
    return " headline-longest" if length > 160 else " headline-long" if length > 90 else ""


def describe_duration_text(text: str) -> str:
    """Return "1 year, 6 months" for P1Y6M, which is no fixed timedelta; any other text as it is."""
    iso = ISO.fullmatch(text)
    counts = {unit: number_of(number) for unit, number in iso.groupdict().items() if number} if iso else {}
    if not counts or any(isinstance(count, float) for count in counts.values()):
        return sanitising.plain_text(text)
    phrases = {
        "years": lambda number: ngettext("%(num)d year", "%(num)d years", number),
        "months": lambda number: ngettext("%(num)d month", "%(num)d months", number),
        "weeks": lambda number: ngettext("%(num)d week", "%(num)d weeks", number),
        "days": lambda number: ngettext("%(num)d day", "%(num)d days", number),
        "hours": lambda number: ngettext("%(num)d hour", "%(num)d hours", number),
        "minutes": lambda number: ngettext("%(num)d minute", "%(num)d minutes", number),
        "seconds": lambda number: ngettext("%(num)d second", "%(num)d seconds", number),
    }
    return ", ".join(phrases[unit](count) % {"num": count} for unit, count in counts.items() if count)


def passage(story: Card, query: Query) -> str:
    """Return the part of a story's excerpt or body that matches a Query; else the excerpt's beginning."""
    texts = [teaser(story.excerpt), plain(story.body)]
    return snippet([text for text in texts if text], query)


def query_with(request: HttpRequest, **changes: str | None) -> str:
    """Return this page's query string with some parameters replaced; None removes one."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


JSON_IN_HTML = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def json_ld(data: Any) -> SafeString:
    """Return structured data as a script element, whose end the data cannot contain; browsers do not run it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(JSON_IN_HTML)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


def in_full(path: str, request: HttpRequest) -> str:
    """Return the full URL of a path of this site."""
    return full_url(request, path)


def open_graph_locale(locale: str | None) -> str:
    """Return a story's locale, else the page's, as Open Graph requires it: "pt_BR"; "" if its territory is unknown."""
    match = TERRITORY.fullmatch((locale or "").replace("-", "_"))
    if match:
        return f"{match[1].lower()}_{match[2].upper()}"
    return LOCALES.get((locale or get_language() or "")[:2].lower(), "")


def kind_label(kind: str) -> str:
    """Return the label of a story's type."""
    return str(Kind(kind).label)


def limit_words(text: str) -> str:
    """Return as many words of an excerpt as a card has room for."""
    # A shorter text cannot have more words.
    return text if len(text) < 2 * EXCERPT_WORDS else Truncator(text).words(EXCERPT_WORDS)


def limit_length(text: str, length: int) -> str:
    """Return a text of at most `length` characters, the last of them "…" if it was longer."""
    return text if len(text) <= length else Truncator(text).chars(length)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "format_time_pair": format_time_pair,
    "local_now": timezone.localtime,
    "query_with": query_with,
    "first_pictured": first_pictured,
}
FILTERS: dict[str, Callable[..., Any]] = {
    "plain": plain,
    "teaser": teaser,
    "body_html": body_html,
    "web_url": linkable_url,
    "relative_time": relative_time,
    "time_ago": time_ago,
    "brief_time": brief_time,
    "weekday": format_weekday,
    "long_day": format_long_day,
    "day_in_full": format_day_in_full,
    "month": format_month,
    "month_name": format_month_name,
    "headline_size": headline_size,
    "format_duration": format_duration,
    "format_number": format_number,
    "describe_duration_text": describe_duration_text,
    "highlighted": highlighted,
    "passage": passage,
    "json_ld": json_ld,
    "in_full": in_full,
    "alt_text": alt_text,
    "caption": caption,
    "fitting": fitting,
    "logo_of": logo_of,
    "markup_of": markup_of,
    "shared_picture": shared_picture,
    "kind_label": kind_label,
    "limit_words": limit_words,
    "limit_length": limit_length,
    "language_tag": language_tag,
    "open_graph_locale": open_graph_locale,
}
