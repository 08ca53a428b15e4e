"""The progress of an import, what a killed one leaves behind, and who runs it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from articles import tasks
from articles.importing.batches import new_batch
from articles.importing.sources import uploads
from articles.models import Article, ImportBatch
from newsroom import tasks as background
from tests.desk.imports.pages import IMPORT_BUTTONS, LIST, State, applied, archive, page_of, previewed, text_of, url
from tests.factories import as_document, make_document, make_values
from tests.page_parts import buttons, elements, links

pytestmark = pytest.mark.django_db


class TestProgress:
    def waiting(self, editor, **fields):
        folder, names = uploads.store_files([archive(make_document())])
        batch = new_batch(names, upload=folder)
        fields = {"state": State.RUNNING, "alive_at": timezone.now(), **fields}
        ImportBatch.objects.filter(pk=batch.pk).update(**fields)
        batch.refresh_from_db()
        return batch

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"state": State.QUEUED}, (False, None, None, "Waiting to run")),
            ({"read": 300}, (False, None, None, "300 documents read")),
            ({"read": 5000, "done": 5000}, (False, None, None, "5,000 documents done")),
            ({"read": 0, "total": 0}, (False, None, None, "0 documents read")),
            ({"read": 300, "total": 1200}, (False, 300, 2400, "300 of 1,200 documents read")),
            ({"read": 1200, "done": 400, "total": 1200}, (False, 1600, 2400, "400 of 1,200 documents done")),
            ({"read": 1500, "total": 1200}, (False, 1200, 2400, "1,500 of 1,200 documents read")),
        ],
    )
    def test_progress_text(self, desk, editor, fields, expected):
        batch = self.waiting(editor, **fields)
        progress = desk.get(url("progress", batch)).json()
        assert (progress["over"], progress["value"], progress["max"], progress["text"]) == expected
        page = text_of(desk.get(page_of(batch)))
        assert expected[3] in page
        assert f'data-progress="{url("progress", batch)}"' in page
        assert '<noscript> <meta http-equiv="refresh" content="3"> </noscript>' in page

    def test_missing_worker_is_reported(self, desk, editor):
        batch = self.waiting(editor, state=State.QUEUED, started_at=timezone.now() - timedelta(seconds=30))
        assert desk.get(url("progress", batch)).json()["text"] == "Waiting for a worker."

    def test_killed_import_is_run_again(self, desk, editor):
        batch = self.waiting(editor, alive_at=timezone.now() - timedelta(minutes=3))
        assert desk.get(url("progress", batch)).json()["over"] is True
        page = text_of(desk.get(page_of(batch)))
        assert "Crashed" in page
        assert "Crashed" in text_of(desk.get(LIST))
        assert elements(page, "//noscript/meta/@http-equiv") == []
        assert elements(page, "//*/@data-progress") == []
        response = desk.post(url("again", batch))
        again = ImportBatch.objects.latest("pk")
        assert response.url == page_of(again)
        assert (again.upload, again.state, again.actor) == (batch.upload, State.FINISHED, editor)
        assert Article.objects.count() == 1
        batch.refresh_from_db()
        assert batch.state == State.INTERRUPTED

    def test_killed_import_has_counts_and_is_undone(self, desk, editor):
        done = applied(desk, make_document(), make_document(), b"bad")
        known = [make_values() for _number in range(3)]
        applied(desk, *map(as_document, known))
        killed = applied(desk, make_document(title="Killed"), *map(as_document, known))
        old = timezone.now() - timedelta(minutes=3)
        ImportBatch.objects.filter(pk=killed.pk).update(
            state=State.RUNNING, alive_at=old, started_at=old, finished_at=None, counts={}
        )
        page = desk.get(page_of(killed))
        assert page.context["batch"].counts == dict.fromkeys(done.counts, 0) | {"created": 1, "unchanged": 3}
        assert [row["title"] for row in page.context["documents"].rows] == ["Killed"]
        assert url("undo", killed) in text_of(page)
        assert "1 story it created will be deleted." in text_of(desk.get(url("undo", killed)))
        desk.post(url("undo", killed))
        killed.refresh_from_db()
        assert (killed.state, killed.counts["created"], killed.counts["unchanged"]) == (State.UNDONE, 1, 3)
        assert Article.objects.filter(title="Killed").count() == 0

    def test_killed_dry_run_cannot_be_undone(self, desk):
        batch = previewed(desk, make_document())
        old = timezone.now() - timedelta(minutes=3)
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.RUNNING, alive_at=old, counts={})
        page = desk.get(page_of(batch))
        assert (links(page, IMPORT_BUTTONS), buttons(page)) == ([], [(url("again", batch), "")])
        assert "This import has nothing to undo." in text_of(desk.get(url("undo", batch), follow=True))

    def test_import_killed_under_an_earlier_version_has_counts(self, desk):
        batch = applied(desk, make_document())
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.INTERRUPTED, counts={})
        assert desk.get(page_of(batch)).context["batch"].counts["created"] == 1
        desk.post(url("undo", batch))
        assert not Article.objects.exists()

    def test_forgotten_import_is_run(self, desk, editor):
        batch = self.waiting(editor, state=State.QUEUED, started_at=timezone.now() - timedelta(minutes=3))
        page = text_of(desk.get(page_of(batch)))
        assert "Waiting for a worker." in page
        assert "Run again" in page
        assert desk.post(url("again", batch)).url == page_of(batch)
        batch.refresh_from_db()
        assert batch.state == State.FINISHED

    def test_killed_application_is_applied_again(self, desk, editor):
        preview = previewed(desk, make_document())
        batch = new_batch(preview.sources, upload=preview.upload, preview=preview)
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.RUNNING, alive_at=timezone.now() - timedelta(days=1))
        desk.post(url("again", batch))
        again = ImportBatch.objects.latest("pk")
        assert (again.preview, again.state) == (preview, State.FINISHED)

    def test_running_import_is_not_run_again(self, desk, editor):
        batch = self.waiting(editor)
        assert "cannot be run again" in text_of(desk.post(url("again", batch), follow=True))
        assert ImportBatch.objects.count() == 1

    def test_late_task_does_nothing(self, desk):
        batch = applied(desk, make_document())
        tasks.run_import.enqueue(batch.pk)
        tasks.run_import.enqueue(batch.pk + 1)
        assert ImportBatch.objects.get(pk=batch.pk).finished_at == batch.finished_at

    def test_error_is_recorded_as_a_note(self, desk, editor):
        batch = self.waiting(editor, state=State.QUEUED)
        uploads.delete_upload(batch.upload)
        tasks.run_import.enqueue(batch.pk)
        batch.refresh_from_db()
        assert batch.state == State.INTERRUPTED
        assert "upload them again" in text_of(desk.get(page_of(batch)))


class TestBackends:
    """Where tasks run: what differs from running at once."""

    def test_thread_starts_after_commit(self, desk, settings, monkeypatch, django_capture_on_commit_callbacks):
        class Now:
            def __init__(self, target, **about):
                assert about["daemon"]
                self.start = target

        closed = []
        monkeypatch.setattr(background, "Thread", Now)
        monkeypatch.setattr(background.connections, "close_all", lambda: closed.append(True))
        settings.TASKS = {"default": {"BACKEND": "newsroom.tasks.ThreadBackend"}}
        with django_capture_on_commit_callbacks() as callbacks:
            batch = previewed(desk, make_document())
        assert batch.state == State.QUEUED
        (begin,) = callbacks
        begin()
        batch.refresh_from_db()
        assert batch.state == State.FINISHED
        assert closed == [True]

    def test_database_backend_stores_the_task(self, desk, settings):
        settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
        batch = previewed(desk, make_document())
        task = DBTaskResult.objects.get()
        assert task.args_kwargs == {"args": [batch.pk], "kwargs": {}}
        assert batch.state == State.QUEUED
        task.task.call(batch.pk)
        batch.refresh_from_db()
        assert batch.state == State.FINISHED
