"""Cards of stories, drawn once for all pages they stand on.

What is drawn depends on the Card itself, the language (which has an environment of its own), and how long ago the
story was, in words. By these it is kept, so nothing need be thrown out when something changes: a changed story is
another Card, and a withdrawn one is in no list. Cards are kept in the memory of each process (some 12 MB at most),
where no cache can be down; asking another one for them would take longer than drawing them.
"""

from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from articles.paper.words import age

KEPT = 4096


def card(environment, kind, story):
    """Return the card of a story (a Card) as the template `includes/_card_<kind>.html` of an environment has it."""
    if settings.READER_CACHE == "off" or settings.DEBUG:
        return drawn(environment, kind, story)
    said = age(story.published_at) if story.published_at else ""
    return kept(environment, kind, story, timezone.get_current_timezone_name(), said)


def drawn(environment, kind, story):
    return environment.get_template(f"includes/_card_{kind}.html").module.card(story)


@lru_cache(maxsize=KEPT)
def kept(environment, kind, story, zone, said):
    return drawn(environment, kind, story)
