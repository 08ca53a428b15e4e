"""Trying a bulk change, and doing it row by row."""

import logging
from collections import Counter
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import workflow
from articles.bulk_actions.actions import Act
from articles.choices import Origin, RowResult
from articles.models import Article, BulkChange, BulkChangeRow, Revision
from articles.sanitising import plain_text
from newsroom.pacing import Pace

logger = logging.getLogger(__name__)
State = BulkChange.State
# So many are tried for a preview; to try them all would keep every other writer waiting.
TRIED = 200
# So many are done at once, while somebody waits for the page; more go on in the background.
AT_ONCE = 200
# So many share a transaction: what was done and the results that say so are never apart.
TOGETHER = 50
ATTEMPTS = 4
TITLE_LIMIT, MESSAGE_LIMIT = 300, 500


@dataclass
class Row:
    """What became, or would become, of one story."""

    key: int
    title: str
    result: RowResult
    message: str = ""


def new_change(action, stories, user):
    """Return a BulkChange to be previewed, of the queryset `stories` in its order."""
    keys = list(stories.values_list("pk", flat=True))
    return BulkChange.objects.create(action=action, actor=user, keys=keys, total=len(keys))


def try_out(change):
    """Return the Rows of the first 200 stories, as they would be: the real thing, rolled back."""
    act, pace, rows = act_of(change), Pace(), []
    keys = change.keys[:TRIED]
    while len(rows) < len(keys):
        with pace.turn() as turn:
            rows += do_until(turn, act, keys[len(rows) :])
            transaction.set_rollback(True)
    return rows


def do_until(turn, act, keys):
    """Do stories until the Turn is over, and one at least; return their Rows."""
    rows = []
    for key in keys:
        rows.append(do(act, key))
        if turn.is_over:
            break
    return rows


def run_change(change):
    """Do a queued BulkChange, or go on with an interrupted one; one that is under way is left to whoever does it.

    Every story is done by itself, and what became of it is written in the transaction that did it.
    """
    claimed = BulkChange.objects.filter(pk=change.pk, state=State.QUEUED)
    if not claimed.update(state=State.RUNNING, alive_at=timezone.now()):
        return
    change.refresh_from_db()
    change.state = State.INTERRUPTED
    try:
        act, pace = act_of(change), Pace()
        while change.done < change.total:
            do_some(change, act, pace)
        change.state = State.FINISHED
    except Exception as error:
        change.note = f"{type(error).__name__}: {error}"[:MESSAGE_LIMIT]
        raise
    finally:
        change.finished_at = timezone.now()
        change.save(update_fields=["state", "finished_at", "note"])


def newest_revision():
    """Return the number of the newest Revision of all stories, 0 for none: up to there a preview has seen them.

    To be asked before the stories are tried: of those that are tried later the preview shows no less.
    """
    return Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def act_of(change):
    """Return the Act of a change; raises ValueError when a topic or provider it names is gone."""
    return Act(change.action, change.options, workflow.Actor(Origin.ADMIN, change.actor))


def do_some(change, act, pace):
    """Do the next fifty stories, fewer if they take long, and write down what became of them."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with pace.turn() as turn:
                rows = do_until(turn, act, change.keys[change.done : change.done + TOGETHER])
                keys = [row.key for row in rows]
                there = set(Article.objects.filter(pk__in=keys).values_list("pk", flat=True))
                BulkChangeRow.objects.bulk_create(
                    BulkChangeRow(
                        change=change,
                        position=change.done + place,
                        article_id=row.key if row.key in there else None,
                        title=row.title,
                        result=row.result,
                        message=row.message,
                    )
                    for place, row in enumerate(rows)
                )
                counts = Counter(change.counts) + Counter(str(row.result) for row in rows)
                done = change.done + len(rows)
                BulkChange.objects.filter(pk=change.pk).update(counts=counts, done=done, alive_at=timezone.now())
            change.counts, change.done = dict(counts), done
            return
        except OperationalError:
            # Another writer stood in the way, of all fifty.
            if attempt == ATTEMPTS or transaction.get_connection().in_atomic_block:
                raise
            logger.warning("bulk change %s: tried again", change.pk)


def do(act, key):
    """Do one story in a savepoint; return its Row. Only an OperationalError is raised."""
    title = ""
    try:
        with transaction.atomic():
            story = Article.objects.select_for_update().get(pk=key)
            title = plain_text(story.title)[:TITLE_LIMIT]
            changed = act(story)
        told = changed[:MESSAGE_LIMIT] if isinstance(changed, str) else ""
        return Row(key, title, RowResult.DONE if changed else RowResult.UNCHANGED, told)
    except Article.DoesNotExist:
        return Row(key, title, RowResult.REFUSED, _("The story is not there any more."))
    except PermissionDenied:
        return Row(key, title, RowResult.REFUSED, _("You may not do this to this story."))
    except workflow.WorkflowError as error:
        return Row(key, title, RowResult.REFUSED, str(error)[:MESSAGE_LIMIT])
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("bulk change: story %s", key)
        return Row(key, title, RowResult.FAILED, type(error).__name__)
