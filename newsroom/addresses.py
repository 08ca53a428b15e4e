"""URLs of the site's own pages. Paths are cached, as Django's `reverse` takes as long as a query."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.encoding import iri_to_uri


def path_of(name, *args):
    """Return the path of a page by the name and arguments of its URL, as `reverse` does."""
    return cached_reverse(get_script_prefix(), name, args)


@lru_cache(maxsize=8192)
def cached_reverse(script_prefix, name, args):
    return reverse(name, args=args)


def site_origin(request: HttpRequest) -> str:
    """Return the scheme and host that the site's URLs begin with: SITE_URL's, else the request's."""
    return settings.SITE_ORIGIN or f"{request.scheme}://{request.get_host().lower()}"


def full_url(request: HttpRequest, path: str) -> str:
    """Return the URL of a path of this site, or of a file at an absolute URL as it is.

    Leading slashes are reduced to one, as two would name another host.
    """
    if path.startswith(("http://", "https://")):
        return iri_to_uri(path)
    return iri_to_uri(f"{site_origin(request)}/{path.lstrip('/')}")
