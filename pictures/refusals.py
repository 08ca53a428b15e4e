"""Why a picture is not stored: codes for the database, with texts for the desk."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsroom.fetching import Reason as FetchReason


class Reason(models.TextChoices):
    """Codes of refusals by this package; those of `newsroom.fetching` are stored as they are."""

    EMPTY = "empty", _("The file is empty.")
    HTML = "html", _("The URL leads to a web page, not to a picture.")
    SVG = "svg", _("SVG drawings are not stored: they can contain scripts.")
    UNKNOWN_FORMAT = "unknown_format", _("The file is not a JPEG, PNG, WebP, AVIF or GIF picture.")
    MISLABELLED = "mislabelled", _("The file's format differs from its media type.")
    BROKEN = "broken", _("The file is damaged or incomplete.")
    TOO_LARGE = "too_large", _("The file is larger than 10 MiB.")
    TOO_MANY_PIXELS = (
        "too_many_pixels",
        _("The picture has more than 50 megapixels or a side longer than 30,000 pixels."),
    )
    TOO_SMALL = "too_small", _("The picture is too small to be seen.")
    TOO_NARROW = "too_narrow", _("The picture's long side is more than 20 times its short side.")
    BLOCKED = "blocked", _("The picture was removed and blocked.")
    NOT_FETCHABLE = "not_fetchable", _("The URL does not begin with http or https.")
    STORAGE = "storage", _("The file could not be written to the storage.")


class PictureRefused(Exception):
    """A file is not stored as a picture; `reason` says why, `detail` is for logs."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.label} {detail}".strip())
        self.reason, self.detail = reason, detail


def describe_reason(code: str) -> str:
    """Return the sentence for the reason code of a source, of this package or of `newsroom.fetching`."""
    if code in Reason.values:
        return str(Reason(code).label)
    return f"{FetchReason(code).label}." if code in FetchReason.values else code
