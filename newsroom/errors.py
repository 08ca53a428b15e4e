"""Error pages. The reader site and the desk have one template each; the texts are chosen here."""

from csp.decorators import csp
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache

from newsroom.security import ADMIN_CSP

CONTENT_TOO_LARGE = 413


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return 413 for a form that is too large, with a link to load its page again; else the plain 400."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return defaults.bad_request(request, exception)
    return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def too_large(request: HttpRequest, limit: int, is_signed_out: bool = False) -> HttpResponse:
    """Return the 413 for a request of more than `limit` bytes."""
    # A path that begins with two slashes would lead to another host.
    path = f"/{request.path.lstrip('/')}"
    context = {"limit": filesizeformat(limit), "path": path, "is_signed_out": is_signed_out}
    return render(request, "413.html", context, status=CONTENT_TOO_LARGE)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Return the 403 of the desk or of the reader site."""
    if is_at_desk(request):
        text = _("Ask an administrator if you need it.")
        return desk_error(request, 403, _("You don't have access to this page."), text)
    text = _("You aren't signed in, or your account doesn't have access.")
    return reader_error(request, 403, _("No access"), _("You don't have access to this page."), text)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Return the 404 of the desk or of the reader site."""
    if is_at_desk(request):
        text = _("Check the address. The item may have been deleted.")
        return desk_error(request, 404, _("This page doesn't exist."), text)
    text = _("Check the address. The story may have moved or expired.")
    return reader_error(request, 404, _("Not found"), _("This page doesn't exist."), text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Return the 403 for a form without a valid CSRF token, of the desk or of the reader site."""
    if is_at_desk(request):
        text = _("Go back and reload; your draft is saved.")
        return desk_error(request, 403, _("Your session changed."), text)
    text = _("Go back, reload the page and send the form again. Your browser must accept cookies.")
    return reader_error(request, 403, _("Form expired"), _("This form has expired."), text)


def is_at_desk(request: HttpRequest) -> bool:
    """Return whether a request is for a page of the desk, and has passed the authentication middleware."""
    return hasattr(request, "user") and request.path.startswith(reverse("admin:index"))


def reader_error(request: HttpRequest, status: int, title: str, headline: str, text: str) -> HttpResponse:
    """Return an error page of the reader site, with its navigation."""
    context = {"title": title, "headline": headline, "text": text, "code": status}
    return render(request, "error.html", context, status=status)


@never_cache
def desk_error(
    request: HttpRequest, status: int, title: str, text: str, back: tuple[str, str] | None = None
) -> HttpResponseBase:
    """Return an error page in the style of the desk, with its menu for users who are signed in to it.

    `back` is the (label, address) of its button, by default of the desk or the sign-in page.
    """
    is_signed_in = admin.site.has_permission(request)
    context = {
        **admin.site.each_context(request),
        "layout": "admin/base_site.html" if is_signed_in else "unfold/layouts/unauthenticated.html",
        "title": title,
        "text": text,
        "code": status,
        "back": back or (_("Go to the desk") if is_signed_in else _("Sign in"), reverse("admin:index")),
    }
    render_page = csp(ADMIN_CSP)(lambda request: render(request, "admin/error.html", context, status=status))
    return render_page(request)
