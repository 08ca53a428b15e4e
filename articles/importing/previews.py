"""Apply a preview (a dry run or a held import): exactly what it showed, or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles.choices import Result
from articles.importing.batches import new_batch, restores
from articles.importing.publication import PublishPolicy
from articles.importing.results import Outcome
from articles.importing.sources.files import STANDARD_INPUT
from articles.models import ImportBatch
from articles.permissions import PUBLISH, may_import, may_restore_exports
from articles.workflow import Actor

CHANGED_SINCE = "skipped: the story was changed since the preview; make a new preview"
EXPECTED_COLUMNS = ("position", "action", "changed", "conflicts", "seen_at")


class NotApplicable(Exception):
    """The batch is not a preview, was applied already, or its results were pruned."""


def may_apply(actor: Actor, preview: ImportBatch) -> bool:
    """Return whether the actor may do everything that a preview showed.

    A preview that is held, or would be, requires the permission to publish.
    """
    policy = PublishPolicy(preview.options.get("publish", PublishPolicy.UPSTREAM))
    is_within = policy is policy.permitted_for(actor) and (may_restore_exports(actor) or not restores(preview))
    return may_import(actor) and is_within and (not preview.note or actor.may(PUBLISH))


@transaction.atomic
def apply_preview(preview: ImportBatch, actor: Actor) -> ImportBatch:
    """Return a queued ImportBatch that applies `preview`; raise NotApplicable if that is not possible.

    Raises PermissionDenied when the actor may not do all that it showed.
    """
    preview = ImportBatch.objects.select_for_update().get(pk=preview.pk)
    if not may_apply(actor, preview):
        raise PermissionDenied(f"{actor.user} may not apply import {preview.pk}.")
    if preview.documents_pruned_at:
        raise NotApplicable("The results of this preview have been deleted. Make a new preview.")
    if not preview.is_preview:
        raise NotApplicable("This import is not a preview.")
    if preview.applications.exclude(state=ImportBatch.State.INTERRUPTED).exists():
        raise NotApplicable("This preview has already been applied.")
    if STANDARD_INPUT in preview.sources and not preview.upload:
        raise NotApplicable("Documents from standard input are not stored. Import them again with --no-hold.")
    return new_batch(
        preview.sources,
        upload=preview.upload,
        publish=PublishPolicy(preview.options.get("publish", PublishPolicy.UPSTREAM)),
        hold=False,
        restore=restores(preview),
        preview=preview,
        pictures=preview.options.get("pictures"),
        actor=actor,
    )


class Expectations:
    """The results that a preview showed, compared with those of the import that applies it."""

    def __init__(self, preview: ImportBatch) -> None:
        self.preview = preview

    def differing(self, outcomes: Mapping[int, Outcome]) -> dict[int, Outcome]:
        """Return {number: held Outcome} for those of {number: Outcome} that differ from the preview."""
        if not outcomes:
            return {}
        rows = self.preview.documents.filter(position__range=(min(outcomes), max(outcomes)))
        previewed_results = {position: rest for position, *rest in rows.values_list(*EXPECTED_COLUMNS)}
        return {
            number: Outcome.held(CHANGED_SINCE)
            for number, outcome in outcomes.items()
            if not is_as_previewed(outcome, previewed_results.get(number))
        }


def is_as_previewed(outcome: Outcome, previewed_result: Sequence[Any] | None) -> bool:
    """Whether an Outcome equals the result in a preview: [action, changed, conflicts, seen_at], None if unchanged."""
    if previewed_result is None:
        return outcome.action is Result.UNCHANGED
    action, *expected = previewed_result
    is_same = [outcome.changed, outcome.conflicts, outcome.updated_at_before] == expected
    return is_same and action in (outcome.action, Result.HELD)
