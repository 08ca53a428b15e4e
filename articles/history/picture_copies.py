"""Our copies of pictures in rows that are restored: they may have been downloaded, removed or blocked since."""

from collections.abc import Mapping
from typing import Any

from articles.models import StoredPicture
from articles.models.image import COPY_COLUMNS, NEVER_LEADS, UNRATED

# The names of our copies begin with the digest of the picture: pictures/ab/<digest>-<size>.
NAME_PARTS = 3


def without_copy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row that exists without those of our copy, which stay as they are."""
    return {name: value for name, value in values.items() if name not in COPY_COLUMNS}


def with_present_copy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row that is created again, with our copy only if it is still there.

    The source is not restored: the next download finds it by the URL. A file of an earlier release is taken over.
    """
    file = str(values.get("file") or "")
    result = {**values, "stored_id": None}
    if "source_id" in values:
        result["source_id"] = None
    if not file:
        return result
    result["lead_score"] = values.get("lead_score", UNRATED)
    stored = StoredPicture.objects.filter(file=file).first()
    if stored is not None and not stored.is_blocked:
        result["stored_id"] = stored.pk
    elif stored is not None or is_content_addressed(file):
        result |= {"file": "", "lead_score": NEVER_LEADS}
    return result


def is_content_addressed(file: str) -> bool:
    """Return whether the name of a file says that it is a copy of a stored picture."""
    return len(file.split("/")) == NAME_PARTS
