"""Addresses that led somewhere once: the old slug of what was renamed or merged leads to the present one."""

from functools import wraps

from django.http import Http404, HttpResponsePermanentRedirect
from django.urls import reverse


def followed(find, without=None):
    """Have a view that takes a `slug` answer one of old with 301 to the same page of the present slug.

    `find` is a function from a slug to the present one, "" of what was deleted, or None where nothing ever had it.
    It is asked only where the view raises Http404, so no other page pays for it. `without` names the view to which
    the address of something deleted leads; there is none for a feed.
    """

    def decorate(view):
        @wraps(view)
        def following(request, slug, **kwargs):
            try:
                return view(request, slug=slug, **kwargs)
            except Http404:
                now = find(slug)
                if now:
                    return moved(request, request.resolver_match.view_name, slug=now, **kwargs)
                if now == "" and without:
                    return moved(request, without)
                raise

        return following

    return decorate


def moved(request, view, **kwargs):
    """Return the permanent redirect to a view, with the query as it was, if it is still a page of the same thing.

    Browsers are to ask again: one day the slug may be something else's.
    """
    url, query = reverse(view, kwargs=kwargs), request.META.get("QUERY_STRING", "")
    response = HttpResponsePermanentRedirect(f"{url}?{query}" if query and kwargs else url)
    response["Cache-Control"] = "no-cache"
    return response
