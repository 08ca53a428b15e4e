"""Background tasks of the desk. TASKS_BACKEND decides where they run (docs/operations.md)."""

import logging

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django_tasks import task

from articles import workflow
from articles.bulk_actions.execution import run_change
from articles.choices import Origin
from articles.importing.retention import prune_after_import
from articles.importing.runner import run_batch
from articles.importing.sources.files import UnusableSource
from articles.importing.undo import NotUndoable, undo_batch
from articles.models import BulkChange, ImportBatch

logger = logging.getLogger(__name__)


@task()
def run_import(batch_pk: int) -> None:
    """Run a batch, unless it was deleted or another worker has started it."""
    batch = ImportBatch.objects.filter(pk=batch_pk, state=ImportBatch.State.QUEUED).first()
    if batch is None:
        return
    try:
        run_batch(batch)
    except UnusableSource as error:
        # Not an error of the task: the batch's note shows it to the user.
        logger.warning("import %s: %s", batch_pk, error)
    prune_old_imports.enqueue()


@task()
def prune_old_imports() -> None:
    """Delete the results of old imports."""
    prune_after_import()


@task()
def undo_import(batch_pk: int, user_pk: int) -> None:
    """Undo a batch on behalf of a user."""
    batch = ImportBatch.objects.filter(pk=batch_pk).first()
    user = get_user_model().objects.filter(pk=user_pk).first()
    if batch is None or user is None:
        return
    try:
        undo_batch(batch, workflow.Actor(Origin.ADMIN, user))
    except (NotUndoable, PermissionDenied) as error:
        # The user's permissions or the import have changed since the task was enqueued.
        ImportBatch.objects.filter(pk=batch_pk).update(undo_started_at=None)
        logger.warning("import %s: %s", batch_pk, error)


@task()
def run_bulk_change(change_pk: int) -> None:
    """Run or continue a bulk change, unless it was deleted or another worker runs it."""
    change = BulkChange.objects.filter(pk=change_pk).first()
    if change is None:
        return
    try:
        run_change(change)
    except ValueError as error:
        # Its note shows the cause to the user: the topic or provider was deleted.
        logger.warning("bulk change %s: %s", change_pk, error)
