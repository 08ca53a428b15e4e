"""Undo an import: delete the stories it created, restore those it changed."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from articles import workflow
from articles.choices import UNDOABLE, Result
from articles.history.notes import NoteKind, make_note
from articles.history.recording import recording
from articles.importing.batches import mark_killed_batches
from articles.importing.snapshots import can_restore, restore_snapshot
from articles.models import Article, ImportBatch, ImportedDocument, PossibleDuplicate
from articles.permissions import may_undo, may_undo_document
from newsroom.pacing import Pace

ROWS_AT_ONCE = 200
Undoing = ImportedDocument.Undoing


class NotUndoable(Exception):
    """Nothing in the batch can be undone."""


@dataclass
class Undone:
    """How many stories were undone, and how many were left because they had changed since."""

    undone: int = 0
    left: int = 0


def undo_batch(batch: ImportBatch, actor: workflow.Actor) -> Undone:
    """Undo a batch from its last document to the first, in short transactions; return the Undone.

    A story that a person or another import has changed since is left alone, and its document says so. Providers,
    topics and blobs stay. After an interruption it can be called again. Raises PermissionDenied if the
    actor may not do all of it, and NotUndoable.
    """
    mark_killed_batches()
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if batch.undo_has_expired:
            raise NotUndoable("This import can no longer be undone: its results have been deleted.")
        if not may_undo(actor, batch):
            raise PermissionDenied(f"{actor.user} may not undo import {batch.pk}.")
        if not batch.can_be_undone:
            raise NotUndoable("This import has nothing to undo.")
        begin_undoing(batch)
    to_undo = batch.documents.filter(UNDOABLE, undoing="").order_by("-position")
    pace = Pace()
    while to_undo.exists():
        with pace.turn() as turn:
            # Locked, as somebody else may be undoing the same batch; each document is undone once.
            finished_documents = []
            for document in to_undo.select_for_update(of=("self",))[:ROWS_AT_ONCE]:
                document.undoing = undo_document(document, actor)
                finished_documents.append(document)
                if turn.is_over:
                    break
            ImportedDocument.objects.bulk_update(finished_documents, ["undoing"])
            ImportBatch.objects.filter(pk=batch.pk).update(alive_at=timezone.now())
        if finished_documents:
            to_undo = to_undo.filter(position__lt=finished_documents[-1].position)
    batch.alive_at = timezone.now()
    batch.state, batch.undone_at, batch.undone_by = ImportBatch.State.UNDONE, timezone.now(), actor.user
    batch.save(update_fields=["state", "undone_at", "undone_by"])
    results = batch.documents.exclude(undoing="").values_list("undoing", flat=True)
    undone = sum(result == Undoing.UNDONE for result in results)
    return Undone(undone, len(results) - undone)


def begin_undoing(batch: ImportBatch) -> None:
    """Mark a batch as being undone, or as waiting for a worker that will undo it."""
    batch.alive_at = timezone.now()
    batch.undo_started_at = batch.undo_started_at or batch.alive_at
    batch.save(update_fields=["undo_started_at", "alive_at"])


def undo_document(document: ImportedDocument, actor: workflow.Actor) -> ImportedDocument.Undoing:
    """Undo one document; return whether it was undone or left."""
    stories = Article.objects.select_for_update()
    article = stories.filter(pk=document.article_id).first() if document.article_id else None
    if article is None or not is_untouched(article, document) or not may_undo_document(actor, document, article):
        return Undoing.SKIPPED
    if document.action == Result.CREATED:
        article.skip_tombstone = True
        article.delete()
        return Undoing.UNDONE
    if document.snapshot is None or not can_restore(document.snapshot):
        return Undoing.SKIPPED
    state_before, time_before = article.state, article.visible_from
    note = make_note(NoteKind.UNDONE, f"#{document.batch_id}")
    with recording(article, actor, note=note, is_decision=False):
        restore_snapshot(article, document.snapshot)
    batch = document.batch
    suggestions = PossibleDuplicate.objects.open().of(article.pk)
    suggestions.filter(created_at__gte=batch.started_at, created_at__lte=batch.finished_at).delete()
    article.refresh_from_db(fields=["state", "visible_from"])
    if (article.state, article.visible_from) != (state_before, time_before):
        workflow.record_undo(article, state_before, actor)
    return Undoing.UNDONE


def is_untouched(article: Article, document: ImportedDocument) -> bool:
    """Whether nobody has changed the story since the document was imported."""
    later_documents = ImportedDocument.objects.filter(
        UNDOABLE,
        ~Q(undoing=Undoing.UNDONE),
        article=article,
        batch__gt=document.batch_id,
        batch__dry_run=False,
    )
    return article.updated_at == document.left_at and not later_documents.exists()
