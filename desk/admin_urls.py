"""URL patterns of views that belong to a ModelAdmin and are plain functions of (model_admin, request, …)."""

from functools import partial

from django.urls import path
from django.views.decorators.http import require_http_methods

READ, WRITE, BOTH = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")


def view_paths(model_admin, routes):
    """Return the URL patterns of `routes`, tuples (route, view, methods, name), behind the admin's sign-in."""
    return [
        path(
            route,
            model_admin.admin_site.admin_view(require_http_methods(methods)(partial(view, model_admin))),
            name=name,
        )
        for route, view, methods, name in routes
    ]
