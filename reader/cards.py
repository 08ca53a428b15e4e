"""What a story's card on a list shows, as one row of a query."""

import json
from datetime import date, datetime
from typing import NamedTuple

from articles.models import Article
from articles.querysets import first_picture, other_outlets
from articles.story_urls import reader_url
from newsroom.db.compiled_queries import CompiledQuery
from providers.models import Provider
from providers.querysets import file_of_logo

# The columns of a Card, which has them in this order.
CARD_COLUMNS = (
    *("pk", "title", "excerpt", "kind", "locale", "published_at", "dated_at", "url_date", "slug"),
    *("provider__name", "logo", "picture_said", "outlets"),
)


class Picture(NamedTuple):
    """A picture of which we have a copy: the name of its file, its size in pixels if known, its title and credit."""

    file: str
    width: int | None
    height: int | None
    title: str
    attribution: str = ""


class Card(NamedTuple):
    """A story on a list, and all that its card shows: what is drawn depends on nothing else but language and time.

    `provider` is a name or None, `logo` the name of a file or None, `picture_said` a Picture as JSON or None. `body`
    is there only where it was asked for.
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
    picture_said: str | None
    outlets: int
    body: str = ""

    @property
    def url(self):
        return reader_url(self.url_date, self.slug)

    @property
    def picture(self):
        return Picture(**json.loads(self.picture_said)) if self.picture_said else None


def with_card_columns(stories):
    """Annotate what a Card holds beside the story's own columns: CARD_COLUMNS names all of them."""
    return stories.annotate(
        outlets=other_outlets(Article),
        logo=file_of_logo(Provider, "provider"),
        picture_said=first_picture(Article),
    )


def card_query(make_stories):
    """Return the CompiledQuery for the Cards of the stories that `make_stories` returns a queryset of."""
    return CompiledQuery(lambda: with_card_columns(make_stories()), CARD_COLUMNS, Card)


def cards_of(stories, *columns):
    """Return the list of Cards of `stories`, with further `columns` at their end. One query."""
    return [Card(*row) for row in with_card_columns(stories).values_list(*CARD_COLUMNS, *columns)]
