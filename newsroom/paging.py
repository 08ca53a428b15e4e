"""Endless lists by keyset: a page begins after a given story, so page 400 costs what page 1 does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import BigIntegerField, DateTimeField, Q
from django.http import Http404
from django.utils import timezone

from newsroom.db.compiled_queries import Param, query_family

CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
START = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PAGE_LENGTH = 25
# Where a page begins, and the present, in compiled queries.
PLACE = (Param("time", DateTimeField()), Param("key", BigIntegerField()))
NOW = Param("now", DateTimeField())


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


def in_pages(stories):
    """Return the query family that page_of takes: (length, whether a page precedes) to a CompiledQuery of Cards.

    `stories` is called once for each and returns the queryset, with Params for the values that differ.
    """

    @query_family()
    def query_of(length, is_begun):
        queryset = stories().filter(before_place(PLACE)) if is_begun else stories()
        return queryset.latest_first()[:length].card_query()

    return query_of


def page_of(query_of, cursor, size=PAGE_LENGTH, **values):
    """Return the Page of a list (see in_pages) that begins after `cursor` ("" for the first). One query."""
    place = place_of(cursor)
    begin = dict(zip(("time", "key"), place, strict=True)) if place else {}
    return paged(query_of(size + 1, bool(place)).rows(now=timezone.now(), **begin, **values), size)


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


def paged(found, size):
    """Return the Page of what was found, one more than it holds if there is more."""
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
