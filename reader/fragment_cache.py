"""Rendered cards and mastheads, cached in the memory of each process.

A fragment depends on its arguments, the language (each has its own environment) and the age of the story as far as the
card shows it. These are the key, so nothing needs to be invalidated: a changed story is another Card, and a withdrawn
one is in no list. Memory is some 12 MB at most and is never down; a request to another cache would take longer than
rendering.
"""

from functools import lru_cache

from django.conf import settings
from django.utils import timezone
from markupsafe import Markup

from newsroom.dates import relative_step

MAX_CARDS = 4096
MAX_MASTHEADS = 256


def cards(environment, kind, stories):
    """Render Cards with the macro `card` of `includes/_card_<kind>.html`."""
    render = environment.get_template(f"includes/_card_{kind}.html").module.card
    if is_enabled():
        now, zone = timezone.now(), timezone.get_current_timezone_name()
        fragments = [
            cached_card(render, story, zone, story.published_at and relative_step(story.published_at, now))
            for story in stories
        ]
    else:
        fragments = [render(story) for story in stories]
    # The template has escaped each of them.
    return Markup("\n".join(fragments))  # noqa: S704


@lru_cache(maxsize=MAX_CARDS)
def cached_card(render, story, zone, step):
    return render(story)


def masthead(environment, topics, **options):
    """Render the masthead (`includes/_masthead.html`) with the Headings of the navigation."""
    render = environment.get_template("includes/_masthead.html").module.masthead
    if not is_enabled():
        return render(topics, **options)
    return cached_masthead(render, tuple(topics), tuple(options.items()), f"{timezone.localtime():%Y%m%d%H%M%Z}")


@lru_cache(maxsize=MAX_MASTHEADS)
def cached_masthead(render, topics, options, minute):
    return render(topics, **dict(options))


def is_enabled():
    return settings.READER_CACHE != "off" and not settings.DEBUG
