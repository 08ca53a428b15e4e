"""What the desk shows of a picture: its thumbnail, and in plain words what became of its copy."""

from typing import NamedTuple

from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Image, PictureSource, StoredPicture
from articles.models.picture import SourceState
from newsroom.dates import format_time
from newsroom.numbers import format_number
from pictures.refusals import describe_reason
from pictures.renditions import renditions_of

# In pixels, at two to a CSS pixel: in lists of stories, in the rows of a story, and where the focal point is set.
THUMBNAIL, ROW, STAGE = 128, 320, 640
PROBLEMS = {SourceState.FAILED, SourceState.REFUSED, SourceState.BLOCKED}


class PictureState(NamedTuple):
    """The state of a picture in plain words; `details` may be empty."""

    label: str
    details: list[str]
    is_problem: bool = False


def copy_url(name: str, width: int) -> str:
    """Return the URL of our narrowest copy of at least this width; a file of earlier releases has one copy only."""
    copies = [copy for copy in renditions_of(name) if copy.media_type == "image/webp"]
    wide = next((copy for copy in copies if copy.width >= width), copies[-1] if copies else None)
    return default_storage.url(wide.name if wide else name)


def thumbnail(image: Image | None) -> str:
    """Return our copy of a picture as a small `<img>`, or a placeholder. Foreign URLs are never fetched."""
    if image is None or not image.file:
        return format_html('<span class="desk-thumbnail desk-thumbnail-none">{}</span>', _("No picture"))
    return format_html(
        '<img class="desk-thumbnail" src="{}" width="64" height="40" alt="" loading="lazy">',
        copy_url(str(image.file), THUMBNAIL),
    )


def describe_state(image: Image) -> PictureState:
    """Return the state of a saved picture. No query if `source` and `stored` are loaded."""
    source, stored = image.source, image.stored
    if image.file:
        details = [describe_size(stored)] if stored else []
        if (stored and stored.is_site_picture) or (source and source.is_site_picture):
            text = _("Many stories of this provider have this picture. It leads the story only if you choose it.")
            return PictureState(_("Site picture"), [*details, text])
        return PictureState(_("Stored") if image.url else _("Uploaded"), details)
    if source is None or source.state == SourceState.STORED:
        # Not linked to a source yet, or the copy was withdrawn from this story alone.
        return PictureState(_("Not downloaded yet") if image.url else _("No file"), [], not image.url)
    reasons = {SourceState.FAILED: describe_failure(source), SourceState.REFUSED: [describe_reason(source.reason)]}
    state = SourceState(source.state)
    return PictureState(str(state.label), reasons.get(state, []), state in PROBLEMS)


def describe_size(stored: StoredPicture) -> str:
    """Return the size of a picture as it was received: "1,600 × 1,067 pixels, 214 KB"."""
    return _("%(width)s × %(height)s pixels, %(size)s") % {
        "width": format_number(stored.width),
        "height": format_number(stored.height),
        "size": filesizeformat(stored.bytes),
    }


def describe_failure(source: PictureSource) -> list[str]:
    """Return why a download failed, how often it was attempted, and when the next attempt is."""
    reason = describe_reason(source.reason)
    if source.http_status and source.http_status >= 400:
        reason = f"{reason.removesuffix('.')} (HTTP {source.http_status})."
    number = source.attempts
    attempts = ngettext("%(n)d attempt.", "%(n)d attempts.", number) % {"n": number}
    if source.next_attempt_at is None:
        return [reason, attempts, _("No further attempt unless you start one.")]
    return [reason, attempts, _("Next attempt: %(time)s.") % {"time": format_time(source.next_attempt_at)}]
