"""Other outlets' coverage of a story, as readers see it."""

from typing import NamedTuple

from providers.models import Provider


class Outlet(NamedTuple):
    """A provider, None if there is none, and its pieces on a story, best first."""

    provider: Provider | None
    links: list


def by_provider(links):
    """Return the Outlets of RelatedLinks that come best first: the one with the best piece leads.

    A piece whose provider nobody knows stands alone.
    """
    outlets = {}
    for number, link in enumerate(links):
        key = ("provider", link.provider_id) if link.provider_id else ("alone", number)
        outlets.setdefault(key, Outlet(link.provider, [])).links.append(link)
    return list(outlets.values())
