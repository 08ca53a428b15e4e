"""URLs of the site's own pages. Paths are cached, as Django's `reverse` takes as long as a query."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.encoding import iri_to_uri


def path_of(name: str, *args: object) -> str:
    """Return the path of a page from the name and arguments of its URL pattern, as `reverse` does."""
    return cached_reverse(get_script_prefix(), name, args)


@lru_cache(maxsize=8192)
def cached_reverse(script_prefix: str, name: str, args: tuple[object, ...]) -> str:
    return reverse(name, args=args)


def site_origin(request: HttpRequest) -> str:
    """Return the scheme and host of the site's URLs: those of SITE_URL, else of the request."""
    return settings.SITE_ORIGIN or f"{request.scheme}://{request.get_host().lower()}"


def full_url(request: HttpRequest, path: str) -> str:
    """Return the absolute URL of a path of this site; an absolute URL is returned as it is.

    Leading slashes are reduced to one: a path with two would be the address of another host.
    """
    if path.startswith(("http://", "https://")):
        return iri_to_uri(path)
    return iri_to_uri(f"{site_origin(request)}/{path.lstrip('/')}")
