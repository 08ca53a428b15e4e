"""Undo stories that an import wrote too early, before it had read all documents.

Only when all documents have been read is it known whether the batch is held, and which of several documents of one
story counts. If the batch cannot be held, its new stories are written while later documents are still being read, which
saves time. This module undoes those whose documents turn out not to count.
"""

from collections import deque
from collections.abc import Collection

from articles import workflow
from articles.choices import Result
from articles.importing.results import ResultWriter
from articles.importing.undo import Undoing, undo_documents
from articles.models import ImportBatch, ImportedDocument
from newsroom.pacing import Pace


def undo_early_writes(
    numbers: Collection[int], batch: ImportBatch, result_writer: ResultWriter
) -> dict[int, ImportedDocument]:
    """Undo the stories that the documents of `batch` with these numbers created, and delete the documents' results.

    Return {number: ImportedDocument} for those that were undone. A story that somebody has edited since then is not
    undone; the document that counts is merged into it.
    """
    undone_documents: dict[int, ImportedDocument] = {}
    pace, documents = Pace(), deque(batch.documents.filter(position__in=numbers))
    while documents:
        with pace.turn() as turn:
            undone_in_turn: dict[int, ImportedDocument] = {}
            while documents:
                document = documents.popleft()
                if (
                    document.action != Result.CREATED
                    or undo_documents([document], workflow.UPSTREAM)[document.pk] != Undoing.SKIPPED
                ):
                    undone_in_turn[document.position] = document
                if turn.is_over:
                    break
            batch.documents.filter(position__in=undone_in_turn).delete()
        result_writer.counter.subtract(Result(document.action) for document in undone_in_turn.values())
        undone_documents |= undone_in_turn
    return undone_documents


def undo_interrupted_writes(story_keys: Collection[int], batch: ImportBatch) -> None:
    """Undo the stories with these keys, if an import created them that was killed before it could undo them itself.

    `batch` reads the same documents again, and in it the documents of these stories do not count.
    """
    states = (ImportBatch.State.INTERRUPTED, ImportBatch.State.RUNNING)
    created_documents = ImportedDocument.objects.filter(
        article__in=story_keys,
        action=Result.CREATED,
        undoing="",
        batch__state__in=states,
        batch__dry_run=False,
    ).exclude(batch=batch)
    pace, documents = Pace(), deque(created_documents)
    while documents:
        with pace.turn() as turn:
            while documents:
                document = documents.popleft()
                document.undoing = undo_document(document)
                if document.undoing == Undoing.UNDONE:
                    document.save(update_fields=["undoing"])
                if turn.is_over:
                    break


def undo_document(document: ImportedDocument) -> Undoing:
    """Undo one document; return whether it was undone or left."""
    return undo_documents([document], workflow.UPSTREAM)[document.pk]
