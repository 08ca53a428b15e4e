"""Pages of lists of stories, newest first; each list is one compiled query."""

from dataclasses import dataclass

from django.utils import timezone

from newsroom.db.compiled_queries import query_family
from newsroom.pagination import PAGE_LENGTH, PLACE, before_place, cursor_of, place_of
from reader.cards import card_query


@dataclass
class Page:
    """One page of a list, newest first, and the cursor of the next one ("" on the last)."""

    stories: list
    older: str


def in_pages(make_stories):
    """Return the query family that page_of takes: (length, whether a page precedes) to a CompiledQuery of Cards.

    `make_stories` returns the queryset, with Params for the values that differ.
    """

    @query_family()
    def query_of(length, is_begun):
        def make_page():
            stories = make_stories().filter(before_place(PLACE)) if is_begun else make_stories()
            return stories.latest_first()[:length]

        return card_query(make_page)

    return query_of


def page_of(query_of, cursor, size=PAGE_LENGTH, **values):
    """Return the Page of a list (see in_pages) that begins after `cursor` ("" for the first). One query."""
    place = place_of(cursor)
    begin = dict(zip(("time", "key"), place, strict=True)) if place else {}
    return paged(query_of(size + 1, bool(place)).rows(now=timezone.now(), **begin, **values), size)


def paged(found, size):
    """Return the Page of what was found, one more than it holds if there is more."""
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
