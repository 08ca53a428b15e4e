"""Pages of lists of stories, newest first; each list is one compiled query."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from articles.querysets import ArticleQuerySet
from newsroom.db.compiled_queries import CompiledQuery, QueryFamily, query_family
from newsroom.pagination import PAGE_LENGTH, POSITION, cursor_of, older_than, parse_cursor, position_values
from reader.cards import Card, card_query


@dataclass
class Page:
    """One page of a list, newest first, and the cursor of the next one ("" on the last)."""

    stories: list[Card]
    older: str


def paginated(make_stories: Callable[[], ArticleQuerySet]) -> QueryFamily[CompiledQuery]:
    """Return the query family that `page_of` takes: from (length, whether it begins at a cursor) to a query of Cards.

    `make_stories` returns the queryset, with Params for the values that differ.
    """

    @query_family()
    def query_of(length: int, has_cursor: bool) -> CompiledQuery:
        def make_page() -> ArticleQuerySet:
            stories = make_stories().filter(older_than(POSITION)) if has_cursor else make_stories()
            return stories.latest_first()[:length]

        return card_query(make_page)

    return query_of


def page_of(query_of: QueryFamily[CompiledQuery], cursor: str, size: int = PAGE_LENGTH, **values: object) -> Page:
    """Return the Page of a `paginated` list that begins after `cursor` ("" for the first). One query."""
    position = parse_cursor(cursor)
    query = query_of(size + 1, bool(position))
    return first_page(query.rows(now=timezone.now(), **position_values(position), **values), size)


def first_page(stories: list[Card], size: int) -> Page:
    """Return the Page of the first `size` stories; one more means that another page follows."""
    return Page(stories[:size], cursor_of(stories[size - 1]) if len(stories) > size else "")
