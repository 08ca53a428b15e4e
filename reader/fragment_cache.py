"""Cards and the masthead, drawn once for all pages they stand on.

What is drawn depends on what is given, on the language (which has an environment of its own), and on the time as far
as words tell it. By these it is kept, so nothing need be thrown out when something changes: a changed story is another
Card, and a withdrawn one is in no list. It is kept in the memory of each process (some 12 MB at most), where no cache
can be down; asking another one would take longer than drawing.
"""

from functools import lru_cache

from django.conf import settings
from django.utils import timezone
from markupsafe import Markup

from reader.template_filters import minutes_ago

KEPT_CARDS = 4096
KEPT_HEADS = 256


def cards(environment, kind, stories):
    """Return the cards of stories (Cards) as the template `includes/_card_<kind>.html` of an environment has them."""
    drawn = environment.get_template(f"includes/_card_{kind}.html").module.card
    if keeps():
        now, zone = timezone.now(), timezone.get_current_timezone_name()
        made = [
            kept_card(drawn, story, zone, story.published_at and minutes_ago(story.published_at, now))
            for story in stories
        ]
    else:
        made = [drawn(story) for story in stories]
    # Each of them has been escaped by the template.
    return Markup("\n".join(made))  # noqa: S704


@lru_cache(maxsize=KEPT_CARDS)
def kept_card(drawn, story, zone, minutes):
    return drawn(story)


def masthead(environment, topics, **shown):
    """Return the head of a page as `includes/_masthead.html` has it, with the topics (Headings) of the navigation."""
    draw = environment.get_template("includes/_masthead.html").module.masthead
    if not keeps():
        return draw(topics, **shown)
    return kept_masthead(draw, tuple(topics), tuple(shown.items()), f"{timezone.localtime():%Y%m%d%H%M%Z}")


@lru_cache(maxsize=KEPT_HEADS)
def kept_masthead(draw, topics, shown, minute):
    return draw(topics, **dict(shown))


def keeps():
    return settings.READER_CACHE != "off" and not settings.DEBUG
