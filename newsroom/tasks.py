"""Background tasks without a worker, for a laptop."""

from collections.abc import Mapping, Sequence
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import connections, transaction
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import Task

T = TypeVar("T")


def has_worker() -> bool:
    """Return whether background tasks are done by another process, which goes on when this one ends."""
    return settings.TASKS_BACKEND == "database"


class ThreadBackend(ImmediateBackend):
    """Run a task in a thread of the process that enqueued it, after its transaction is committed.

    The thread ends with the process; imports that this cuts off are marked as interrupted later.
    """

    def enqueue(self, task: Task[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> TaskResult[T]:
        """Enqueue a task; return a result that stays READY, as only the thread knows the outcome."""
        self.validate_task(task)
        result: TaskResult[T] = TaskResult(
            task=task,
            id=uuid4().hex,
            status=TaskResultStatus.READY,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
        )
        run_at_once = super().enqueue

        def run() -> None:
            try:
                run_at_once(task, args, kwargs)
            finally:
                connections.close_all()

        transaction.on_commit(lambda: Thread(target=run, name=f"task-{result.id}", daemon=True).start())
        return result
