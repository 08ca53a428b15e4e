"""Pages of lists of stories, newest first; each list is one compiled query."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone

from newsroom.pagination import PAGE_LENGTH, PLACE, before_place, cursor_of, place_of
from reader.cards import card_query


@dataclass
class Page:
    """One page of a list, newest first, and the cursor of the next one ("" on the last)."""

    stories: list
    older: str


def in_pages(stories):
    """Return the function that page_of takes: (length, whether the page has one before it) to a Statement of Cards.

    `stories` is called once for each and returns the queryset, with Blanks where values differ.
    """

    @lru_cache
    def statement(length, is_begun):
        found = stories().filter(before_place(PLACE)) if is_begun else stories()
        return card_query(found.latest_first()[:length])

    return statement


def page_of(statement, cursor, size=PAGE_LENGTH, **values):
    """Return the Page of a list (see in_pages) that begins after `cursor` ("" for the first). One query."""
    place = place_of(cursor)
    begin = dict(zip(("time", "key"), place, strict=True)) if place else {}
    return paged(statement(size + 1, bool(place)).rows(now=timezone.now(), **begin, **values), size)


def paged(found, size):
    """Return the Page of what was found, one more than it holds if there is more."""
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
