"""Background tasks without a worker, for a laptop."""

from threading import Thread

from django.db import connections, transaction
from django_tasks.backends.immediate import ImmediateBackend


class ThreadBackend(ImmediateBackend):
    """Runs a task in a thread of the process that asked for it, once its transaction is committed.

    The thread ends with the process, as a laptop's should; what was cut off tells so itself.
    """

    def _execute_task(self, task_result):
        execute = super()._execute_task

        def run():
            try:
                execute(task_result)
            finally:
                connections.close_all()

        transaction.on_commit(lambda: Thread(target=run, name=f"task-{task_result.id}", daemon=True).start())
