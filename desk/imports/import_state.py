"""The state of an import as the desk shows it: whether it runs, has stopped or can be undone, and its progress."""

from datetime import timedelta
from pathlib import PurePath

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import UNDOABLE, WRITTEN
from articles.importing.batches import PRESUMED_DEAD_AFTER, recorded_counts
from articles.models import ImportBatch
from newsroom.numbers import format_number

# A queued import that waits longer is shown as waiting for a worker; before, the worker may just be about to start.
WORKER_WAIT = timedelta(seconds=20)
State = ImportBatch.State
STATE_BADGES = {
    State.QUEUED: "info",
    State.RUNNING: "info",
    State.FINISHED: "success",
    State.HELD: "warning",
    State.INTERRUPTED: "danger",
}


def has_crashed(batch):
    """Return whether a batch is recorded as running although its process is gone."""
    last_heartbeat = batch.alive_at or batch.started_at
    return batch.state == State.RUNNING and last_heartbeat < timezone.now() - PRESUMED_DEAD_AFTER


def is_abandoned(batch):
    """Return whether a batch has waited so long that its worker may be gone, as after a restart."""
    return batch.state == State.QUEUED and batch.started_at < timezone.now() - PRESUMED_DEAD_AFTER


def is_broken(batch):
    """Return whether a batch was interrupted or never started."""
    return batch.state == State.INTERRUPTED or has_crashed(batch) or is_abandoned(batch)


def with_recorded_counts(batch):
    """Return a batch; if its process was killed before it wrote `counts`, count the recorded results instead."""
    if has_crashed(batch) or (batch.state == State.INTERRUPTED and not batch.counts):
        batch.counts = recorded_counts(batch)
    return batch


def is_undoable(batch):
    """Return whether a batch wrote something that can be undone, even if its process was killed."""
    has_written = any(batch.counts.get(result) for result in WRITTEN)
    return batch.can_be_undone or (has_crashed(batch) and not batch.dry_run and has_written)


def is_being_undone(batch):
    """Return whether undoing a batch has started and is not complete, even if its process is gone."""
    return batch.can_be_undone and (batch.undo_started_at is not None or is_undone_in_part(batch))


def has_undo_crashed(batch):
    """Return whether the process that undoes a batch is gone."""
    return batch.alive_at is None or batch.alive_at < timezone.now() - PRESUMED_DEAD_AFTER


def is_undone_in_part(batch):
    """Return whether some documents of a batch are undone and others not yet."""
    if not batch.can_be_undone:
        return False
    # The last document is undone first.
    last = batch.documents.filter(UNDOABLE).order_by("-position").values_list("undoing", flat=True)
    return any(last[:1])


def source_names(batch):
    """Return the names of what was imported, without their folders."""
    return ", ".join(PurePath(source).name or source for source in batch.sources)


def describe_state(batch):
    """Return (badge, label) of a batch's state; the badge is the name of a colour, as in STATE_BADGES."""
    if has_crashed(batch) or (batch.can_be_undone and batch.undo_started_at and has_undo_crashed(batch)):
        return "danger", _("Crashed")
    if batch.state == State.FINISHED and batch.dry_run:
        return "info", _("Preview")
    return STATE_BADGES.get(batch.state, "default"), batch.get_state_display()


def progress_of(batch):
    """Return the progress of a batch for its bar: `text`, `value` of `max` (None if unknown), and whether it is `over`.

    static/js/import.js reads these.
    """
    progress = {"over": batch.is_over or has_crashed(batch), "value": None, "max": None}
    if batch.state == State.QUEUED:
        is_late = timezone.now() - batch.started_at > WORKER_WAIT
        return progress | {"text": _("Waiting for a worker.") if is_late else _("Waiting to run")}
    number, total = batch.done or batch.read, batch.total
    if total:
        # Reading is the first half of the work, writing the second.
        progress |= {"value": min(batch.read, total) + min(batch.done, total), "max": 2 * total}
    values = {"number": format_number(number), "total": format_number(total) if total else ""}
    if batch.done:
        text = _("%(number)s of %(total)s documents done") if total else _("%(number)s documents done")
    else:
        text = _("%(number)s of %(total)s documents read") if total else _("%(number)s documents read")
    return progress | {"text": text % values}


def undo_progress_of(batch):
    """Return the progress of undoing a batch, as `progress_of` does."""
    done = batch.documents.exclude(undoing="").count()
    total = batch.documents.filter(UNDOABLE).count()
    if done:
        text = _("%(number)s of %(total)s stories undone")
    else:
        text = ngettext("Waiting to undo %(total)s story", "Waiting to undo %(total)s stories", total)
    return {
        "over": batch.state == State.UNDONE or has_undo_crashed(batch),
        "value": done,
        "max": total,
        "text": text % {"number": format_number(done), "total": format_number(total)},
    }
