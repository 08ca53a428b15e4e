"""Writing new stories while documents are still being read, so that neither waits for the other.

Whether a batch is held, and which of several documents of one story counts, is known when all have been read.
Where nothing can be held new stories are written at once, and one that turns out not to count is taken back.
"""

from collections import deque
from typing import NamedTuple

from django.conf import settings
from django.db.models import Max

from articles import workflow
from articles.choices import Result
from articles.importing.undo import Undoing, undo
from articles.models import Article, Image, ImportBatch, ImportedDocument, Topic
from newsroom.pacing import Pace
from providers.models import Provider


def nothing_can_be_held(batch):
    """Whether no documents could have the batch held: it never is, or too few stories are published."""
    least = settings.IMPORT_HOLD_LEAST
    return not batch.options.get("hold", True) or Article.objects.filter(published=True)[: least + 1].count() <= least


class Newest(NamedTuple):
    """The keys of the last rows of some models there were before a run; later ones came with its documents."""

    provider: int
    topic: int
    image: int
    story: int

    @classmethod
    def of_now(cls):
        models = (Provider, Topic, Image, Article)
        return cls(*(model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in models))


def take_back(positions, batch, ledger):
    """Take back the stories that documents of `batch` at `positions` created early.

    Returns {position: ImportedDocument} of those where that was possible: what became of them is no longer written
    down. A story that somebody has edited meanwhile stays, and what its later document says is merged into it.
    """
    back, pace, documents = {}, Pace(), deque(batch.documents.filter(position__in=positions))
    while documents:
        with pace.turn() as turn:
            some = {}
            while documents:
                document = documents.popleft()
                if document.action != Result.CREATED or undo(document, workflow.UPSTREAM) != Undoing.LEFT:
                    some[document.position] = document
                if turn.is_over:
                    break
            batch.documents.filter(position__in=some).delete()
        ledger.counted.subtract(Result(document.action) for document in some.values())
        back |= some
    return back


def take_back_of_killed(keys, batch):
    """Take back those of the stories with these `keys` that an import created which was killed before it knew better.

    Their documents do not count, as `batch` found out; so the end is that of an import that was not killed.
    """
    killed = (ImportBatch.State.INTERRUPTED, ImportBatch.State.RUNNING)
    documents = ImportedDocument.objects.filter(
        article__in=keys, action=Result.CREATED, undoing="", batch__state__in=killed, batch__dry_run=False
    ).exclude(batch=batch)
    pace, documents = Pace(), deque(documents)
    while documents:
        with pace.turn() as turn:
            while documents:
                document = documents.popleft()
                document.undoing = undo(document, workflow.UPSTREAM)
                if document.undoing == Undoing.UNDONE:
                    document.save(update_fields=["undoing"])
                if turn.is_over:
                    break
