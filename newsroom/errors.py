"""What is answered where a request cannot be read."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.views import defaults

CONTENT_TOO_LARGE = 413


def bad_request(request, exception):
    """Say of a form that is too large that it is, and how to get back to what was typed; of all else the plain 400."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return defaults.bad_request(request, exception)
    return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def too_large(request, limit, is_signed_out=False):
    """Return the page that answers a request of more than `limit` bytes."""
    # A path with two slashes at its start would lead to another host.
    path = f"/{request.path.lstrip('/')}"
    context = {"limit": filesizeformat(limit), "path": path, "is_signed_out": is_signed_out}
    return render(request, "413.html", context, status=CONTENT_TOO_LARGE)
