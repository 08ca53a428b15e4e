"""Undo an import: delete the stories it created, restore those it changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from articles import workflow
from articles.choices import UNDOABLE, Result
from articles.db.bulk_updates import set_column
from articles.history.notes import NoteKind, make_note
from articles.history.recording import record_changes
from articles.importing.batches import mark_killed_batches
from articles.importing.snapshots import restorable, restore_snapshots
from articles.models import Article, ImportBatch, ImportedDocument, PossibleDuplicate
from articles.permissions import may_undo, may_undo_document
from newsroom.pacing import Pace, Turn

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
            while documents := list(to_undo.select_for_update(of=("self",))[:ROWS_AT_ONCE]):
                results = undo_documents(documents, actor, turn)
                set_column(ImportedDocument, "undoing", {key: result.value for key, result in results.items()})
                last = min(document.position for document in documents if document.pk in results)
                to_undo = to_undo.filter(position__lt=last)
                if turn.is_over:
                    break
            ImportBatch.objects.filter(pk=batch.pk).update(alive_at=timezone.now())
    batch.alive_at = timezone.now()
    batch.state, batch.undone_at, batch.undone_by = ImportBatch.State.UNDONE, timezone.now(), actor.user
    batch.save(update_fields=["state", "undone_at", "undone_by"])
    finished = batch.documents.exclude(undoing="").values_list("undoing", flat=True)
    undone = sum(result == Undoing.UNDONE for result in finished)
    return Undone(undone, len(finished) - undone)


def begin_undoing(batch: ImportBatch) -> None:
    """Mark a batch as being undone, or as waiting for a worker that will undo it."""
    batch.alive_at = timezone.now()
    batch.undo_started_at = batch.undo_started_at or batch.alive_at
    batch.save(update_fields=["undo_started_at", "alive_at"])


def undo_documents(
    documents: Sequence[ImportedDocument], actor: workflow.Actor, turn: Turn | None = None
) -> dict[int, ImportedDocument.Undoing]:
    """Undo documents of one batch, the last first; return {key of a document: whether it was undone or left}.

    Changed stories are restored together, with a constant number of statements. Documents are left out for which the
    Turn had no time, and all after the second one of one story. In a transaction only.
    """
    results: dict[int, ImportedDocument.Undoing] = {}
    keys = {document.article_id for document in documents if document.article_id}
    articles = {story.pk: story for story in Article.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    changed_later = keys_of_later_documents(documents, keys)
    to_restore: dict[int, ImportedDocument] = {}
    for document in documents:
        article = articles.get(document.article_id or 0)
        if article is not None and article.pk in to_restore:
            break
        results[document.pk] = Undoing.SKIPPED
        is_untouched = (
            article is not None and article.pk not in changed_later and article.updated_at == document.left_at
        )
        if article is None or not is_untouched or not may_undo_document(actor, document, article):
            continue
        if document.action != Result.CREATED:
            to_restore[article.pk] = document
            continue
        article.skip_tombstone = True
        article.delete()
        results[document.pk] = Undoing.UNDONE
        if turn is not None and turn.is_over:
            break
    for key in restore_stories(to_restore, articles, actor):
        results[to_restore[key].pk] = Undoing.UNDONE
    return results


def keys_of_later_documents(documents: Iterable[ImportedDocument], keys: Collection[int]) -> set[int]:
    """Return those keys of stories that a later import than that of the documents has changed. One query."""
    batch = max((document.batch_id for document in documents), default=0)
    later_documents = ImportedDocument.objects.filter(
        UNDOABLE, ~Q(undoing=Undoing.UNDONE), article__in=keys, batch__gt=batch, batch__dry_run=False
    )
    return {key for key in later_documents.values_list("article_id", flat=True) if key is not None}


def restore_stories(
    documents: Mapping[int, ImportedDocument], articles: Mapping[int, Article], actor: workflow.Actor
) -> set[int]:
    """Restore {key of a story: the ImportedDocument that changed it}; return the keys of those that were restored."""
    snapshots = {key: document.snapshot for key, document in documents.items() if document.snapshot}
    snapshots = {key: snapshots[key] for key in restorable(snapshots)}
    if not snapshots:
        return set()
    states = {key: (articles[key].state, articles[key].visible_from) for key in snapshots}
    changes = restore_snapshots({key: articles[key] for key in snapshots}, snapshots)
    batch = documents[next(iter(snapshots))].batch
    note = make_note(NoteKind.UNDONE, f"#{batch.pk}")
    record_changes({key: change for key, change in changes.items() if change}, actor.user, actor.origin, note)
    suggestions = PossibleDuplicate.objects.open().filter(Q(first__in=snapshots) | Q(second__in=snapshots))
    suggestions.filter(created_at__gte=batch.started_at, created_at__lte=batch.finished_at).delete()
    for key, (state, visible_from) in states.items():
        if (articles[key].state, articles[key].visible_from) != (state, visible_from):
            workflow.record_undo(articles[key], state, actor)
    return set(snapshots)
