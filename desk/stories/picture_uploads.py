"""Pictures uploaded on a story's page.

A file is stored as soon as it arrives, and its row of the form names it by its digest. The story has the picture once
the form is saved, like any other change. With scripts, each file is sent by itself while the editor goes on typing;
without, the files come with the form.
"""

import logging
import re
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import StoredPicture
from articles.models.picture import DIGEST_LENGTH
from desk.admin_urls import BOTH, view_paths
from desk.site import row_key
from desk.stories.desk_actor import desk_actor
from desk.stories.picture_states import ROW, STAGE, copy_url, describe_size
from pictures.decoding import BYTE_LIMIT
from pictures.refusals import PictureRefused, Reason
from pictures.storing import StorageFailed, store_picture

logger = logging.getLogger(__name__)
PREFIX = "images"
# The names of the file inputs: for new pictures, and in a row for another file of the same picture.
NEW_FILES = "new_pictures"
NEW_FILE = re.compile(rf"(?P<row>{PREFIX}-[0-9]{{1,4}})-new_file")
# PostgreSQL refuses some other texts, such as those with a NUL.
DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_LENGTH}}}")
MOST_FILES = 20
MAX_ROWS = 1000
UNPROCESSABLE = 422
# Where the text of a reason is about a download.
REASONS = {Reason.HTML: gettext_lazy("The file is a web page, not a picture.")}


@dataclass
class RefusedFiles:
    """Why files were not stored: `texts` of new pictures, `rows` {prefix of a row: text}."""

    texts: list[str] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)


class FileRefused(Exception):
    """A file was not stored; the message says why, for the person who chose it."""


def urls(model_admin):
    return view_paths(model_admin, [("pictures/upload/", upload, BOTH, "story-picture-upload")])


def upload(model_admin, request):
    """Store one file and return what its row shows of it; with the status 422 why it is refused.

    A GET returns the same of the file with a digest, for a draft that names it.
    """
    if not may_upload(model_admin, request):
        raise PermissionDenied
    if request.method != "POST":
        uploaded = uploaded_picture(request.GET.get("digest", ""))
        if uploaded is None:
            raise Http404
        return JsonResponse(describe_upload(uploaded))
    file = request.FILES.get("file")
    try:
        stored = store(file)
    except FileRefused as error:
        return JsonResponse({"error": str(error)}, status=UNPROCESSABLE)
    return JsonResponse(describe_upload(stored))


def may_upload(model_admin, request: HttpRequest) -> bool:
    """Return whether the request's user may add or replace pictures of stories."""
    may_save = model_admin.has_change_permission(request) or model_admin.has_add_permission(request)
    return may_save and any(map(desk_actor(request).may, ("articles.add_image", "articles.change_image")))


def store(file: "UploadedFile[Any] | None") -> StoredPicture:
    """Store a file that was uploaded; raise FileRefused."""
    if file is None:
        raise FileRefused(_("Choose a picture."))
    try:
        if (file.size or 0) > BYTE_LIMIT:
            raise PictureRefused(Reason.TOO_LARGE)
        return store_picture(file.read(), file.content_type or "")
    except PictureRefused as error:
        reason = error.reason
    except StorageFailed:
        logger.exception("an uploaded picture could not be stored")
        reason = Reason.STORAGE
    text = REASONS.get(reason, reason.label)
    raise FileRefused(_("“%(name)s” was not stored. %(reason)s") % {"name": file.name, "reason": text})


def describe_upload(stored: StoredPicture) -> dict[str, Any]:
    """Return what the page needs for the row of a stored file."""
    return {
        "digest": stored.digest,
        "thumbnail": copy_url(stored.file, ROW),
        "picture": copy_url(stored.file, STAGE),
        "size": describe_size(stored),
    }


def uploaded_picture(digest: str) -> StoredPicture | None:
    """Return the stored picture that a row names, None if it is gone or blocked."""
    if not DIGEST.fullmatch(digest):
        return None
    return StoredPicture.objects.filter(digest=digest, is_blocked=False).first()


def take_files(model_admin, request: Any) -> RefusedFiles:
    """Store the files that came with a form, and put their digests into its rows; return what was refused.

    Each new picture gets a row at the end. Call it outside of a transaction: decoding takes a while.
    """
    refused = RefusedFiles()
    rows = {match["row"]: name for name in request.FILES if (match := NEW_FILE.fullmatch(name))}
    new_files = request.FILES.getlist(NEW_FILES)
    if not rows and not new_files:
        return refused
    if not may_upload(model_admin, request):
        raise PermissionDenied
    data = request.POST.copy()
    for row, name in rows.items():
        try:
            data[f"{row}-upload"] = store(request.FILES[name]).digest
        except FileRefused as error:
            refused.rows[row] = str(error)
    if len(new_files) > MOST_FILES:
        refused.texts.append(_("Upload at most %(n)d pictures at once. None was stored.") % {"n": MOST_FILES})
        new_files = []
    for file in new_files:
        try:
            append_row(data, store(file))
        except FileRefused as error:
            refused.texts.append(str(error))
    request.POST = data
    return refused


def append_row(data: QueryDict, stored: StoredPicture) -> None:
    """Add a row for a stored picture to a posted form."""
    total = f"{PREFIX}-TOTAL_FORMS"
    number = min(row_key(data.get(total, "")), MAX_ROWS)
    data[total] = str(number + 1)
    data[f"{PREFIX}-{number}-position"] = str(number)
    data[f"{PREFIX}-{number}-upload"] = stored.digest
