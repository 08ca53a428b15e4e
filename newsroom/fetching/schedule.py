"""Which request is next: hosts side by side, the requests of a host one after the other, in order of priority."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from threading import Condition

from newsroom.fetching.targets import Target


@dataclass(order=True)
class Job:
    """A request to be made: its position in the order of priority, and where it has been redirected to so far."""

    position: int
    target: Target = field(compare=False)
    seconds_left: float = field(compare=False)
    redirects: int = field(default=0, compare=False)

    @property
    def host(self) -> str:
        return self.target.host


class Schedule:
    """The jobs that are not done, by host. Thread-safe.

    A host is in exactly one place: in `ready` or `waiting` if it has jobs, or with the worker that took one of them.
    """

    def __init__(self, jobs: list[Job]) -> None:
        self.condition = Condition()
        self.jobs: defaultdict[str, list[Job]] = defaultdict(list)
        self.ready: list[tuple[int, str]] = []
        self.waiting: list[tuple[float, str]] = []
        self.queued: set[str] = set()
        self.taken: set[str] = set()
        self.unfinished = len(jobs)
        self.is_stopped = False
        for job in jobs:
            heappush(self.jobs[job.host], job)
        for host in self.jobs:
            self.enqueue(host, 0.0)

    def take(self) -> Job | None:
        """Return the most important job whose host may be asked, waiting for one; None if all are done."""
        with self.condition:
            while not self.is_stopped and self.unfinished:
                now = time.monotonic()
                while self.waiting and self.waiting[0][0] <= now:
                    _ready_at, host = heappop(self.waiting)
                    heappush(self.ready, (self.jobs[host][0].position, host))
                if self.ready:
                    _position, host = heappop(self.ready)
                    self.queued.discard(host)
                    self.taken.add(host)
                    return heappop(self.jobs[host])
                self.condition.wait(self.waiting[0][0] - now if self.waiting else None)
            return None

    def put_back(self, job: Job, wait: float) -> None:
        """Return a job that was not done, because its host may be asked only after `wait` seconds."""
        with self.condition:
            heappush(self.jobs[job.host], job)
            self.free(job.host, wait)

    def redirect(self, job: Job, target: Target, wait: float) -> None:
        """Replace a job by one for the target of its redirect; its host may be asked again after `wait` seconds."""
        with self.condition:
            following = Job(job.position, target, job.seconds_left, job.redirects + 1)
            heappush(self.jobs[following.host], following)
            self.free(job.host, wait)
            if following.host not in self.taken:
                self.enqueue(following.host, 0.0)

    def finish(self, job: Job, wait: float) -> None:
        """Remove a job that is done; its host may be asked again after `wait` seconds."""
        with self.condition:
            self.unfinished -= 1
            self.free(job.host, wait)

    def finish_host(self, job: Job) -> list[Job]:
        """Remove a job and all others of its host; return this job and then the others, in order of priority."""
        with self.condition:
            jobs = [job, *sorted(self.jobs.pop(job.host, []))]
            self.unfinished -= len(jobs)
            self.free(job.host, 0.0)
            return jobs

    def stop(self) -> None:
        """Let no worker take another job."""
        with self.condition:
            self.is_stopped = True
            self.condition.notify_all()

    def free(self, host: str, wait: float) -> None:
        """Make a host available again after `wait` seconds. The caller has the lock."""
        self.taken.discard(host)
        self.enqueue(host, wait)
        self.condition.notify_all()

    def enqueue(self, host: str, wait: float) -> None:
        """Let a host with jobs wait, unless it does already. The caller has the lock."""
        if self.jobs.get(host) and host not in self.queued:
            self.queued.add(host)
            heappush(self.waiting, (time.monotonic() + wait, host))
