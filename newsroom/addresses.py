"""Addresses of the site's own pages, each found once: Django's `reverse` takes as long as a query."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse


def address_of(name, *args):
    """Return the path of a page by the name and arguments of its URL, as `reverse` does."""
    return found(get_script_prefix(), name, args)


@lru_cache(maxsize=8192)
def found(script_prefix, name, args):
    return reverse(name, args=args)
