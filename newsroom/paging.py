"""Endless lists by keyset: a page begins after a given story, so page 400 costs what page 1 does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.http import Http404

CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
START = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PAGE_LENGTH = 25


@dataclass
class Page:
    """One page of a list, newest first, and the cursor of the next one ("" on the last)."""

    stories: list
    older: str


def cursor_of(story):
    """Return the cursor of the page that begins after `story`: its time in microseconds, and its key."""
    return f"{(story.dated_at - START) // MICROSECOND}-{story.pk}"


def place_of(cursor):
    """Return the place (time, key) that a cursor names, or None for "".

    Raises Http404 for what is no cursor, as no link of ours leads there.
    """
    if not cursor:
        return None
    match = CURSOR.fullmatch(cursor)
    try:
        return START + int(match[1]) * MICROSECOND, int(match[2])
    except (TypeError, OverflowError):
        raise Http404("That page of the list does not exist.") from None


def before_place(place, time="dated_at", key="pk"):
    """Return the condition that something comes after a place (time, key) in a list that goes back in time.

    The first of the two conditions says nothing new; it is the one an index can begin at.
    """
    when, pk = place
    return Q(**{f"{time}__lte": when}) & (Q(**{f"{time}__lt": when}) | Q(**{time: when, f"{key}__lt": pk}))


def after_place(place, time="dated_at", key="pk"):
    """Return the condition that something comes before a place (time, key) in a list that goes back in time."""
    when, pk = place
    return Q(**{f"{time}__gte": when}) & (Q(**{f"{time}__gt": when}) | Q(**{time: when, f"{key}__gt": pk}))


def page_of(stories, cursor, size=PAGE_LENGTH, also_pictures_of=()):
    """Return the Page of the queryset `stories` that begins after `cursor` ("" for the first). Two queries.

    The second loads the pictures, and those of providers `also_pictures_of`.
    """
    place = place_of(cursor)
    if place:
        stories = stories.filter(before_place(place))
    return paged(stories.latest_first()[: size + 1].cards(also_pictures_of=also_pictures_of), size)


def paged(found, size):
    """Return the Page of what was found, one more than it holds if there is more."""
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
