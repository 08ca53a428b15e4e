"""Cards: what lists show of a story, as one row of a query."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from articles.models import Article
from articles.querysets import ArticleQuerySet, first_picture, other_outlets
from articles.story_urls import reader_url
from newsroom.db.compiled_queries import CompiledQuery
from providers.models import Provider
from providers.querysets import file_of_logo

# The columns of a Card, in its order.
CARD_COLUMNS = (
    *("pk", "title", "excerpt", "kind", "locale", "published_at", "dated_at", "url_date", "slug"),
    *("provider__name", "logo", "picture_json", "outlets"),
)


class Picture(NamedTuple):
    """A stored picture: the name of its file, the size that upstream gave, if any, its texts and focal point.

    The size of the file itself is part of its name (pictures/renditions.py).
    """

    file: str
    width: int | None
    height: int | None
    title: str
    attribution: str = ""
    alt: str = ""
    focal_x: int | None = None
    focal_y: int | None = None


class Card(NamedTuple):
    """A story on a list. Its rendered card depends on these values, the language and the time alone.

    `provider` is a name or None, `logo` the name of a file or None, `picture_json` a Picture as JSON or None. `body`
    is empty unless `cards_of` loads it.
    """

    pk: int
    title: str
    excerpt: str
    kind: str
    locale: str
    published_at: datetime | None
    dated_at: datetime
    url_date: date | None
    slug: str
    provider: str | None
    logo: str | None
    picture_json: str | None
    outlets: int
    body: str = ""

    @property
    def url(self) -> str:
        return reader_url(self.url_date, self.slug)

    @property
    def picture(self) -> Picture | None:
        return Picture(**json.loads(self.picture_json)) if self.picture_json else None


def with_card_columns(stories: ArticleQuerySet) -> ArticleQuerySet:
    """Annotate stories with the CARD_COLUMNS that are not their own."""
    return stories.annotate(
        outlets=other_outlets(Article),
        logo=file_of_logo(Provider, "provider"),
        picture_json=first_picture(Article),
    )


def card_query(make_stories: Callable[[], ArticleQuerySet]) -> CompiledQuery:
    """Return the CompiledQuery for Cards of the queryset that `make_stories` returns."""
    return CompiledQuery(lambda: with_card_columns(make_stories()), CARD_COLUMNS, Card)


def cards_of(stories: ArticleQuerySet, *columns: str) -> list[Card]:
    """Return the Cards of `stories`, and more `columns` at their end. One query."""
    return [Card(*row) for row in with_card_columns(stories).values_list(*CARD_COLUMNS, *columns)]
