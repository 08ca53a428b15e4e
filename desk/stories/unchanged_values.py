"""Values that differ from the stored ones only because browsers normalize what they post."""

from datetime import datetime
from typing import Any

from django.db.models import Model


def is_same_text(first: str, second: str) -> bool:
    """Return whether two texts are equal except for line ends and white space at their ends."""
    return normalized(first) == normalized(second)


def normalized(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def restore_unchanged(instance: Model, cleaned: dict[str, Any]) -> None:
    """Put the stored values back into `cleaned` where only a browser changed them; dates lose their microseconds.

    Otherwise saving one field would mark all as changed by the desk, and the next import would report conflicts.
    """
    for name, value in cleaned.items():
        # Reading any other attribute of a row would load the story it belongs to.
        stored = getattr(instance, name, None) if instance.pk and isinstance(value, str | datetime) else None
        if isinstance(value, str) and isinstance(stored, str):
            cleaned[name] = stored if is_same_text(value, stored) else value.replace("\r\n", "\n")
        elif isinstance(value, datetime) and isinstance(stored, datetime) and value == stored.replace(microsecond=0):
            cleaned[name] = stored
