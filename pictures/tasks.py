"""Background downloads of pictures."""

import logging
from collections.abc import Sequence

from django_tasks import task

from articles.importing.batches import touched_stories
from articles.models import Article, ImportBatch
from pictures.downloading import Outcome, Summary, download
from pictures.planning import Selection
from pictures.runs import exclusive_run, renew

logger = logging.getLogger(__name__)


@task()
def download_missing() -> None:
    """Download all missing pictures, unless another process is at it."""
    with exclusive_run() as is_first:
        if is_first:
            log(download(Selection(), notify=keep_alive))


@task()
def download_for_import(batch_pk: int) -> None:
    """Download the missing pictures of the stories of one import."""
    batch = ImportBatch.objects.filter(pk=batch_pk).first()
    if batch is not None:
        log(download(Selection(stories=touched_stories(batch))))


@task()
def download_for_stories(keys: Sequence[int]) -> None:
    """Download the pictures of stories that are missing, failed or were refused."""
    log(download(Selection(stories=Article.objects.filter(pk__in=keys), failed=True)))


def keep_alive(outcome: Outcome, done: int, total: int) -> None:
    renew()


def log(summary: Summary) -> None:
    """Log what came of a run; the desk shows the outcome of each picture."""
    counts = ", ".join(f"{number:,} {state}" for state, number in sorted(summary.states.items())) or "none"
    level = logging.ERROR if summary.error else logging.INFO
    logger.log(level, "pictures: %s in %.0f s%s", counts, summary.seconds, f"; {summary.error}" * bool(summary.error))
