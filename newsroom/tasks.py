"""Background tasks without a worker, for a laptop."""

from threading import Thread
from uuid import uuid4

from django.db import connections, transaction
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.immediate import ImmediateBackend


class ThreadBackend(ImmediateBackend):
    """Runs a task in a thread of the process that enqueued it, after its transaction is committed.

    The thread ends with the process; imports that are cut off are marked as interrupted later.
    """

    def enqueue(self, task, args, kwargs):
        """Return a result that says no more than that the task is ready: what becomes of it is known to its thread."""
        self.validate_task(task)
        times = dict.fromkeys(("enqueued_at", "started_at", "last_attempted_at", "finished_at"))
        result = TaskResult(
            task=task,
            id=uuid4().hex,
            status=TaskResultStatus.READY,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
            **times,
        )
        run_at_once = super().enqueue

        def run():
            try:
                run_at_once(task, args, kwargs)
            finally:
                connections.close_all()

        transaction.on_commit(lambda: Thread(target=run, name=f"task-{result.id}", daemon=True).start())
        return result
