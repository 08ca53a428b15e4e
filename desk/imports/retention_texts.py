"""Texts on how long the records of imports are kept, and on what was deleted of one already."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsroom.dates import format_time
from newsroom.numbers import format_number


def retention_rules():
    """Return sentences on how long the records of an import are kept."""
    undo, unchanged, batches = (
        settings.IMPORT_KEEP_SNAPSHOTS_DAYS,
        settings.IMPORT_KEEP_UNCHANGED_DAYS,
        settings.IMPORT_KEEP_BATCHES_DAYS,
    )
    texts = []
    if undo:
        texts.append(ngettext("Imports can be undone for %(n)s day.", "Imports can be undone for %(n)s days.", undo))
        texts[-1] %= {"n": undo}
    if unchanged:
        text = ngettext(
            "Unchanged documents are listed for %(n)s day.", "Unchanged documents are listed for %(n)s days.", unchanged
        )
        texts.append(text % {"n": unchanged})
    if batches:
        text = ngettext(
            "All other documents are listed for %(n)s day.", "All other documents are listed for %(n)s days.", batches
        )
        texts.append(text % {"n": batches})
    return texts


def retention_notes(batch):
    """Return [(kind of note, text)] on what was deleted of a batch, or until when it can be undone."""
    notes = []
    if batch.written_singly:
        text = ngettext(
            "%(n)s document was written separately because writing documents together failed. The log says why.",
            "%(n)s documents were written one at a time because writing them together failed. The log says why.",
            batch.written_singly,
        )
        notes.append(("warning", text % {"n": format_number(batch.written_singly)}))
    if batch.documents_pruned_at:
        notes.append(("info", _("The documents of this import are no longer listed, only counted.")))
    elif batch.unchanged_pruned_at and batch.counts.get("unchanged"):
        notes.append(("info", _("The unchanged documents of this import are no longer listed, only counted.")))
    days = settings.IMPORT_KEEP_SNAPSHOTS_DAYS
    if batch.can_be_undone and days:
        until = format_time(batch.finished_at + timedelta(days=days))
        notes.append(("info", _("This import can be undone until %(when)s.") % {"when": until}))
    elif batch.undo_has_expired:
        notes.append(("info", reason_against_undo(batch)))
    return notes


def reason_against_undo(batch):
    """Return why a batch cannot be undone."""
    if not batch.undo_has_expired:
        return _("This import has nothing to undo.")
    days = settings.IMPORT_KEEP_SNAPSHOTS_DAYS
    text = ngettext(
        "This import can no longer be undone. Imports can be undone for %(n)s day.",
        "This import can no longer be undone. Imports can be undone for %(n)s days.",
        days,
    )
    return text % {"n": days} if days else _("This import can no longer be undone.")
