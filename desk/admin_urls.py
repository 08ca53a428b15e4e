"""URL patterns of views that belong to a ModelAdmin and are plain functions of (model_admin, request, …)."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

READ, WRITE, BOTH = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")


# A route, its view, the methods that it takes, and its name.
Route = tuple[str, Any, tuple[str, ...], str]


def view_paths(model_admin: ModelAdmin[Any], routes: Iterable[Route]) -> list[URLPattern]:
    """Return the URL patterns of `routes`, behind the admin's sign-in."""
    return [
        path(
            route,
            model_admin.admin_site.admin_view(require_http_methods(methods)(partial(view, model_admin))),
            name=name,
        )
        for route, view, methods, name in routes
    ]
