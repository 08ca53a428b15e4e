"""What a Revision notes of itself: kept as a word and what it speaks of, told in the language of who reads it."""

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.choices import Action, BulkAction

WRITTEN, RESTORED, MERGED, TAKEN, UNDONE = "written", "restored", "merged", "taken", "undone"
TOPIC_MERGED, TOPIC_DELETED = "topic merged", "topic deleted"
# What each word says; %(of)s is what it speaks of.
WORDS = {
    WRITTEN: gettext_lazy("Written at the desk"),
    RESTORED: gettext_lazy("Restored the version of %(of)s"),
    MERGED: gettext_lazy("Providers were merged"),
    TAKEN: gettext_lazy("Took upstream's %(of)s"),
    UNDONE: gettext_lazy("Undid import %(of)s"),
    TOPIC_MERGED: gettext_lazy("Topics were merged: %(of)s"),
    TOPIC_DELETED: gettext_lazy("The topic %(of)s was deleted"),
}
PARTED = ": "


def note_of(word, of=""):
    """Return what is kept: the word, and what it speaks of; times as ISO 8601."""
    return f"{word}{PARTED}{of}" if of else str(word)


def note_in_words(note):
    """Return a kept note as a person reads it; one that is none of ours as it stands."""
    word, _parted, of = note.partition(PARTED)
    if word in WORDS:
        return WORDS[word] % {"of": time_in_words(of)}
    for choices in (BulkAction, Action):
        if word in choices:
            return _("%(action)s: %(of)s") % {"action": choices(word).label, "of": of} if of else choices(word).label
    return note


def time_in_words(text):
    """Return a time as the desk writes it, and any other text as it is."""
    try:
        when = parse_datetime(text)
    except ValueError:
        return text
    return f"{localtime(when):%Y-%m-%d %H:%M}" if when and is_aware(when) else text
