"""Other outlets' coverage of a story, as readers see it."""

import json
from datetime import datetime
from typing import NamedTuple

from articles.story_urls import reader_url


class Link(NamedTuple):
    """Another outlet's piece on a story, as a row of a query (RelatedLinkQuerySet.for_readers).

    `provider` is the name behind `provider_id`; `own_story` is JSON, see there.
    """

    title: str
    published_at: datetime | None
    web_url: str
    original_url: str
    provider_id: int | None
    provider: str | None
    own_story: str | None

    @property
    def link(self) -> str:
        """The URL of the piece at its provider, or an empty string."""
        return self.web_url or self.original_url

    @property
    def own_url(self) -> str:
        """The URL of our own story of the same, or an empty string while readers may not see it."""
        if not self.own_story:
            return ""
        address = json.loads(self.own_story)
        return reader_url(address["url_date"], address["slug"])


# The columns of a Link, in its order.
LINK_COLUMNS = ("title", "published_at", "web_url", "original_url", "provider", "provider__name", "own_story")


class Outlet(NamedTuple):
    """The name of a provider, None if nobody knows it, and its pieces on a story, best first."""

    provider: str | None
    links: list[Link]


def by_provider(links: list[Link]) -> list[Outlet]:
    """Return the Outlets of Links that come best first: the one with the best piece leads.

    A piece whose provider nobody knows is an outlet of its own.
    """
    outlets = {}
    for number, link in enumerate(links):
        key = ("provider", link.provider_id) if link.provider_id else ("alone", number)
        outlets.setdefault(key, Outlet(link.provider, [])).links.append(link)
    return list(outlets.values())
