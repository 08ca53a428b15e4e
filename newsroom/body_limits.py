"""Limits on the size of requests, which depend on the user and are checked before the body is read."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from newsroom.errors import too_large
from newsroom.upload_handlers import SkippingHandler

# Django limits a form's values to DATA_UPLOAD_MAX_MEMORY_SIZE; a body also has the names and separators.
FORM_OVERHEAD = 2


class BodyLimitMiddleware:
    """Refuse large requests from users who are not signed in to the desk, and files from those who may not send any.

    Content-Length decides: Django reads no more than it announces, and no body at all without it. The pages of stories
    take PICTURES_MAX_UPLOAD_BYTES from those who may edit pictures. Elsewhere, DATA_UPLOAD_MAX_MEMORY_SIZE limits the
    other forms and IMPORT_MAX_UPLOAD_BYTES the imports.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = content_length(request)
        is_large = length > settings.ANONYMOUS_MAX_BODY_BYTES
        has_parts = length > 0 and request.content_type == "multipart/form-data"
        if is_large and not is_at_the_desk(request.user):
            return too_large(request, settings.ANONYMOUS_MAX_BODY_BYTES, is_signed_out=True)
        if has_parts and takes_pictures(request):
            if length > settings.PICTURES_MAX_UPLOAD_BYTES:
                return too_large(request, settings.PICTURES_MAX_UPLOAD_BYTES)
        elif (is_large or has_parts) and not may_upload(request.user):
            if length > FORM_OVERHEAD * settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            request.upload_handlers = [SkippingHandler(request)]
        return self.get_response(request)


def content_length(request: HttpRequest) -> int:
    """Return the Content-Length of a request, 0 if it has none or it is not a number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def is_at_the_desk(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff


def takes_pictures(request: HttpRequest) -> bool:
    """Return whether a request is for a page of stories, from a user who may add or replace their pictures."""
    is_for_stories = request.path.startswith(reverse("admin:articles_article_changelist"))
    permissions = ("articles.add_image", "articles.change_image")
    user = request.user
    return is_for_stories and is_at_the_desk(user) and any(user.has_perm(permission) for permission in permissions)


def may_upload(user: User | AnonymousUser) -> bool:
    """Return whether a user may upload files, which other than pictures only the import form accepts."""
    return is_at_the_desk(user) and user.has_perm("articles.import_article")
