"""Rendered cards and mastheads, cached in the memory of each process.

A fragment depends on its arguments, the language (each has its own environment) and how long ago the story was
published, as far as the card shows it. These are the key, so nothing needs to be invalidated: a changed story is
another Card, and a withdrawn one is in no list. This takes at most some 12 MB of memory; a request to another cache
would take longer than rendering.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone
from jinja2 import Environment
from markupsafe import Markup

from newsroom.dates import relative_step
from reader.cards import Card
from reader.navigation import Navigation

MAX_CARDS = 4096
MAX_MASTHEADS = 256
# A macro of a template.
Render = Callable[..., str]


def cards(environment: Environment, kind: str, stories: Sequence[Card], first: int | None = None) -> Markup:
    """Render Cards with the macro `card` of `includes/_card_<kind>.html`.

    `first` is the key of the story whose picture is the first of its page and is loaded at once.
    """
    render = macro_of(environment, f"includes/_card_{kind}.html", "card")
    if is_enabled():
        now, zone = timezone.now(), timezone.get_current_timezone_name()
        fragments = [
            cached_card(
                render, story, is_of(story, first), zone, story.published_at and relative_step(story.published_at, now)
            )
            for story in stories
        ]
    else:
        fragments = [render_card(render, story, is_of(story, first)) for story in stories]
    # The templates have escaped them.
    return Markup("\n".join(fragments))  # noqa: S704


def is_of(story: Card, key: int | None) -> bool:
    return key is not None and story.pk == key


@lru_cache(maxsize=MAX_CARDS)
def cached_card(render: Render, story: Card, is_first: bool, zone: str, step: int | None) -> str:
    return render_card(render, story, is_first)


def render_card(render: Render, story: Card, is_first: bool) -> str:
    # Most macros show no picture and have no such argument.
    return render(story, is_first=True) if is_first else render(story)


def masthead(environment: Environment, navigation: Navigation, **options: Any) -> str:
    """Render the masthead (`includes/_masthead.html`) with the Navigation, and with today's date."""
    render = macro_of(environment, "includes/_masthead.html", "masthead")
    if not is_enabled():
        return render(navigation, **options)
    # A lazy object is another key each time.
    site = Navigation(navigation.topics, navigation.updated_at)
    return cached_masthead(render, site, tuple(options.items()), f"{timezone.localtime():%Y%m%d%Z}")


@lru_cache(maxsize=MAX_MASTHEADS)
def cached_masthead(render: Render, navigation: Navigation, options: tuple[tuple[str, Any], ...], day: str) -> str:
    return render(navigation, **dict(options))


def macro_of(environment: Environment, template: str, name: str) -> Render:
    macro: Render = vars(environment.get_template(template).module)[name]
    return macro


def is_enabled() -> bool:
    return settings.READER_CACHE != "off" and not settings.DEBUG
