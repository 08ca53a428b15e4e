"""Keyset pagination: a page begins after the last item of the previous one, so page 400 is as fast as page 1."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from django.db.models import BigIntegerField, DateTimeField, Model, Q, QuerySet
from django.http import Http404

from newsroom.db.compiled_queries import Param

CURSOR_PATTERN = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
START = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PAGE_LENGTH = 25
# In compiled queries: the position (time, key) after which a page begins, and the current time.
POSITION = (Param("time", DateTimeField()), Param("key", BigIntegerField()))
NOW = Param("now", DateTimeField())
# (time, key) of the item after which a page begins.
Position = tuple[datetime | Param, int | Param]
Item = TypeVar("Item", bound=Model)


class Listed(Protocol):
    """A story in a list: an Article, or a row that shows one."""

    @property
    def dated_at(self) -> datetime: ...

    @property
    def pk(self) -> int: ...


def cursor_of(story: Listed) -> str:
    """Return the cursor of the page that begins after `story`: its time in microseconds since year 1, and its key."""
    return f"{(story.dated_at - START) // MICROSECOND}-{story.pk}"


def parse_cursor(cursor: str) -> tuple[datetime, int] | None:
    """Return the position (time, key) of a cursor, or None for "". Raises Http404 for text that is not a cursor."""
    if not cursor:
        return None
    match = CURSOR_PATTERN.fullmatch(cursor)
    if match is None:
        raise Http404("That page of the list does not exist.")
    try:
        return START + int(match[1]) * MICROSECOND, int(match[2])
    except OverflowError:
        raise Http404("That page of the list does not exist.") from None


def position_values(position: tuple[datetime, int] | None) -> dict[str, datetime | int]:
    """Return the values of POSITION by name; {} for None."""
    return dict(zip(("time", "key"), position, strict=True)) if position else {}


def older_than(position: Position, time: str = "dated_at", key: str = "pk") -> Q:
    """Return the condition for rows after a position in a list that is sorted newest first.

    The first of its two parts is redundant, but lets the database begin at that place of an index.
    """
    when, pk = position
    return Q(**{f"{time}__lte": when}) & (Q(**{f"{time}__lt": when}) | Q(**{time: when, f"{key}__lt": pk}))


def newer_than(position: Position, time: str = "dated_at", key: str = "pk") -> Q:
    """Return the condition for rows before a position in a list that is sorted newest first."""
    when, pk = position
    return Q(**{f"{time}__gte": when}) & (Q(**{f"{time}__gt": when}) | Q(**{time: when, f"{key}__gt": pk}))


@dataclass
class AlphabeticalPage(Generic[Item]):
    """One page of a list sorted by name; `after` is the slug of its last item, "" on the last page."""

    items: list[Item]
    after: str


def alphabetical_page(queryset: QuerySet[Item], keys: Sequence[str], after: str, size: int) -> AlphabeticalPage[Item]:
    """Return a page of a queryset that is sorted by `keys`; it begins after the item with the slug `after`, if given.

    One query for the first page, two for others. Raises Http404 if no item has that slug.
    """
    if after:
        # PostgreSQL refuses text with a NUL.
        values = None if "\0" in after else queryset.filter(slug=after).values_list(*keys).first()
        if values is None:
            raise Http404("That page of the list does not exist.")
        queryset = queryset.filter(greater_than(keys, values))
    items = list(queryset[: size + 1])
    return AlphabeticalPage(items[:size], items[size - 1].serializable_value("slug") if len(items) > size else "")


def greater_than(keys: Iterable[str], values: Iterable[object]) -> Q:
    """Return the condition for rows after `values` in a list that is sorted by `keys`, ascending."""
    condition, is_equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        condition |= is_equal & Q(**{f"{key}__gt": value})
        is_equal &= Q(**{key: value})
    return condition
