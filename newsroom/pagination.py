"""Endless lists by keyset: a page begins after a given story, so page 400 costs what page 1 does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import BigIntegerField, DateTimeField, Q
from django.http import Http404

from newsroom.db.compiled_queries import Param

CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
START = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PAGE_LENGTH = 25
# Where a page begins, and the present, in statements that are made once.
PLACE = (Param("time", DateTimeField()), Param("key", BigIntegerField()))
NOW = Param("now", DateTimeField())


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


@dataclass
class NamedPage:
    """One page of what goes by name, and the slug of the last on it if others follow ("" on the last page)."""

    items: list
    after: str


def page_by_name(found, keys, after, size):
    """Return the NamedPage of a queryset, ordered by `keys`, that begins after the item with the slug `after`.

    One query for the first page, two for others. Raises Http404 where nothing has that slug.
    """
    if after:
        # PostgreSQL takes no text with a NUL in it.
        place = None if "\0" in after else found.filter(slug=after).values_list(*keys).first()
        if place is None:
            raise Http404("That page of the list does not exist.")
        found = found.filter(behind(keys, place))
    items = list(found[: size + 1])
    return NamedPage(items[:size], items[size - 1].slug if len(items) > size else "")


def behind(keys, place):
    """Return the condition that something comes after a place in a list that ascends by `keys`."""
    condition, same = Q(), Q()
    for key, value in zip(keys, place, strict=True):
        condition |= same & Q(**{f"{key}__gt": value})
        same &= Q(**{key: value})
    return condition
