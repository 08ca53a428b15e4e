"""Notes of Revisions, stored as a kind and its subject and described in the user's language."""

from collections.abc import Callable

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.choices import Action, BulkAction

SEPARATOR = ": "


class NoteKind(models.TextChoices):
    """Kinds of notes besides those named after an Action or a BulkAction; %(of)s is the subject."""

    WRITTEN = "written", gettext_lazy("Written at the desk")
    RESTORED = "restored", gettext_lazy("Restored the version from %(of)s")
    MERGED = "merged", gettext_lazy("Merged providers")
    TAKEN = "taken", gettext_lazy("Used the upstream version of %(of)s")
    RESTORED_EXPORT = "restored export", gettext_lazy("Restored the desk's edits from an export")
    UNDONE = "undone", gettext_lazy("Undid import %(of)s")
    JOINED = "joined", gettext_lazy("Joined with the story “%(of)s”")
    PICTURE_BLOCKED = "picture blocked", gettext_lazy("Removed and blocked the picture %(of)s")
    TOPIC_MERGED = "topic merged", gettext_lazy("Merged topics: %(of)s")
    TOPIC_DELETED = "topic deleted", gettext_lazy("Deleted the topic %(of)s")


def make_note(kind: str, subject: object = "") -> str:
    """Return the note to store, for a NoteKind, Action or BulkAction; a time as `subject` is ISO 8601."""
    return f"{kind}{SEPARATOR}{subject}" if subject else str(kind)


def describe_note(note: str, field_label: Callable[[str], str] = str) -> str:
    """Return the text to show for a stored note; a note of an unknown kind is returned unchanged.

    `field_label` returns the name to show for a key of the document format.
    """
    kind, _separator, subject = note.partition(SEPARATOR)
    if kind in NoteKind:
        return NoteKind(kind).label % {"of": field_label(subject) if kind == NoteKind.TAKEN else describe_time(subject)}
    for choices in (BulkAction, Action):
        if kind in choices:
            label = str(choices(kind).label)
            return _("%(action)s: %(of)s") % {"action": label, "of": subject} if subject else label
    return note


def describe_time(text: str) -> str:
    """Return an ISO 8601 time as the desk shows it, and any other text unchanged."""
    try:
        when = parse_datetime(text)
    except ValueError:
        return text
    return f"{localtime(when):%Y-%m-%d %H:%M}" if when and is_aware(when) else text
