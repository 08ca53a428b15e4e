"""Take back stories that were written before all documents were read, and turn out not to count.

Whether a batch is held, and which of several documents of one story counts, is known when all have been read. Where
the batch cannot be held, new stories are written while later documents are being read, so that neither waits.
"""

from collections import deque
from collections.abc import Collection

from articles import workflow
from articles.choices import Result
from articles.importing.results import ResultWriter
from articles.importing.undo import Undoing, undo_document
from articles.models import ImportBatch, ImportedDocument
from newsroom.pacing import Pace


def take_back(numbers: Collection[int], batch: ImportBatch, result_writer: ResultWriter) -> dict[int, ImportedDocument]:
    """Undo the stories that documents of `batch` with these numbers created, and delete their results.

    Return {number: ImportedDocument} of those that could be undone. A story that somebody has edited since then stays,
    and the document that counts is merged into it.
    """
    undone_documents: dict[int, ImportedDocument] = {}
    pace, documents = Pace(), deque(batch.documents.filter(position__in=numbers))
    while documents:
        with pace.turn() as turn:
            undone_in_turn: dict[int, ImportedDocument] = {}
            while documents:
                document = documents.popleft()
                if document.action != Result.CREATED or undo_document(document, workflow.UPSTREAM) != Undoing.LEFT:
                    undone_in_turn[document.position] = document
                if turn.is_over:
                    break
            batch.documents.filter(position__in=undone_in_turn).delete()
        result_writer.counter.subtract(Result(document.action) for document in undone_in_turn.values())
        undone_documents |= undone_in_turn
    return undone_documents


def take_back_from_interrupted(story_keys: Collection[int], batch: ImportBatch) -> None:
    """Undo those of the stories with these keys that an interrupted import created.

    In `batch` their documents do not count, but the interrupted import was killed before it knew. The result is the
    same as if it had not been killed.
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
                document.undoing = undo_document(document, workflow.UPSTREAM)
                if document.undoing == Undoing.UNDONE:
                    document.save(update_fields=["undoing"])
                if turn.is_over:
                    break
