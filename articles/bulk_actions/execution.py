"""Preview a bulk change, and carry it out story by story."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import workflow
from articles.bulk_actions.actions import BulkOperation
from articles.choices import Origin, RowResult
from articles.models import Article, BulkChange, BulkChangeRow, Revision
from articles.sanitising import plain_text
from newsroom.fallbacks import warn_of_fallback
from newsroom.pacing import Pace, Turn

logger = logging.getLogger(__name__)
State = BulkChange.State
# Stories in a preview; previewing all of them would keep other writers waiting.
PREVIEW_LIMIT = 200
# Up to this many stories are changed while the user waits for the page, more by a background task.
FOREGROUND_LIMIT = 200
# Stories per transaction, which also writes their results.
STORIES_PER_TRANSACTION = 50
ATTEMPTS = 4
TITLE_LIMIT, MESSAGE_LIMIT = 300, 500


@dataclass
class Row:
    """What happened, or in a preview would happen, to one story."""

    key: int
    title: str
    result: RowResult
    message: str = ""


def create_change(action: str, stories: QuerySet[Article], user: User) -> BulkChange:
    """Return a new BulkChange, not yet previewed, of the queryset `stories` in its order."""
    keys = list(stories.values_list("pk", flat=True))
    return BulkChange.objects.create(action=action, actor=user, keys=keys, total=len(keys))


def preview(change: BulkChange) -> list[Row]:
    """Return the Rows of the first 200 stories: the action is carried out and rolled back."""
    operation, pace = operation_of(change), Pace()
    rows: list[Row] = []
    keys = change.keys[:PREVIEW_LIMIT]
    while len(rows) < len(keys):
        with pace.turn() as turn:
            rows += apply_until(turn, operation, keys[len(rows) :])
            transaction.set_rollback(True)
    return rows


def apply_until(turn: Turn, operation: BulkOperation, keys: Iterable[int]) -> list[Row]:
    """Apply an operation to stories until the Turn is over, at least to one; return their Rows."""
    rows = []
    for key in keys:
        rows.append(apply_to_story(operation, key))
        if turn.is_over:
            break
    return rows


def run_change(change: BulkChange) -> None:
    """Carry out a queued BulkChange from where it stopped; do nothing if another process has claimed it.

    Each story's result is written in the transaction that changes the story.
    """
    queued_change = BulkChange.objects.filter(pk=change.pk, state=State.QUEUED)
    if not queued_change.update(state=State.RUNNING, alive_at=timezone.now()):
        return
    change.refresh_from_db()
    change.state = State.INTERRUPTED
    try:
        operation, pace = operation_of(change), Pace()
        while change.done < change.total:
            run_batch(change, operation, pace)
        change.state = State.FINISHED
    except Exception as error:
        change.note = f"{type(error).__name__}: {error}"[:MESSAGE_LIMIT]
        raise
    finally:
        change.finished_at = timezone.now()
        change.save(update_fields=["state", "finished_at", "note"])


def latest_revision() -> int:
    """Return the number of the latest Revision of all stories, 0 for none.

    Call it before the preview, which then shows no older state of any story.
    """
    return Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def operation_of(change: BulkChange) -> BulkOperation:
    """Return the BulkOperation of a change; raise ValueError if a topic or provider it names no longer exists."""
    return BulkOperation(change.action, change.options, workflow.Actor(Origin.ADMIN, change.actor))


def run_batch(change: BulkChange, operation: BulkOperation, pace: Pace) -> None:
    """Apply an operation to the next fifty stories, fewer if they take long, and write their results."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with pace.turn() as turn:
                keys = change.keys[change.done : change.done + STORIES_PER_TRANSACTION]
                rows = apply_until(turn, operation, keys)
                existing_keys = set(Article.objects.filter(pk__in=keys).values_list("pk", flat=True))
                BulkChangeRow.objects.bulk_create(
                    BulkChangeRow(
                        change=change,
                        position=change.done + number,
                        article_id=row.key if row.key in existing_keys else None,
                        title=row.title,
                        result=row.result,
                        message=row.message,
                    )
                    for number, row in enumerate(rows)
                )
                counts = Counter(change.counts) + Counter(str(row.result) for row in rows)
                done = change.done + len(rows)
                BulkChange.objects.filter(pk=change.pk).update(counts=counts, done=done, alive_at=timezone.now())
            change.counts, change.done = dict(counts), done
            return
        except OperationalError as error:
            # The database was locked too long by another writer.
            if attempt == ATTEMPTS or transaction.get_connection().in_atomic_block:
                raise
            warn_of_fallback(f"bulk change {change.pk}: {STORIES_PER_TRANSACTION} stories are tried again", error)


def apply_to_story(operation: BulkOperation, key: int) -> Row:
    """Apply an operation to one story in a savepoint; return its Row. Only an OperationalError is raised."""
    title = ""
    try:
        with transaction.atomic():
            story = Article.objects.select_for_update().get(pk=key)
            title = plain_text(story.title)[:TITLE_LIMIT]
            description = operation.apply(story)
    except Article.DoesNotExist:
        return Row(key, title, RowResult.REFUSED, _("This story no longer exists."))
    except PermissionDenied:
        return Row(key, title, RowResult.REFUSED, _("You don't have permission to do this to this story."))
    except workflow.WorkflowError as error:
        return Row(key, title, RowResult.REFUSED, str(error)[:MESSAGE_LIMIT])
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("bulk change: story %s", key)
        return Row(key, title, RowResult.FAILED, type(error).__name__)
    if description is None:
        return Row(key, title, RowResult.UNCHANGED)
    return Row(key, title, RowResult.DONE, description[:MESSAGE_LIMIT])
