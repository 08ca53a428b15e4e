"""Doing a preview, a dry run or a held batch, in earnest: just what it showed, or nothing."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles.choices import Result
from articles.importing.batches import new_batch
from articles.importing.results import Outcome
from articles.importing.sources.files import STANDARD_INPUT
from articles.importing.writing.update import Publish
from articles.models import ImportBatch
from articles.permissions import PUBLISH, may_import

CHANGED_SINCE = "not as the preview showed it, as the story was changed since; left alone: make a new preview"
KEYS = ("position", "action", "changed", "conflicts", "seen_at")


class NotApplicable(Exception):
    """The batch is no preview, or was applied already, or its documents are gone."""


def may_apply(actor, preview):
    """Return whether an actor may apply a preview: all it showed is what the actor may do as well.

    One that is held, or would be, needs the right to publish.
    """
    publish = Publish(preview.options.get("publish", Publish.UPSTREAM))
    is_within = publish is publish.as_permitted(actor)
    return may_import(actor) and is_within and (not preview.note or actor.may(PUBLISH))


@transaction.atomic
def apply_preview(preview, actor):
    """Return the queued ImportBatch that does `preview` in earnest; raise NotApplicable if that cannot be.

    Raises PermissionDenied when the actor may not do all that it showed.
    """
    preview = ImportBatch.objects.select_for_update().get(pk=preview.pk)
    if not may_apply(actor, preview):
        raise PermissionDenied(f"{actor.user} may not apply import {preview.pk}.")
    if preview.documents_pruned_at:
        raise NotApplicable("What this preview showed is not kept any more; make a new preview.")
    if not preview.is_preview:
        raise NotApplicable("This import is not a preview.")
    if preview.applications.exclude(state=ImportBatch.State.INTERRUPTED).exists():
        raise NotApplicable("This preview was applied already.")
    if STANDARD_INPUT in preview.sources and not preview.upload:
        raise NotApplicable("What came from standard input is not kept; import it again with --no-hold.")
    return new_batch(
        preview.sources,
        upload=preview.upload,
        publish=Publish(preview.options.get("publish", Publish.UPSTREAM)),
        hold=False,
        preview=preview,
        actor=actor,
    )


class Expectations:
    """What a preview said of every document, to be held against what happens now."""

    def __init__(self, preview):
        self.preview = preview

    def disagreeing(self, written):
        """Return {number: Outcome} for those of {number: Outcome} that are not as previewed: they are held."""
        if not written:
            return {}
        rows = self.preview.documents.filter(position__range=(min(written), max(written)))
        said = {position: rest for position, *rest in rows.values_list(*KEYS)}
        return {
            number: Outcome.held(CHANGED_SINCE)
            for number, outcome in written.items()
            if not agrees(outcome, said.get(number))
        }


def agrees(outcome, said):
    """Whether an Outcome is what a preview `said`, [action, changed, conflicts, seen_at], or None for unchanged."""
    if said is None:
        return outcome.action is Result.UNCHANGED
    action, changed, conflicts, seen_at = said
    is_same = (outcome.changed, outcome.conflicts, outcome.seen_at) == (changed, conflicts, seen_at)
    return is_same and action in (outcome.action, Result.HELD)
