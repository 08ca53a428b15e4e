import json
from datetime import timedelta
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from articles import sanitising, web_urls
from articles.search.highlighting import highlighted, snippet
from articles.web_urls import is_web_url

register = template.Library()
WORDS_UNTIL = timedelta(days=7)


@register.filter
def plain(text):
    """Upstream's text without tags and entities; the template escapes it as any other text."""
    return sanitising.plain_text(text or "")


@register.filter
def body_html(body):
    """A story's body as safe HTML."""
    return sanitising.body_html(body or "")


@register.filter
def web_url(url):
    """The URL if it may stand in a link, else an empty string."""
    return url if url and is_web_url(url) else ""


@register.filter
def age(when):
    """The age of a time in words, "3 hours ago"; its date when it lies more than a week back or is to come."""
    since = timezone.now() - when
    if since < timedelta(0) or since > WORDS_UNTIL:
        return date_format(timezone.localtime(when), "DATE_FORMAT")
    if since < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(when, depth=1)}


@register.simple_tag
def time_of(when):
    """A `<time>`: the age in words, the exact time on hover and for machines."""
    machine, exact = times_of(when, get_language(), timezone.get_current_timezone_name())
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, exact, age(when))


@lru_cache(maxsize=4096)
def times_of(when, language, zone):
    """Return a time (for machines, in full for people); formatting it takes longer than all else about a card."""
    local = timezone.localtime(when)
    return local.isoformat(timespec="minutes"), date_format(
        local, pgettext("format of a time in full", "l, j F Y, H:i T")
    )


@register.simple_tag
def now_as(format_string):
    """This moment in the site's time zone, in a format that a template had translated."""
    return date_format(timezone.localtime(), format_string)


@register.filter
def headline_size(title):
    """The class, after a space, that sets a long headline smaller; nothing for one of common length."""
    length = len(plain(title))
    return " headline-longest" if length > 160 else " headline-long" if length > 90 else ""


@register.filter
def duration(length):
    """A length of time in words, "3 hours, 20 minutes"; seconds only when it is shorter than a minute."""
    if length < timedelta(minutes=1):
        seconds = max(int(length.total_seconds()), 0)
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    begin = timezone.now()
    return timesince(begin, begin + length)


register.filter(web_urls.language_tag)


@register.filter
def marked(text, query):
    """Plain text with the words that a Query asks for in `<mark>`."""
    return highlighted(text, query)


@register.filter
def passage(story, query):
    """The stretch of a story's excerpt or body where a Query is answered; without one the excerpt's beginning."""
    texts = [sanitising.plain_text(text) for text in (story.excerpt, story.body) if text]
    return snippet(texts, query)


@register.simple_tag(takes_context=True)
def address_with(context, **changes):
    """This page's address with other query parameters; None takes one away."""
    given = context["request"].GET.copy()
    for name, value in changes.items():
        given.pop(name, None)
        if value is not None:
            given[name] = value
    return f"?{given.urlencode()}"


JSON_IN_HTML = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


@register.filter
def json_ld(said):
    """Structured data as a script element, in which nothing can end it; browsers run no such script."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).translate(JSON_IN_HTML)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


@register.filter
def in_full(path, request):
    """A path of this site as an address in full."""
    return request.build_absolute_uri(path)
