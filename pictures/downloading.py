"""Download pictures and store them; what came of each URL is recorded with its source."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from articles.models import Image, PictureSource, StoredPicture
from articles.models.picture import SourceState, digest_of_file
from newsroom.fetching import FetchError, FetchRefused, FetchRequest, FetchResult, Response, fetch_many
from pictures.choosing import mark_site_pictures
from pictures.decoding import BYTE_LIMIT
from pictures.linking import assign_copies, link_sources
from pictures.planning import Selection, plan
from pictures.refusals import PictureRefused, Reason
from pictures.storing import StorageFailed, store_picture

logger = logging.getLogger(__name__)
ACCEPT = "image/avif,image/webp,image/png,image/jpeg,image/gif;q=0.8"
# Planned and downloaded together; what arrives meanwhile waits for the next page, about ten seconds.
PAGE_LENGTH = 40
# Readers' cached pages expire with every transaction that shows a new picture.
RESULTS_AT_ONCE, SECONDS_AT_ONCE = 20, 2.0
MOST_ATTEMPTS = 6
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(days=1)
# Called after each picture with the number that is done and the number known so far.
Notify = Callable[["Outcome", int, int], None]
Fetch = Callable[[Iterable[FetchRequest]], Iterator[FetchResult]]


@dataclass(frozen=True)
class Outcome:
    """What came of one picture: the new state of its source, and why."""

    url: str
    state: SourceState
    reason: str = ""
    text: str = ""


@dataclass
class Summary:
    """The outcomes of a run: counted by state and by reason, with the seconds that it took."""

    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    # Why the run ended early; "" if it did not.
    error: str = ""

    @property
    def total(self) -> int:
        return self.states.total()

    @property
    def has_failures(self) -> bool:
        """Whether a download failed or the run ended early; a file that is no usable picture is not a failure."""
        return bool(self.error or self.states[SourceState.FAILED])

    def add(self, outcome: Outcome) -> None:
        self.states[outcome.state] += 1
        if outcome.reason:
            self.reasons[outcome.reason] += 1


def fetch_pictures(images: Iterable[FetchRequest]) -> Iterator[FetchResult]:
    """Download pictures politely, the first ones first."""
    return fetch_many(images, max_bytes=BYTE_LIMIT, accept=ACCEPT)


def download(
    selection: Selection,
    *,
    limit: int | None = None,
    notify: Notify | None = None,
    fetch: Fetch = fetch_pictures,
) -> Summary:
    """Download and store the selected pictures, at most `limit`, and return the Summary.

    Pictures that are added meanwhile are downloaded as well. A storage that cannot be written ends the run.
    """
    summary, since, began_at = Summary(), timezone.now(), time.monotonic()
    planned = newest_key = 0
    while limit is None or planned < limit:
        # The next plan has the new pictures of a delivery before old ones that wait.
        last_key, newest_key = newest_key, newest_picture_key()
        link_sources(selection.images().filter(pk__gt=last_key))
        sources = plan(selection, PAGE_LENGTH if limit is None else min(PAGE_LENGTH, limit - planned), since)
        if not sources:
            # Also pictures whose URL has changed.
            if link_sources(selection.images()):
                continue
            break
        planned += len(sources)
        try:
            for outcome in download_page(sources, fetch):
                summary.add(outcome)
                if notify is not None:
                    notify(outcome, summary.total, planned)
        except StorageFailed as error:
            summary.error = str(error)
            break
    summary.seconds = time.monotonic() - began_at
    return summary


def newest_picture_key() -> int:
    """Return the greatest key of a picture, 0 without any."""
    return Image.objects.aggregate(newest=Max("pk"))["newest"] or 0


def download_page(sources: Sequence[PictureSource], fetch: Fetch) -> Iterator[Outcome]:
    """Download and store the pictures of these sources; yield the outcome of each."""
    rows = {source.pk: source for source in sources}
    requests = [request_for(source) for source in sources]
    new_keys: list[int] = []
    last_flush = time.monotonic()
    try:
        for result in fetch(requests):
            source = rows[int(str(result.request.key))]
            outcome = record(source, result)
            if outcome.state == SourceState.STORED:
                new_keys.append(source.pk)
            if len(new_keys) >= RESULTS_AT_ONCE or time.monotonic() - last_flush > SECONDS_AT_ONCE:
                show(new_keys)
                new_keys, last_flush = [], time.monotonic()
            yield outcome
    finally:
        show(new_keys)


def request_for(source: PictureSource) -> FetchRequest:
    """Return the request for a picture; if we have a copy, the server may answer that it has not changed."""
    if source.stored_id is None:
        return FetchRequest(source.url, key=source.pk)
    return FetchRequest(source.url, source.etag, source.last_modified, source.pk)


@transaction.atomic
def show(source_keys: Sequence[int]) -> None:
    """Give the pictures of these sources our copies, in one transaction."""
    if source_keys:
        assign_copies(source_keys)
        mark_site_pictures(source_keys)


def record(source: PictureSource, result: FetchResult) -> Outcome:
    """Store what was downloaded and write the outcome into the row of its source."""
    source.attempts += 1
    source.last_attempt_at, source.next_attempt_at = timezone.now(), None
    source.reason, source.reason_text = "", ""
    stop: StorageFailed | None = None
    try:
        if result.error is not None:
            fail(source, result.error)
        elif result.response is not None:
            accept(source, result.response)
    except PictureRefused as error:
        is_blocked = error.reason == Reason.BLOCKED
        set_state(source, SourceState.BLOCKED if is_blocked else SourceState.REFUSED, error.reason, error.detail)
        if is_blocked and result.response is not None:
            # Allowing the picture again allows this URL as well.
            stored = StoredPicture.objects.filter(digest=digest_of_file(result.response.body))
            source.block_id = stored.values_list("block", flat=True).first()
    except StorageFailed as error:
        set_state(source, SourceState.FAILED, Reason.STORAGE, str(error))
        source.next_attempt_at, stop = timezone.now() + FIRST_PAUSE, error
    write(source)
    if stop is not None:
        raise stop
    return Outcome(source.url, SourceState(source.state), source.reason, source.reason_text)


def accept(source: PictureSource, response: Response) -> None:
    """Store the picture of a response; raise PictureRefused or StorageFailed."""
    source.http_status = response.status
    if response.not_modified and source.stored_id:
        source.state = SourceState.STORED
        return
    source.stored = store_picture(response.body, response.content_type)
    source.state = SourceState.STORED
    source.etag, source.last_modified = response.etag[:300], response.last_modified[:100]


def fail(source: PictureSource, error: FetchError) -> None:
    """Record that nothing was downloaded, and when another attempt is worth it."""
    source.http_status = error.status or None
    state = SourceState.REFUSED if isinstance(error, FetchRefused) else SourceState.FAILED
    set_state(source, state, error.reason, error.detail)
    if error.is_temporary and source.attempts < MOST_ATTEMPTS:
        pause = max(FIRST_PAUSE * 2 ** (source.attempts - 1), timedelta(seconds=error.retry_after))
        source.next_attempt_at = timezone.now() + min(pause, LONGEST_PAUSE)


def set_state(source: PictureSource, state: SourceState, reason: str, text: str) -> None:
    source.state, source.reason, source.reason_text = state, str(reason), text[:500]


def write(source: PictureSource) -> None:
    """Save the outcome, unless the picture was removed and blocked during the download."""
    columns = ["state", "reason", "reason_text", "attempts", "http_status", "etag", "last_modified"]
    columns += ["last_attempt_at", "next_attempt_at", "stored_id", "block_id"]
    values = {name: getattr(source, name) for name in columns}
    rows = PictureSource.objects.filter(pk=source.pk).exclude(state__in=(SourceState.BLOCKED, SourceState.NEVER))
    if not rows.update(**values):
        source.refresh_from_db()
