"""Fetching many URLs: hosts side by side, each host politely, the most important URLs first."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from queue import Full, Queue
from threading import Thread

from newsroom.fetching.client import MAX_BYTES, MAX_REDIRECTS, TIMEOUT, conditional_headers, request_once
from newsroom.fetching.deadlines import Deadline
from newsroom.fetching.errors import FetchError, FetchFailed, FetchRefused, Reason
from newsroom.fetching.network import Network, configured_network
from newsroom.fetching.politeness import LEASE_SECONDS, Politeness
from newsroom.fetching.responses import Response
from newsroom.fetching.schedule import Job, Schedule
from newsroom.fetching.targets import Target, parse_target

WORKERS = 16
# A host that needs a longer pause, in seconds, is left for a later run.
PATIENCE = 30.0


@dataclass(frozen=True)
class FetchRequest:
    """A URL to fetch, the validators of its earlier response, and anything by which the caller recognises it."""

    url: str
    etag: str = ""
    last_modified: str = ""
    key: object = None


@dataclass(frozen=True)
class FetchResult:
    """What came of a request: a response or an error, never both."""

    request: FetchRequest
    response: Response | None = None
    error: FetchError | None = None


def fetch_many(
    requests: Iterable[FetchRequest],
    *,
    workers: int = WORKERS,
    max_bytes: int = MAX_BYTES,
    timeout: float = TIMEOUT,
    accept: str = "*/*",
    patience: float = PATIENCE,
    politeness: Politeness | None = None,
    network: Network | None = None,
) -> Iterator[FetchResult]:
    """Yield a result for every request as it is done. Requests are made in the given order, as far as hosts allow.

    Each worker waits until the caller has taken its last result, so few responses are in memory at a time. `timeout` is
    for each request with its redirects, without the pauses between them. Requests to a host that needs a pause of more
    than `patience` seconds fail with Reason.PAUSED and `retry_after`. Nothing is tried twice; see
    `FetchError.is_temporary`.
    """
    downloads = Downloads(
        list(requests),
        max_bytes,
        timeout,
        accept,
        patience,
        politeness or Politeness(lease=LEASE_SECONDS + ceil(timeout)),
        network or configured_network(),
    )
    return downloads.run(workers)


class Downloads:
    """One run of `fetch_many`: its requests, the schedule, and the results that the caller has not taken yet."""

    def __init__(
        self,
        requests: list[FetchRequest],
        max_bytes: int,
        timeout: float,
        accept: str,
        patience: float,
        politeness: Politeness,
        network: Network,
    ) -> None:
        self.requests, self.max_bytes, self.accept, self.patience = requests, max_bytes, accept, patience
        self.politeness, self.network = politeness, network
        self.refused: list[FetchResult] = []
        self.schedule = Schedule(list(self.jobs(timeout)))
        self.results: Queue[FetchResult | BaseException] = Queue(maxsize=1)

    def jobs(self, timeout: float) -> Iterator[Job]:
        """Yield a job for each request, except those with a refused URL, which get their result at once."""
        for position, request in enumerate(self.requests):
            try:
                yield Job(position, parse_target(request.url), timeout)
            except FetchRefused as error:
                self.refused.append(FetchResult(request, error=error))

    def run(self, workers: int) -> Iterator[FetchResult]:
        """Yield the results; end the workers if the caller stops early."""
        yield from self.refused
        for number in range(min(workers, self.schedule.unfinished)):
            # They end with the process: a worker cannot be interrupted in the middle of a request.
            Thread(target=self.work, name=f"fetch-{number}", daemon=True).start()
        try:
            for _number in range(len(self.requests) - len(self.refused)):
                result = self.results.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            self.schedule.stop()

    def work(self) -> None:
        """Do jobs until none is left."""
        try:
            while job := self.schedule.take():
                self.do(job)
        except BaseException as error:
            self.deliver(error)

    def do(self, job: Job) -> None:
        """Make the request of a job, unless its host needs a pause."""
        wait = self.politeness.acquire(job.host)
        if wait > self.patience:
            self.postpone(self.schedule.finish_host(job), wait)
        elif wait:
            self.schedule.put_back(job, wait)
        else:
            self.finish(job, *self.ask(job))

    def finish(self, job: Job, outcome: Response | Target | FetchError, pause: float) -> None:
        """Deliver how a request ended, or follow its redirect; its host may be asked again after `pause` seconds."""
        if isinstance(outcome, Target):
            self.schedule.redirect(job, outcome, pause)
            return
        others: list[Job] = []
        # Before the result is delivered, so that the host is free while the caller is busy.
        if pause > self.patience:
            _job, *others = self.schedule.finish_host(job)
        else:
            self.schedule.finish(job, pause)
        request = self.requests[job.position]
        if isinstance(outcome, Response):
            self.deliver(FetchResult(request, response=outcome))
        else:
            self.deliver(FetchResult(request, error=outcome))
        self.postpone(others, pause)

    def postpone(self, jobs: Iterable[Job], pause: float) -> None:
        """Deliver the failure of jobs whose host needs a longer pause than the caller has patience for."""
        for job in jobs:
            error = FetchFailed(Reason.PAUSED, f"{pause:.0f} seconds", url=job.target.url, retry_after=pause)
            self.deliver(FetchResult(self.requests[job.position], error=error))

    def ask(self, job: Job) -> tuple[Response | Target | FetchError, float]:
        """Return how a request of an acquired host ended, and the seconds until the host may be asked again."""
        request = self.requests[job.position]
        headers = conditional_headers(request.etag, request.last_modified, self.accept)
        deadline, began_at = Deadline(job.seconds_left), time.monotonic()
        outcome: Response | Target | FetchError
        error: FetchError | None = None
        pause = 0.0
        try:
            outcome = request_once(job.target, headers, self.network, deadline, self.max_bytes)
            if isinstance(outcome, Target) and job.redirects == MAX_REDIRECTS:
                outcome = FetchRefused(Reason.REDIRECTS, f"more than {MAX_REDIRECTS}", url=outcome.url)
        except FetchError as caught:
            outcome = error = caught
        finally:
            pause = self.politeness.release(job.host, time.monotonic() - began_at, error)
        job.seconds_left = deadline.seconds_left
        return outcome, pause

    def deliver(self, result: FetchResult | BaseException) -> None:
        """Pass a result to the caller; wait while it is busy, until it stops taking results."""
        while not self.schedule.is_stopped:
            try:
                self.results.put(result, timeout=0.5)
            except Full:
                continue
            return
