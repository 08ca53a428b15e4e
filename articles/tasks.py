"""What the desk asks for and does not wait for. Run where TASKS_BACKEND says (docs/operations.md)."""

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
def run_import(batch_pk):
    """Run a queued batch; one that is gone, or that another has taken up, is none of ours."""
    batch = ImportBatch.objects.filter(pk=batch_pk, state=ImportBatch.State.QUEUED).first()
    if batch is None:
        return
    try:
        run_batch(batch)
    except UnusableSource as error:
        # The batch's note says so to whoever asked for it: nothing is wrong with the task.
        logger.warning("import %s: %s", batch_pk, error)
    prune_old_imports.enqueue()


@task()
def prune_old_imports():
    """Remove what imports wrote down longer ago than it is kept."""
    prune_after_import()


@task()
def undo_import(batch_pk, user_pk):
    """Undo a batch in the name of a user."""
    batch = ImportBatch.objects.filter(pk=batch_pk).first()
    user = get_user_model().objects.filter(pk=user_pk).first()
    if batch is None or user is None:
        return
    try:
        undo_batch(batch, workflow.Actor(Origin.ADMIN, user))
    except (NotUndoable, PermissionDenied) as error:
        # What the user may do, or what there is to undo, changed since it was asked for.
        ImportBatch.objects.filter(pk=batch_pk).update(undo_started_at=None)
        logger.warning("import %s: %s", batch_pk, error)


@task()
def run_bulk_change(change_pk):
    """Do a queued bulk change, or go on with it; one that is gone, or that another has taken up, is none of ours."""
    change = BulkChange.objects.filter(pk=change_pk).first()
    if change is None:
        return
    try:
        run_change(change)
    except ValueError as error:
        # Its own note says so: the topic or provider it was about is gone.
        logger.warning("bulk change %s: %s", change_pk, error)
