"""Downloading the pictures of an import after it has finished."""

from django.conf import settings
from django.db.models import Q, QuerySet

from articles.models import Article, Image, ImportBatch
from articles.models.picture import SourceState
from pictures.tasks import download_for_import, download_missing

# Not downloaded, and nothing is known that speaks against it.
MISSING = Q(source__isnull=True) | Q(source__state__in=(SourceState.WAITING, SourceState.FAILED))


def is_due(batch: ImportBatch) -> bool:
    """Return whether the pictures of an import are downloaded: as its form says, else as PICTURES_FETCH does."""
    choice: bool = batch.options.get("pictures", settings.PICTURES_FETCH)
    return choice


def follow_up_import(
    sender: type[ImportBatch], batch: ImportBatch, stories: QuerySet[Article], in_background: bool, **kwargs: object
) -> None:
    """Start the download of the pictures of an import; receives `import_finished`."""
    if not in_background or not is_due(batch):
        return
    if settings.PICTURES_FETCH:
        # Also what earlier imports left out.
        download_missing.enqueue()
    else:
        download_for_import.enqueue(batch.pk)


def count_missing(stories: QuerySet[Article]) -> int:
    """Return how many pictures of stories are not downloaded and may be. One query."""
    images = Image.objects.filter(MISSING, article__in=stories.order_by().values("pk"), file="")
    return images.exclude(url="").count()
