"""Why a picture is not stored: codes for the database, with texts for the desk."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsroom.fetching import Reason as FetchReason


class Reason(models.TextChoices):
    """Codes of refusals by this package; those of `newsroom.fetching` are stored as they are."""

    EMPTY = "empty", _("The file is empty.")
    HTML = "html", _("The address leads to a page, not to a picture.")
    SVG = "svg", _("SVG drawings are not stored: they can contain scripts.")
    UNKNOWN_FORMAT = "unknown_format", _("The file is not a JPEG, PNG, WebP, AVIF or GIF picture.")
    MISLABELLED = "mislabelled", _("The file is of another format than its media type says.")
    BROKEN = "broken", _("The file is damaged or incomplete.")
    TOO_LARGE = "too_large", _("The file is larger than 10 MiB.")
    TOO_MANY_PIXELS = "too_many_pixels", _("The picture has more than 50 megapixels or a side of more than 30,000.")
    TOO_SMALL = "too_small", _("The picture is too small to be seen.")
    TOO_NARROW = "too_narrow", _("The picture is more than 20 times as long as it is wide.")
    BLOCKED = "blocked", _("The picture was removed and blocked.")
    NOT_FETCHABLE = "not_fetchable", _("The address is not an http or https address.")
    STORAGE = "storage", _("The copy could not be written.")


class PictureRefused(Exception):
    """A file is not stored as a picture; `reason` says why, `detail` is for logs."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.label} {detail}".strip())
        self.reason, self.detail = reason, detail


def describe_reason(code: str) -> str:
    """Return the text for the reason code of a source, of this package or of `newsroom.fetching`."""
    for reasons in (Reason, FetchReason):
        if code in reasons.values:
            return str(reasons(code).label)
    return code
