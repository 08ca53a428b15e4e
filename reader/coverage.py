"""Related coverage of a story by other outlets, as its page lists it."""

import json
from datetime import datetime
from typing import NamedTuple

from articles.story_urls import reader_url


class CoverageLink(NamedTuple):
    """A piece of another outlet on a story, as a row of RelatedLinkQuerySet.for_readers.

    `provider` is the name of `provider_id`; `own_story` is the JSON of `with_own_story`.
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
        """The path of our own story about the same piece, or an empty string while it is not visible."""
        if not self.own_story:
            return ""
        story = json.loads(self.own_story)
        return reader_url(story["url_date"], story["slug"])


# The columns of a CoverageLink, in its order.
LINK_COLUMNS = ("title", "published_at", "web_url", "original_url", "provider", "provider__name", "own_story")


class Outlet(NamedTuple):
    """A provider's name, None if unknown, and its pieces on a story, best first."""

    provider: str | None
    links: list[CoverageLink]


def group_by_provider(links: list[CoverageLink]) -> list[Outlet]:
    """Return the Outlets of links that are sorted best first, in the order of their best pieces.

    Each piece of an unknown provider is a separate outlet.
    """
    outlets: dict[tuple[str, int], Outlet] = {}
    for number, link in enumerate(links):
        key = ("provider", link.provider_id) if link.provider_id else ("unknown", number)
        outlets.setdefault(key, Outlet(link.provider, [])).links.append(link)
    return list(outlets.values())
