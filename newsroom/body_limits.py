"""How much a request may send, decided by who sends it, before its body is read."""

from django.conf import settings

from newsroom.errors import too_large
from newsroom.upload_handlers import SkippingHandler

# A form's fields are limited to DATA_UPLOAD_MAX_MEMORY_SIZE; what its format puts around them comes on top.
FORM_OVERHEAD = 2


class BodyLimitMiddleware:
    """Refuse large requests of people who are not signed in at the desk, and files of those who may not import.

    Django reads no more than Content-Length, and nothing of a request without one, so that header decides.
    Other forms are limited by DATA_UPLOAD_MAX_MEMORY_SIZE, imports by IMPORT_MAX_UPLOAD_BYTES.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        length = content_length(request)
        is_large = length > settings.ANONYMOUS_MAX_BODY_BYTES
        has_parts = length > 0 and request.content_type == "multipart/form-data"
        if is_large and not is_at_the_desk(request.user):
            return too_large(request, settings.ANONYMOUS_MAX_BODY_BYTES, is_signed_out=True)
        if (is_large or has_parts) and not may_upload(request.user):
            if length > FORM_OVERHEAD * settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            request.upload_handlers = [SkippingHandler(request)]
        return self.get_response(request)


def content_length(request) -> int:
    """Return how many bytes a request announces, 0 if none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def is_at_the_desk(user) -> bool:
    return user.is_active and user.is_staff


def may_upload(user) -> bool:
    """Whether a user may upload files: no form but that of an import takes any."""
    return is_at_the_desk(user) and user.has_perm("articles.import_article")
