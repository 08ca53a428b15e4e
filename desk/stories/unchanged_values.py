"""Differences between typed and stored values that no editor made: a browser normalizes what it posts."""

from datetime import datetime


def is_same_text(first, second):
    """Whether two texts differ in line ends and white space at their ends at most."""
    return normalized(first) == normalized(second)


def normalized(text):
    return text.strip().replace("\r\n", "\n")


def restore_unchanged(instance, cleaned):
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
