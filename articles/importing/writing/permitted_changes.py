"""Changes of existing rows that the import's user may not make: rolled back and reported as held."""

from collections.abc import Callable

from django.db import transaction

from articles.choices import Result
from articles.documents.problems import Level, Problem
from articles.importing.results import Outcome
from articles.importing.writing.context import WriteContext

STORY_LEFT_ALONE = Problem(
    "skipped: the story is published, and this import's user is not allowed to publish", level=Level.WARNING
)
TAXONOMY_LEFT_ALONE = Problem("skipped: this import's user is not allowed to change it", level=Level.WARNING)


def apply_or_hold(
    change: Callable[[], Outcome], context: WriteContext, *, is_permitted: bool, warning: Problem
) -> Outcome:
    """Call `change` and return its Outcome; unless it is permitted, roll it back if it changed existing rows.

    The Outcome of a change that was rolled back is held, and `warning` is its only problem.
    """
    if is_permitted:
        return change()
    with transaction.atomic():
        outcome = change()
        if outcome.action not in (Result.UPDATED, Result.CONFLICT):
            return outcome
        transaction.set_rollback(True)
    context.clear_lookups()
    outcome.action, outcome.snapshot_json, outcome.updated_at_after = Result.HELD, None, None
    outcome.problems = [warning]
    return outcome
