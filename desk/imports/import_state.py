"""The state of an import as the desk shows it: whether it runs, has stopped or can be undone, and its progress."""

from datetime import timedelta
from pathlib import PurePath

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import WRITTEN
from articles.importing.batches import PRESUMED_DEAD_AFTER, recorded_counts
from articles.models import ImportBatch
from desk.confirmation import grouped

# How long a queued import waits before the page says that there is no worker: one may be busy with another import.
PATIENCE = timedelta(seconds=20)
State = ImportBatch.State
STATE_BADGES = {
    State.QUEUED: "info",
    State.RUNNING: "info",
    State.FINISHED: "success",
    State.HELD: "warning",
    State.INTERRUPTED: "danger",
}


def is_stopped(batch):
    """Return whether a batch is recorded as running although its process is gone."""
    last_sign = batch.alive_at or batch.started_at
    return batch.state == State.RUNNING and last_sign < timezone.now() - PRESUMED_DEAD_AFTER


def is_forgotten(batch):
    """Return whether a batch has waited so long that its worker may be gone, as after a restart."""
    return batch.state == State.QUEUED and batch.started_at < timezone.now() - PRESUMED_DEAD_AFTER


def is_broken(batch):
    """Return whether a batch was cut off, or never begun."""
    return batch.state == State.INTERRUPTED or is_stopped(batch) or is_forgotten(batch)


def as_recorded(batch):
    """Return a batch with the counts of what it recorded, where its killed process could not write them."""
    if is_stopped(batch) or (batch.state == State.INTERRUPTED and not batch.counts):
        batch.counts = recorded_counts(batch)
    return batch


def is_undoable(batch):
    """Return whether a batch wrote something that can be undone, even if its process was killed."""
    has_written = any(batch.counts.get(result) for result in WRITTEN)
    return batch.can_be_undone or (is_stopped(batch) and not batch.dry_run and has_written)


def is_being_undone(batch):
    """Return whether undoing a batch has begun and is not finished, running or not."""
    return batch.can_be_undone and (batch.undo_started_at is not None or is_undone_in_part(batch))


def is_undo_stopped(batch):
    """Return whether the process that undoes a batch is gone."""
    return batch.alive_at is None or batch.alive_at < timezone.now() - PRESUMED_DEAD_AFTER


def is_undone_in_part(batch):
    """Return whether undoing a batch has begun and is not finished. It undoes the last document first."""
    if not batch.can_be_undone:
        return False
    last = batch.documents.filter(action__in=WRITTEN).order_by("-position").values_list("undoing", flat=True)
    return any(last[:1])


def source_names(batch):
    """Return the names of what was imported, without their folders."""
    return ", ".join(PurePath(source).name or source for source in batch.sources)


def describe_state(batch):
    """Return (badge, label) of a batch's state; the badge is its kind of colour."""
    if is_stopped(batch) or (batch.can_be_undone and batch.undo_started_at and is_undo_stopped(batch)):
        return "danger", _("Crashed")
    if batch.state == State.FINISHED and batch.dry_run:
        return "info", _("Preview")
    return STATE_BADGES.get(batch.state, "default"), batch.get_state_display()


def progress_of(batch):
    """Return the progress of a batch for its bar: `text`, `value` of `max` (None if unknown), and whether it is `over`.

    static/js/import.js reads these.
    """
    progress = {"over": batch.is_over or is_stopped(batch), "value": None, "max": None}
    if batch.state == State.QUEUED:
        is_late = timezone.now() - batch.started_at > PATIENCE
        return progress | {"text": _("Waiting for a worker.") if is_late else _("Waiting to run")}
    number, total = batch.done or batch.read, batch.total
    if total:
        # Reading is the first half of the work, writing the second.
        progress |= {"value": min(batch.read, total) + min(batch.done, total), "max": 2 * total}
    values = {"number": grouped(number), "total": grouped(total) if total else ""}
    if batch.done:
        text = _("%(number)s of %(total)s documents done") if total else _("%(number)s documents done")
    else:
        text = _("%(number)s of %(total)s documents read") if total else _("%(number)s documents read")
    return progress | {"text": text % values}


def undo_progress_of(batch):
    """Return the progress of undoing a batch, as `progress_of` does."""
    done = batch.documents.exclude(undoing="").count()
    total = sum(batch.counts.get(result, 0) for result in WRITTEN)
    if done:
        text = _("%(number)s of %(total)s stories undone")
    else:
        text = ngettext("Waiting to undo %(total)s story", "Waiting to undo %(total)s stories", total)
    return {
        "over": batch.state == State.UNDONE or is_undo_stopped(batch),
        "value": done,
        "max": total,
        "text": text % {"number": grouped(done), "total": grouped(total)},
    }
