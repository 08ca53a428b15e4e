"""Filters and functions of the reader site's templates: texts, times, URLs."""

import json
import re
from datetime import UTC, timedelta
from functools import lru_cache

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from articles import sanitising
from articles.canonical_urls import language_tag, linkable
from articles.choices import Kind
from articles.documents.durations import ISO, number_of
from articles.search.highlighting import highlighted, snippet
from newsroom.addresses import full_url

RELATIVE_UNTIL = timedelta(days=7)
NOTHING, MINUTE = timedelta(0), timedelta(minutes=1)
# In minutes.
HOUR, DAY = 60, 24 * 60
EXCERPT_WORDS = 60
TERRITORY = re.compile(r"([a-zA-Z]{2})_([a-zA-Z]{2})")
# Open Graph's locales of the site's languages.
LOCALES = {"en": "en_US", "de": "de_DE"}


def plain(text):
    """Return a text of upstream without tags and entities; the template escapes it."""
    return sanitising.plain_text(text or "")


def teaser(excerpt):
    """Return an excerpt without tags and entities, with an ellipsis if it ends in mid-sentence."""
    return sanitising.teaser(excerpt or "")


def body_html(body):
    """Return a story's body as safe HTML."""
    return sanitising.body_html(body or "")


def age(when):
    """Return the age of a time, "3 hours ago"; its date if it is more than a week ago or in the future."""
    return relative_age(when) or date_format(site_time(when), pgettext("format of a date in short", "j M Y"))


def relative_age(when):
    """Return the age of a time, "3 hours ago"; "" if it is more than a week ago or in the future."""
    minutes = minutes_ago(when, timezone.now())
    return "" if minutes is None else describe_age(minutes, get_language())


def day_in_full(day):
    """Return a day with its name, "Friday, 20 November 2026"."""
    return date_format(day, pgettext("format of a day in full", "l, j F Y"))


def minutes_ago(when, now):
    """Return the age of a time in minutes, rounded to the unit that is shown; None where its date is shown."""
    elapsed = now - when
    if elapsed < NOTHING or elapsed > RELATIVE_UNTIL:
        return None
    minutes = elapsed // MINUTE
    unit = DAY if minutes >= DAY else HOUR if minutes >= HOUR else 1
    return minutes // unit * unit


@lru_cache(maxsize=1024)
def describe_age(minutes, language):
    """Return "3 hours ago". Whole phrases are translated, as German inflects the noun after "vor"."""
    if not minutes:
        return _("just now")
    if minutes < HOUR:
        text, count = ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes), minutes
    elif minutes < DAY:
        text, count = ngettext("%(count)d hour ago", "%(count)d hours ago", minutes // HOUR), minutes // HOUR
    else:
        text, count = ngettext("%(count)d day ago", "%(count)d days ago", minutes // DAY), minutes // DAY
    return text % {"count": count}


def exact_times(when):
    """Return a time as (ISO 8601, text for people)."""
    return format_time(when, get_language(), timezone.get_current_timezone_name())


@lru_cache(maxsize=4096)
def format_time(when, language, zone):
    local = site_time(when)
    return local.isoformat(timespec="minutes"), date_format(
        local, pgettext("format of a time in full", "l, j F Y, H:i T")
    )


def site_time(when):
    """Return a time in the site's time zone; in UTC at the ends of the calendar, where conversion overflows."""
    try:
        return timezone.localtime(when)
    except OverflowError:
        return when.astimezone(UTC)


def format_now(format_string):
    """Return the current time in the site's time zone, in a format of Django's."""
    return date_format(timezone.localtime(), format_string)


def headline_size(title):
    """Return the CSS class, after a space, of a long headline; "" for one of common length."""
    length = len(plain(title))
    return " headline-longest" if length > 160 else " headline-long" if length > 90 else ""


def duration(length):
    """Return a timedelta as "3 hours, 20 minutes"; seconds only if it is shorter than a minute."""
    if length < timedelta(minutes=1):
        seconds = max(int(length.total_seconds()), 0)
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    begin = timezone.now()
    return timesince(begin, begin + length)


def describe_duration(text):
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


def passage(story, query):
    """Return the part of a story's excerpt or body that matches a Query; else the excerpt's beginning."""
    texts = [teaser(story.excerpt), plain(story.body)]
    return snippet([text for text in texts if text], query)


def query_with(request, **changes):
    """Return this page's query string with some parameters replaced; None removes one."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


JSON_IN_HTML = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def json_ld(data):
    """Return structured data as a script element, whose end the data cannot contain; browsers do not run it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(JSON_IN_HTML)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


def in_full(path, request):
    """Return the full URL of a path of this site."""
    return full_url(request, path)


def open_graph_locale(locale):
    """Return a story's locale, else the page's, as Open Graph wants it: "pt_BR"; "" if its territory is unknown."""
    match = TERRITORY.fullmatch((locale or "").replace("-", "_"))
    if match:
        return f"{match[1].lower()}_{match[2].upper()}"
    return LOCALES.get((locale or get_language())[:2].lower(), "")


def kind_label(kind):
    """Return the label of a story's type."""
    return Kind(kind).label


def first_letter(text):
    """Return the letter that is shown in place of a picture; "" for no text."""
    return text[:1]


def limit_words(text):
    """Return as many words of an excerpt as a card has room for."""
    # A shorter text cannot have more words.
    return text if len(text) < 2 * EXCERPT_WORDS else Truncator(text).words(EXCERPT_WORDS)


def limit_length(text, length):
    """Return a text of at most `length` characters, the last of them "…" if it was longer."""
    return text if len(text) <= length else Truncator(text).chars(length)


def file_url(file):
    """Return the URL of a stored file by its name."""
    return default_storage.url(file)


FUNCTIONS = {"exact_times": exact_times, "format_now": format_now, "query_with": query_with}
FILTERS = {
    "plain": plain,
    "teaser": teaser,
    "body_html": body_html,
    "web_url": linkable,
    "age": age,
    "relative_age": relative_age,
    "day_in_full": day_in_full,
    "headline_size": headline_size,
    "duration": duration,
    "describe_duration": describe_duration,
    "highlighted": highlighted,
    "passage": passage,
    "json_ld": json_ld,
    "in_full": in_full,
    "file_url": file_url,
    "kind_label": kind_label,
    "first_letter": first_letter,
    "limit_words": limit_words,
    "limit_length": limit_length,
    "language_tag": language_tag,
    "open_graph_locale": open_graph_locale,
}
