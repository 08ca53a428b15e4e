"""What a story's card on a list shows, as one row of a query. Pure."""

import json
from datetime import date, datetime
from typing import NamedTuple

from articles.reader_urls import reader_url


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
