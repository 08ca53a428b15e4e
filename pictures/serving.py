"""Serve the files of pictures: to everybody if readers can see a story that shows it, else to the desk alone."""

import mimetypes
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from articles.models import Article, Image, StoredPicture
from pictures.renditions import FOLDER, digest_of

# The name of a file changes with its content.
PUBLIC = "public, max-age=31536000, immutable"
# The next user of the browser, or a story withdrawn a moment ago, must not show it.
PRIVATE = "private, no-store"
VIEW = "articles.view_article"


@require_safe
def picture_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return a file of a picture, Http404 for one that the request's user may not see."""
    images = images_with(path)
    if images is None:
        raise Http404
    is_public = is_shown_to_readers(images)
    if not is_public and not (is_at_desk(request) and (images.exists() or is_stored(path))):
        raise Http404
    etag = quote_etag(path)
    response = (get_conditional_response(request, etag=etag) if is_public else None) or file_response(path)
    response["ETag"] = etag
    response["Cache-Control"] = PUBLIC if is_public else PRIVATE
    if not is_public:
        patch_vary_headers(response, ["Cookie"])
    return response


def images_with(path: str) -> QuerySet[Image] | None:
    """Return the pictures to which a file belongs, None for a name that no picture can have. No query."""
    if not path.startswith(f"{FOLDER}/") or "\0" in path:
        return None
    digest = digest_of(path)
    if not digest:
        return Image.objects.filter(file=path)
    return Image.objects.filter(stored__digest=digest, stored__is_blocked=False).exclude(file="")


def is_shown_to_readers(images: QuerySet[Image]) -> bool:
    """Return whether one of the pictures is on a page for readers: in a visible story, or as the logo of an outlet."""
    return images.filter(Q(article__in=Article.objects.visible()) | Q(provider__isnull=False)).exists()


def is_stored(path: str) -> bool:
    """Return whether a file belongs to a picture that is not blocked: one just uploaded is in no story yet."""
    return StoredPicture.objects.filter(digest=digest_of(path), is_blocked=False).exists()


def is_at_desk(request: HttpRequest) -> bool:
    """Return whether the request's user may see the stories of the desk."""
    user = request.user
    return user.is_active and user.is_staff and user.has_perm(VIEW)


def file_response(path: str) -> HttpResponseBase:
    """Return the content of a file, or let the web server in front send it."""
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if settings.PICTURES_ACCEL_PREFIX:
        response = HttpResponse(content_type=media_type)
        response["X-Accel-Redirect"] = f"{settings.PICTURES_ACCEL_PREFIX}{quote(path)}"
        return response
    try:
        return FileResponse(default_storage.open(path), content_type=media_type)
    except (OSError, SuspiciousOperation):
        # The file is missing, or the file system refuses the name as too long.
        raise Http404 from None
