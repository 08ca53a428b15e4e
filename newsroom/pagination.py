"""Endless lists by keyset: a page begins after the last item of the one before, so page 400 costs what page 1 does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import BigIntegerField, DateTimeField, Q
from django.http import Http404

from newsroom.db.compiled_queries import Param

CURSOR_PATTERN = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
START = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PAGE_LENGTH = 25
# In compiled queries: the position (time, key) after which a page begins, and the current time.
POSITION = (Param("time", DateTimeField()), Param("key", BigIntegerField()))
NOW = Param("now", DateTimeField())


def cursor_of(story):
    """Return the cursor of the page that begins after `story`: its time in microseconds, and its key."""
    return f"{(story.dated_at - START) // MICROSECOND}-{story.pk}"


def parse_cursor(cursor):
    """Return the position (time, key) of a cursor, or None for "". Raises Http404 for text that is no cursor."""
    if not cursor:
        return None
    match = CURSOR_PATTERN.fullmatch(cursor)
    try:
        return START + int(match[1]) * MICROSECOND, int(match[2])
    except (TypeError, OverflowError):
        raise Http404("That page of the list does not exist.") from None


def position_values(position):
    """Return the values of POSITION by name; {} for None."""
    return dict(zip(("time", "key"), position, strict=True)) if position else {}


def older_than(position, time="dated_at", key="pk"):
    """Return the condition for rows after a position (time, key) in a list that is sorted newest first.

    The first of its two parts is redundant; an index can begin at it.
    """
    when, pk = position
    return Q(**{f"{time}__lte": when}) & (Q(**{f"{time}__lt": when}) | Q(**{time: when, f"{key}__lt": pk}))


def newer_than(position, time="dated_at", key="pk"):
    """Return the condition for rows before a position (time, key) in a list that is sorted newest first."""
    when, pk = position
    return Q(**{f"{time}__gte": when}) & (Q(**{f"{time}__gt": when}) | Q(**{time: when, f"{key}__gt": pk}))


@dataclass
class AlphabeticalPage:
    """One page of a list sorted by name; `after` is the slug of its last item, "" on the last page."""

    items: list
    after: str


def alphabetical_page(queryset, keys, after, size):
    """Return the AlphabeticalPage of a queryset, sorted by `keys`, that begins after the item with the slug `after`.

    One query for the first page, two for others. Raises Http404 if nothing has that slug.
    """
    if after:
        # PostgreSQL refuses text with a NUL.
        values = None if "\0" in after else queryset.filter(slug=after).values_list(*keys).first()
        if values is None:
            raise Http404("That page of the list does not exist.")
        queryset = queryset.filter(greater_than(keys, values))
    items = list(queryset[: size + 1])
    return AlphabeticalPage(items[:size], items[size - 1].slug if len(items) > size else "")


def greater_than(keys, values):
    """Return the condition for rows after `values` in a list that is sorted by `keys`, ascending."""
    condition, is_equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        condition |= is_equal & Q(**{f"{key}__gt": value})
        is_equal &= Q(**{key: value})
    return condition
