"""Redirects from the former slugs of renamed or merged topics and providers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import ResolverMatch, reverse

View = Callable[..., HttpResponse]


def redirect_former_slugs(
    find_current_slug: Callable[[str], str | None], deleted_view: str | None = None
) -> Callable[[View], View]:
    """Decorate a view with a `slug`: if it raises Http404 for a former slug, redirect to the page of the current one.

    `find_current_slug` takes a slug and returns the current one, "" if its object was deleted, or None if no
    object ever had it. `deleted_view` names the view to redirect to for a deleted object; without it the answer is 404.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def redirecting(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, slug=slug, **kwargs)
            except Http404:
                current_slug = find_current_slug(slug)
                if current_slug:
                    # Only a URL that was resolved leads to a view.
                    match = cast(ResolverMatch, request.resolver_match)
                    return redirect_permanently(request, match.view_name, slug=current_slug, **kwargs)
                if current_slug == "" and deleted_view:
                    return redirect_permanently(request, deleted_view)
                raise

        return redirecting

    return decorate


def redirect_permanently(request: HttpRequest, view: str, **kwargs: Any) -> HttpResponsePermanentRedirect:
    """Return the permanent redirect to a view; the query is kept if `kwargs` name a page of the same object.

    Another object may get the former slug.
    """
    url, query = reverse(view, kwargs=kwargs), request.META.get("QUERY_STRING", "")
    return redirect_to(f"{url}?{query}" if query and kwargs else url)


def redirect_to(url: str) -> HttpResponsePermanentRedirect:
    """Return the permanent redirect to an address, which browsers must revalidate."""
    response = HttpResponsePermanentRedirect(url)
    response["Cache-Control"] = "no-cache"
    return response
