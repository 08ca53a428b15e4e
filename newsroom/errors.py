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
    told = {"limit": filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE), "path": request.path}
    return render(request, "413.html", told, status=CONTENT_TOO_LARGE)
