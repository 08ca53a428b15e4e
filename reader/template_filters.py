"""What the paper's templates call to say things: texts, times, addresses."""

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

WORDS_UNTIL = timedelta(days=7)
NOTHING, MINUTE = timedelta(0), timedelta(minutes=1)
# In minutes.
HOUR, DAY = 60, 24 * 60
EXCERPT_WORDS = 60
TERRITORY = re.compile(r"([a-zA-Z]{2})_([a-zA-Z]{2})")
# Where a language of the site is at home, as far as Open Graph is concerned.
LOCALES = {"en": "en_US", "de": "de_DE"}


def plain(text):
    """Upstream's text without tags and entities; the template escapes it as any other text."""
    return sanitising.plain_text(text or "")


def teaser(excerpt):
    """An excerpt without tags and entities, marked where it was cut off in mid-sentence."""
    return sanitising.teaser(excerpt or "")


def body_html(body):
    """A story's body as safe HTML."""
    return sanitising.body_html(body or "")


def age(when):
    """The age of a time in words, "3 hours ago"; its date when it lies more than a week back or is to come."""
    return age_in_words(when) or date_format(on_the_site(when), pgettext("format of a date in short", "j M Y"))


def age_in_words(when):
    """The age of a time, "3 hours ago"; nothing when it lies more than a week back or is to come."""
    minutes = minutes_ago(when, timezone.now())
    return "" if minutes is None else ago(minutes, get_language())


def day_in_full(day):
    """A day with its name, "Friday, 20 November 2026"."""
    return date_format(day, pgettext("format of a day in full", "l, j F Y"))


def minutes_ago(when, now):
    """Return how long ago a time was, no more exact than words tell it; None where its date is told instead."""
    since = now - when
    if since < NOTHING or since > WORDS_UNTIL:
        return None
    minutes = since // MINUTE
    unit = DAY if minutes >= DAY else HOUR if minutes >= HOUR else 1
    return minutes // unit * unit


@lru_cache(maxsize=1024)
def ago(minutes, language):
    """Return in words that so many minutes have gone by: whole phrases, as German bends the word after "vor"."""
    if not minutes:
        return _("just now")
    if minutes < HOUR:
        words, count = ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes), minutes
    elif minutes < DAY:
        words, count = ngettext("%(count)d hour ago", "%(count)d hours ago", minutes // HOUR), minutes // HOUR
    else:
        words, count = ngettext("%(count)d day ago", "%(count)d days ago", minutes // DAY), minutes // DAY
    return words % {"count": count}


def times_of(when):
    """A time as (for machines, in full for people)."""
    return formatted(when, get_language(), timezone.get_current_timezone_name())


@lru_cache(maxsize=4096)
def formatted(when, language, zone):
    local = on_the_site(when)
    return local.isoformat(timespec="minutes"), date_format(
        local, pgettext("format of a time in full", "l, j F Y, H:i T")
    )


def on_the_site(when):
    """A time in the site's time zone; in UTC at the ends of the calendar, where that one has no such day."""
    try:
        return timezone.localtime(when)
    except OverflowError:
        return when.astimezone(UTC)


def now_as(format_string):
    """This moment in the site's time zone, in a format of Django's."""
    return date_format(timezone.localtime(), format_string)


def headline_size(title):
    """The class, after a space, that sets a long headline smaller; nothing for one of common length."""
    length = len(plain(title))
    return " headline-longest" if length > 160 else " headline-long" if length > 90 else ""


def duration(length):
    """A length of time in words, "3 hours, 20 minutes"; seconds only when it is shorter than a minute."""
    if length < timedelta(minutes=1):
        seconds = max(int(length.total_seconds()), 0)
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    begin = timezone.now()
    return timesince(begin, begin + length)


def duration_in_words(text):
    """A length of no fixed duration in words, "1 year, 6 months" for P1Y6M; any other text as it is."""
    iso = ISO.fullmatch(text)
    counts = {unit: number_of(number) for unit, number in iso.groupdict().items() if number} if iso else {}
    if not counts or any(isinstance(count, float) for count in counts.values()):
        return sanitising.plain_text(text)
    words = {
        "years": lambda number: ngettext("%(num)d year", "%(num)d years", number),
        "months": lambda number: ngettext("%(num)d month", "%(num)d months", number),
        "weeks": lambda number: ngettext("%(num)d week", "%(num)d weeks", number),
        "days": lambda number: ngettext("%(num)d day", "%(num)d days", number),
        "hours": lambda number: ngettext("%(num)d hour", "%(num)d hours", number),
        "minutes": lambda number: ngettext("%(num)d minute", "%(num)d minutes", number),
        "seconds": lambda number: ngettext("%(num)d second", "%(num)d seconds", number),
    }
    return ", ".join(words[unit](count) % {"num": count} for unit, count in counts.items() if count)


def marked(text, query):
    """Plain text with the words that a Query asks for in `<mark>`."""
    return highlighted(text, query)


def passage(story, query):
    """The stretch of a story's excerpt or body where a Query is answered; without one the excerpt's beginning."""
    texts = [teaser(story.excerpt), plain(story.body)]
    return snippet([text for text in texts if text], query)


def address_with(request, **changes):
    """This page's address with other query parameters; None takes one away."""
    given = request.GET.copy()
    for name, value in changes.items():
        given.pop(name, None)
        if value is not None:
            given[name] = value
    return f"?{given.urlencode()}"


JSON_IN_HTML = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def json_ld(said):
    """Structured data as a script element, in which nothing can end it; browsers run no such script."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).translate(JSON_IN_HTML)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


def in_full(path, request):
    """A path of this site as an address in full."""
    return full_url(request, path)


def open_graph_locale(locale):
    """A locale as Open Graph wants it, "pt_BR": a story's, else the page's; nothing where no territory is known."""
    found = TERRITORY.fullmatch((locale or "").replace("-", "_"))
    if found:
        return f"{found[1].lower()}_{found[2].upper()}"
    return LOCALES.get((locale or get_language())[:2].lower(), "")


def kind_label(kind):
    """What a story is, in words."""
    return Kind(kind).label


def first_letter(text):
    """The letter that stands in for a picture; nothing when there is none."""
    return text[:1]


def some_words(text):
    """As many words of an excerpt as a card has room for."""
    # Below so many characters there cannot be more of them.
    return text if len(text) < 2 * EXCERPT_WORDS else Truncator(text).words(EXCERPT_WORDS)


def cut_after(text, length):
    """A text of so many characters at most, the last of them "…" if it was longer."""
    return text if len(text) <= length else Truncator(text).chars(length)


def file_url(file):
    """The path of a file we keep, given by its name."""
    return default_storage.url(file)


CALLED = {"times_of": times_of, "now_as": now_as, "address_with": address_with}
FILTERS = {
    "plain": plain,
    "teaser": teaser,
    "body_html": body_html,
    "web_url": linkable,
    "age": age,
    "age_in_words": age_in_words,
    "day_in_full": day_in_full,
    "headline_size": headline_size,
    "duration": duration,
    "duration_in_words": duration_in_words,
    "marked": marked,
    "passage": passage,
    "json_ld": json_ld,
    "in_full": in_full,
    "file_url": file_url,
    "kind_label": kind_label,
    "first_letter": first_letter,
    "some_words": some_words,
    "cut_after": cut_after,
    "language_tag": language_tag,
    "open_graph_locale": open_graph_locale,
}
