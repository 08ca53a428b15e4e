"""Background tasks without a worker, for a laptop."""

from threading import Thread

from django.db import connections, transaction
from django_tasks.backends.immediate import ImmediateBackend


class ThreadBackend(ImmediateBackend):
    """Runs a task in a thread of the process that enqueued it, after its transaction is committed.

    The thread ends with the process; imports that are cut off are marked as interrupted later.
    """

    def _execute_task(self, task_result):
        execute = super()._execute_task

        def run():
            try:
                execute(task_result)
            finally:
                connections.close_all()

        transaction.on_commit(lambda: Thread(target=run, name=f"task-{task_result.id}", daemon=True).start())
