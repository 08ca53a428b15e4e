"""Importing from the desk: who may, what is shown, and what is done."""

import io
import json
import re
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.asserts import assertNumQueries

from articles import tasks
from articles.importing import uploads
from articles.importing.batch import import_sources, run_batch
from articles.importing.runs import new_batch
from articles.models import Article, ImportBatch, ImportedDocument
from newsroom import tasks as background
from tests.factories import as_document, make_document, make_values

pytestmark = pytest.mark.django_db
LIST = reverse("admin:articles_importbatch_changelist")
FORM = reverse("admin:import-stories")
State = ImportBatch.State


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def page_of(batch):
    return reverse("admin:articles_importbatch_change", args=[batch.pk])


def url(name, batch):
    return reverse(f"admin:import-{name}", args=[batch.pk])


def archive(*documents):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        for number, document in enumerate(documents):
            members.writestr(f"{number}.md", document)
    return SimpleUploadedFile("stories.zip", file.getvalue())


def send(client, *files, **fields):
    return client.post(FORM, {"files": list(files), "publish": "upstream", **fields})


def previewed(client, *documents, **fields):
    response = send(client, archive(*documents), **fields)
    assert response.status_code == 302, response.context["form"].errors
    batch = ImportBatch.objects.latest("pk")
    assert response.url == page_of(batch)
    return batch


def applied(client, *documents):
    client.post(url("apply", previewed(client, *documents)))
    return ImportBatch.objects.latest("pk")


def chosen(client):
    return client.get(FORM).context["form"]["publish"].value()


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


class TestPermissions:
    @pytest.mark.parametrize("name", ["apply", "again"])
    def test_a_get_changes_nothing(self, desk, name):
        batch = previewed(desk, make_document())
        assert desk.get(url(name, batch)).status_code == 405
        assert ImportBatch.objects.count() == 1

    @pytest.mark.parametrize("user", [None, "reporter"])
    def test_others_get_nowhere(self, client, editor, user, request):
        client.force_login(editor)
        batch = applied(client, make_document())
        client.logout()
        if user:
            client.force_login(request.getfixturevalue(user))
        refused = 403 if user else 302
        for name in ("progress", "report", "undo"):
            assert client.get(url(name, batch)).status_code == refused, name
        for name in ("apply", "again", "undo"):
            assert client.post(url(name, batch)).status_code == refused, name
        for address in (LIST, FORM, page_of(batch)):
            assert client.get(address).status_code == refused, address
        assert send(client, archive(make_document())).status_code == refused
        assert ImportBatch.objects.count() == 2
        assert Article.objects.count() == 1

    def test_without_a_token_nothing_is_done(self, editor):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(editor)
        assert send(strict, archive(make_document())).status_code == 403
        batch = new_batch([])
        for name in ("apply", "again", "undo"):
            assert strict.post(url(name, batch)).status_code == 403
        assert not (uploads.imports().exists("") and uploads.imports().listdir("")[0])

    def test_who_may_only_see_is_offered_nothing(self, client, editor, reporter):
        client.force_login(editor)
        batch = previewed(client, make_document())
        grant(reporter, "view_importbatch")
        client.force_login(reporter)
        page = text_of(client.get(page_of(batch)))
        assert "Import this 1 document" not in page
        assert "Download report" in page
        assert "Import stories" not in text_of(client.get(LIST))

    def test_what_is_held_takes_who_may_publish(self, client, reporter):
        grant(reporter, "import_article")
        client.force_login(reporter)
        batch = previewed(client, make_document())
        reasons = [{"verb": "unpublish", "number": 30, "published": 40, "limit": 0.05}]
        ImportBatch.objects.update(note="Much.", options=batch.options | {"reasons": reasons})
        page = text_of(client.get(page_of(batch)))
        assert "Needs approval:" in page
        assert "This would unpublish 30 of 40 published stories (limit 5%)." in page
        assert "Only somebody who may publish stories can apply this preview." in page
        assert "Import this" not in page
        assert client.post(url("apply", batch)).status_code == 403
        grant(reporter, "publish_article")
        assert client.post(url("apply", batch), {"number": "30"}).status_code == 302
        assert Article.objects.count() == 1


def grant(user, codename):
    from django.contrib.auth.models import Permission

    user.user_permissions.add(Permission.objects.get(codename=codename))


class TestForm:
    def test_the_list_leads_to_it(self, desk):
        assert f'href="{FORM}"' in text_of(desk.get(LIST))
        assert desk.get(FORM).status_code == 200

    def test_a_preview_writes_nothing_and_keeps_the_files(self, desk, editor):
        batch = previewed(desk, make_document(title="Previewed"))
        assert (batch.dry_run, batch.state, batch.actor, batch.origin) == (True, State.FINISHED, editor, "admin")
        assert not Article.objects.exists()
        assert batch.sources == ["stories.zip"]
        assert uploads.is_kept(batch)
        page = text_of(desk.get(page_of(batch)))
        assert "Import this 1 document" in page
        assert "Previewed" in page
        assert "What would be done" in page
        assert reverse("admin:import-undo", args=[batch.pk]) not in page

    def test_several_files_and_hostile_names(self, desk):
        names = ["../../etc/passwd.md", "same.md", "same.md", "<b>x</b> y.md"]
        files = [io.BytesIO(make_document()) for _name in names]
        for file, name in zip(files, names, strict=True):
            file.name = name
        batch = ImportBatch.objects.get(pk=int(re.search(r"/(\d+)/change", send(desk, *files).url)[1]))
        assert batch.sources == ["passwd.md", "same.md", "same-2.md", "b_y.md"]
        assert batch.counts["created"] == 4
        assert str(uploads.imports().path("")) not in desk.get(page_of(batch)).content.decode()

    def test_everything_into_the_inbox(self, desk):
        batch = previewed(desk, make_document(), publish="never")
        desk.post(url("apply", batch))
        assert Article.objects.get().state == "inbox"
        assert "Send all new stories to the inbox" in text_of(desk.get(page_of(batch)))

    def test_the_inbox_is_chosen_until_a_user_chooses_otherwise(self, client, editor, administrator):
        client.force_login(editor)
        assert chosen(client) == "never"
        send(client, archive(make_document()))
        assert chosen(client) == "upstream"
        client.logout()
        client.force_login(editor)
        assert chosen(client) == "upstream"
        client.force_login(administrator)
        assert chosen(client) == "never"

    def test_what_is_refused_is_not_remembered(self, desk):
        send(desk)
        assert chosen(desk) == "never"

    def test_an_empty_file_among_others_is_named_and_costs_only_itself(self, desk):
        files = [SimpleUploadedFile(f"s{number}.md", make_document()) for number in range(3)]
        response = send(desk, *files[:2], SimpleUploadedFile("void.md", b""), files[2])
        batch = ImportBatch.objects.latest("pk")
        assert (batch.counts["created"], batch.counts["rejected"]) == (3, 1)
        (row,) = [row for row in desk.get(response.url).context["documents"].rows if row["source"] == "void.md"]
        assert [level for level, _line in row["problems"]] == ["error"]
        desk.post(url("apply", batch))
        assert Article.objects.count() == 3

    def test_nothing_chosen_is_told(self, desk):
        assert send(desk).context["form"].errors["files"]
        assert desk.post(FORM, {"files": archive(b"x"), "publish": "all"}).context["form"].errors["publish"]
        assert not ImportBatch.objects.exists()

    def test_too_large_is_told_and_not_kept(self, desk, settings):
        settings.IMPORT_MAX_UPLOAD_BYTES = 2048
        response = send(desk, SimpleUploadedFile("large.md", b"x" * 4096))
        assert not response.wsgi_request.FILES
        assert "too much at once" in response.context["form"].errors["files"][0]
        assert not ImportBatch.objects.exists()
        assert not uploads.imports().exists("")

    def test_too_many_are_told_and_not_kept(self, desk, monkeypatch):
        monkeypatch.setattr(uploads, "MOST_FILES", 2)
        response = send(desk, *(SimpleUploadedFile(f"{n}.md", b"x") for n in range(3)))
        assert len(response.wsgi_request.FILES.getlist("files")) == 2
        assert "too much at once" in response.context["form"].errors["files"][0]
        assert not ImportBatch.objects.exists()


class TestApplying:
    def test_a_preview_is_done_in_earnest_once(self, desk):
        preview = previewed(desk, make_document(title="In earnest"), b"bad")
        response = desk.post(url("apply", preview))
        batch = ImportBatch.objects.latest("pk")
        assert response.url == page_of(batch)
        assert (batch.preview, batch.dry_run, batch.state) == (preview, False, State.FINISHED)
        assert Article.objects.get().title == "In earnest"
        assert f"Imported as #{batch.pk}." in text_of(desk.get(page_of(preview)))
        again = desk.post(url("apply", preview), follow=True)
        assert "applied already" in text_of(again)
        assert ImportBatch.objects.count() == 2

    def test_what_is_no_preview_is_refused(self, desk):
        batch = applied(desk, make_document())
        assert "not a preview" in text_of(desk.post(url("apply", batch), follow=True))

    def test_files_that_are_gone_are_told(self, desk):
        batch = previewed(desk, make_document())
        uploads.delete(batch.upload)
        assert "upload them again" in text_of(desk.get(page_of(batch)))
        assert "upload them again" in text_of(desk.post(url("apply", batch), follow=True))
        assert not Article.objects.exists()

    def test_nothing_new_offers_nothing(self, desk):
        document = make_document()
        applied(desk, document)
        page = text_of(desk.get(page_of(previewed(desk, document))))
        assert "Every document says what we have already." in page
        assert "Import this" not in page

    def test_a_preview_from_the_command_line_reads_its_paths_again(self, desk, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(make_document())
        preview = import_sources([str(path)], dry_run=True).batch
        desk.post(url("apply", preview))
        assert Article.objects.count() == 1

    def test_standard_input_is_not_there_any_more(self, desk):
        preview = import_sources(["-"], io.BytesIO(make_document()), dry_run=True).batch
        assert "standard input is not kept" in text_of(desk.post(url("apply", preview), follow=True))


class TestUndoing:
    def test_it_is_asked_then_done_and_what_was_edited_is_left(self, desk):
        values = make_values(title="Before")
        applied(desk, as_document(values))
        batch = applied(desk, as_document({**values, "title": "After"}), make_document(), make_document(title="Kept"))
        story = Article.objects.get(title="Kept")
        story.title = "Edited since"
        story.save()
        page = text_of(desk.get(url("undo", batch)))
        assert "2 stories that it created are deleted." in page
        assert "1 story that it changed returns" in page
        assert Article.objects.count() == 3
        response = desk.post(url("undo", batch), follow=True)
        assert sorted(Article.objects.values_list("title", flat=True)) == ["Before", "Edited since"]
        documents = response.context["documents"]
        assert {one.key: one.number for one in documents.others} == {"problems": 0, "undone": 2, "left": 1}
        (row,) = desk.get(page_of(batch), {"show": "left"}).context["documents"].rows
        assert row["title"] == "Kept"
        assert "Undone by editor" in text_of(response)

    def test_once(self, desk):
        batch = applied(desk, make_document())
        desk.post(url("undo", batch))
        assert "nothing in this import that can be undone" in text_of(desk.post(url("undo", batch), follow=True))
        assert "nothing in this import that can be undone" in text_of(desk.get(url("undo", batch), follow=True))

    def test_one_that_was_cut_off_is_continued(self, desk):
        batch = applied(desk, make_document(), make_document())
        last = batch.documents.latest("position")
        ImportedDocument.objects.filter(pk=last.pk).update(undoing="undone")
        ImportBatch.objects.filter(pk=batch.pk).update(undo_started_at=timezone.now(), alive_at=timezone.now())
        page = text_of(desk.get(page_of(batch)))
        assert "1 of 2 stories undone" in page
        assert "data-progress" in page
        assert "Continue undoing" not in page
        told = desk.get(url("progress", batch), {"undoing": 1}).json()
        assert (told["over"], told["value"], told["max"]) == (False, 1, 2)

    @pytest.mark.parametrize("is_partial", [True, False])
    def test_one_that_was_killed_shows_as_stopped_and_is_resumed(self, desk, is_partial, monkeypatch):
        batch = applied(desk, make_document(), make_document())
        if is_partial:
            last = batch.documents.latest("position")
            last.article.delete()
            ImportedDocument.objects.filter(pk=last.pk).update(undoing="undone")
        now = timezone.now()
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        ImportBatch.objects.filter(pk=batch.pk).update(undo_started_at=now - timedelta(hours=1))
        for silence, is_stopped in ((timedelta(minutes=2), False), (timedelta(minutes=2, microseconds=1), True)):
            ImportBatch.objects.filter(pk=batch.pk).update(alive_at=now - silence)
            page = text_of(desk.get(page_of(batch)))
            assert ("data-progress" in page) is not is_stopped
            assert ("Undoing stopped responding." in page) is is_stopped
            assert ("Continue undoing" in page) is is_stopped
            assert desk.get(url("progress", batch), {"undoing": 1}).json()["over"] is is_stopped
            assert ("Stopped" in text_of(desk.get(LIST))) is is_stopped
        desk.post(url("undo", batch))
        batch.refresh_from_db()
        assert batch.state == State.UNDONE
        assert not Article.objects.exists()

    def test_it_shows_under_failed_on_the_first_page(self, desk):
        batch = applied(desk, make_document())
        old = timezone.now() - timedelta(minutes=3)
        ImportBatch.objects.filter(pk=batch.pk).update(undo_started_at=old, alive_at=old)
        assert desk.get(reverse("admin:index")).context["failed"]["batches"] == [batch]

    def test_asked_for_it_waits_for_a_worker(self, desk, monkeypatch):
        batch = applied(desk, make_document())
        monkeypatch.setattr(tasks, "undo_import", SimpleNamespace(enqueue=lambda *given: None))
        page = text_of(desk.post(url("undo", batch), follow=True))
        assert "Waiting to undo 1 story" in page
        assert "data-progress" in page

    def test_it_gives_signs_while_it_runs(self, desk):
        batch = applied(desk, make_document())
        ImportBatch.objects.filter(pk=batch.pk).update(alive_at=None)
        desk.post(url("undo", batch))
        batch.refresh_from_db()
        assert batch.undo_started_at <= batch.alive_at <= batch.undone_at

    def test_one_without_a_user_is_passed_over(self, desk):
        batch = applied(desk, make_document())
        tasks.undo_import.enqueue(batch.pk, 0)
        assert Article.objects.count() == 1


class TestProgress:
    def waiting(self, editor, **fields):
        folder, names = uploads.keep([archive(make_document())])
        batch = new_batch(names, upload=folder)
        fields = {"state": State.RUNNING, "alive_at": timezone.now(), **fields}
        ImportBatch.objects.filter(pk=batch.pk).update(**fields)
        batch.refresh_from_db()
        return batch

    @pytest.mark.parametrize(
        ("fields", "told"),
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
    def test_it_is_told(self, desk, editor, fields, told):
        batch = self.waiting(editor, **fields)
        said = desk.get(url("progress", batch)).json()
        assert (said["over"], said["value"], said["max"], said["text"]) == told
        page = text_of(desk.get(page_of(batch)))
        assert told[3] in page
        assert f'data-progress="{url("progress", batch)}"' in page
        assert '<noscript> <meta http-equiv="refresh" content="3"> </noscript>' in page

    def test_a_worker_that_does_not_come_is_told(self, desk, editor):
        batch = self.waiting(editor, state=State.QUEUED, started_at=timezone.now() - timedelta(seconds=30))
        assert desk.get(url("progress", batch)).json()["text"] == "Waiting for a worker."

    def test_one_that_was_killed_is_run_again(self, desk, editor):
        batch = self.waiting(editor, alive_at=timezone.now() - timedelta(minutes=3))
        assert desk.get(url("progress", batch)).json()["over"] is True
        page = text_of(desk.get(page_of(batch)))
        assert "Stopped" in page
        assert "Stopped" in text_of(desk.get(LIST))
        assert "refresh" not in page
        response = desk.post(url("again", batch))
        again = ImportBatch.objects.latest("pk")
        assert response.url == page_of(again)
        assert (again.upload, again.state, again.actor) == (batch.upload, State.FINISHED, editor)
        assert Article.objects.count() == 1
        batch.refresh_from_db()
        assert batch.state == State.INTERRUPTED

    def test_one_that_was_killed_has_counts_and_is_undone(self, desk, editor):
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
        assert "1 story that it created is deleted." in text_of(desk.get(url("undo", killed)))
        desk.post(url("undo", killed))
        killed.refresh_from_db()
        assert (killed.state, killed.counts["created"], killed.counts["unchanged"]) == (State.UNDONE, 1, 3)
        assert Article.objects.filter(title="Killed").count() == 0

    def test_a_dry_run_that_was_killed_has_nothing_to_undo(self, desk):
        batch = previewed(desk, make_document())
        old = timezone.now() - timedelta(minutes=3)
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.RUNNING, alive_at=old, counts={})
        assert url("undo", batch) not in text_of(desk.get(page_of(batch)))
        assert "nothing in this import that can be undone" in text_of(desk.get(url("undo", batch), follow=True))

    def test_one_that_was_killed_under_a_former_version_gets_its_counts(self, desk):
        batch = applied(desk, make_document())
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.INTERRUPTED, counts={})
        assert desk.get(page_of(batch)).context["batch"].counts["created"] == 1
        desk.post(url("undo", batch))
        assert not Article.objects.exists()

    def test_one_that_was_never_begun_is_begun(self, desk, editor):
        batch = self.waiting(editor, state=State.QUEUED, started_at=timezone.now() - timedelta(minutes=3))
        page = text_of(desk.get(page_of(batch)))
        assert "Waiting for a worker." in page
        assert "Run again" in page
        assert desk.post(url("again", batch)).url == page_of(batch)
        batch.refresh_from_db()
        assert batch.state == State.FINISHED

    def test_a_killed_application_is_an_application_again(self, desk, editor):
        preview = previewed(desk, make_document())
        batch = new_batch(preview.sources, upload=preview.upload, preview=preview)
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.RUNNING, alive_at=timezone.now() - timedelta(days=1))
        desk.post(url("again", batch))
        again = ImportBatch.objects.latest("pk")
        assert (again.preview, again.state) == (preview, State.FINISHED)

    def test_one_that_runs_is_not_run_again(self, desk, editor):
        batch = self.waiting(editor)
        assert "cannot be run again" in text_of(desk.post(url("again", batch), follow=True))
        assert ImportBatch.objects.count() == 1

    def test_a_task_that_comes_too_late_does_nothing(self, desk):
        batch = applied(desk, make_document())
        tasks.run_import.enqueue(batch.pk)
        tasks.run_import.enqueue(batch.pk + 1)
        assert ImportBatch.objects.get(pk=batch.pk).finished_at == batch.finished_at

    def test_a_fault_is_a_note(self, desk, editor):
        batch = self.waiting(editor, state=State.QUEUED)
        uploads.delete(batch.upload)
        tasks.run_import.enqueue(batch.pk)
        batch.refresh_from_db()
        assert batch.state == State.INTERRUPTED
        assert "upload them again" in text_of(desk.get(page_of(batch)))


class TestBackends:
    """Where tasks run: what differs from running at once."""

    def test_a_thread_begins_once_all_is_committed(
        self, desk, settings, monkeypatch, django_capture_on_commit_callbacks
    ):
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

    def test_the_database_keeps_it_for_a_worker(self, desk, settings):
        settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
        batch = previewed(desk, make_document())
        task = DBTaskResult.objects.get()
        assert task.args_kwargs == {"args": [batch.pk], "kwargs": {}}
        assert batch.state == State.QUEUED
        task.task.call(batch.pk)
        batch.refresh_from_db()
        assert batch.state == State.FINISHED


class TestResults:
    def mixed(self, desk):
        known = [make_values(title=f"Known {n}") for n in range(3)]
        applied(desk, *map(as_document, known))
        Article.objects.filter(title="Known 1").update(title="Ours")
        return applied(
            desk,
            as_document(known[0] | {"secured": "whisper;other", "excerpt": "New <script>alert(1)</script>"}),
            as_document(known[1] | {"title": "Theirs", "secured": "whisper;other"}),
            as_document(known[2]),
            make_document(title="<img src=x onerror=alert(1)>Fresh"),
            b"---\ntitle: 3\nwebUrl: hot\n---\n",
            as_document(known[2]),
        )

    def test_problems_first_and_all_of_it(self, desk):
        batch = self.mixed(desk)
        page = desk.get(page_of(batch))
        rows = page.context["documents"].rows
        assert [row["result"] for row in rows] == ["Rejected", "Conflict", "Updated", "Created", "Duplicate"]
        assert "line 3, column 9: webUrl: only http" in rows[0]["problems"][0][1]
        assert rows[1]["changes"][0]["theirs"] == "Theirs"
        assert rows[1]["changes"][0]["stays"]
        text = text_of(page)
        assert "whisper" not in text
        assert "<script>alert" not in text
        assert "<img" not in text
        story = Article.objects.get(title__contains="Fresh")
        assert reverse("admin:articles_article_change", args=[story.pk]) in text
        assert "stories.zip/5.md" in text
        assert uploads.imports().path("") not in text
        assert "1 unchanged document is listed by itself." in text

    @pytest.mark.parametrize(
        ("show", "number"),
        [("rejected", 1), ("conflict", 1), ("duplicate", 1), ("problems", 2), ("unchanged", 1), ("none such", 5)],
    )
    def test_filters(self, desk, show, number):
        batch = self.mixed(desk)
        documents = desk.get(page_of(batch), {"show": show}).context["documents"]
        assert len(documents.rows) == number

    def test_unchanged_ones_have_their_headlines(self, desk):
        batch = self.mixed(desk)
        story = Article.objects.get(title="Known 2")
        (row,) = desk.get(page_of(batch), {"show": "unchanged"}).context["documents"].rows
        assert (row["title"], row["url"]) == ("Known 2", reverse("admin:articles_article_change", args=[story.pk]))
        story.delete()
        (row,) = desk.get(page_of(batch), {"show": "unchanged"}).context["documents"].rows
        assert (row["title"], row["url"]) == ("", "")

    def test_pages_of_unchanged_ones(self, desk):
        values = [make_values(title=f"Same {n:03}") for n in range(120)]
        applied(desk, *map(as_document, values))
        batch = applied(desk, *map(as_document, values), make_document())
        shown = []
        for number in (1, 2, 3):
            documents = desk.get(page_of(batch), {"show": "unchanged", "page": number}).context["documents"]
            shown += [row["title"] for row in documents.rows]
        assert sorted(shown) == sorted(value["title"] for value in values)

    @pytest.mark.parametrize("page", ["0", "-1", "999999999999999999999", "x", ""])
    def test_impossible_pages_are_no_error(self, desk, page):
        batch = applied(desk, make_document())
        for show in ("", "unchanged"):
            assert desk.get(page_of(batch), {"page": page, "show": show}).status_code == 200

    @pytest.mark.parametrize("key", ["999999", "99999999999999999999999", "x"])
    def test_an_import_that_is_not_there(self, desk, key):
        assert desk.get(f"{LIST}{key}/change/").status_code == 404

    def test_the_report_has_no_path_of_the_server(self, desk):
        batch = self.mixed(desk)
        text = desk.get(url("report", batch)).getvalue().decode()
        assert json.loads(text)["counts"]["conflict"] == 1
        assert uploads.imports().path("") not in text
        assert "stories.zip/4.md" in text

    def test_a_held_one_says_why(self, desk, settings):
        settings.IMPORT_HOLD_LEAST = 0
        values = make_values()
        applied(desk, as_document(values))
        folder, names = uploads.keep([archive(as_document(values | {"published": False}))])
        batch = new_batch(names, upload=folder)
        run_batch(batch)
        page = text_of(desk.get(page_of(batch)))
        assert "Held, nothing was written." in page
        assert "This would unpublish 1 of 1 published stories (limit 5%)." in page
        button = re.search(r'Type 1 to confirm.*?<button [^>]*class="[^"]*bg-red-600[^"]*"[^>]*>([^<]*)</button>', page)
        assert button[1].strip() == "Unpublish 1 of 1 published stories"
        for number in ("", "2", "11", "one"):
            refused = text_of(desk.post(url("apply", batch), {"number": number}, follow=True))
            assert "Nothing was imported: type 1 to confirm." in refused
            assert Article.objects.get().state == "published"
        desk.post(url("apply", batch), {"number": " 1 "})
        assert Article.objects.get().state != "published"

    def test_a_number_is_typed_with_its_separators_or_without(self, desk):
        for number in ("1234", "1,234", "1.234", "1 234", "1’234"):
            batch = previewed(desk, make_document())
            reasons = [{"verb": "change", "number": 1234, "published": 2000, "limit": 0.5}]
            ImportBatch.objects.filter(pk=batch.pk).update(note="Much.", options={"reasons": reasons})
            desk.post(url("apply", batch), {"number": number})
        assert Article.objects.count() == 5

    def test_one_held_by_a_former_version_asks_for_its_documents(self, desk):
        batch = previewed(desk, make_document(), make_document())
        ImportBatch.objects.filter(pk=batch.pk).update(note="It would unpublish much.")
        page = text_of(desk.get(page_of(batch)))
        assert "It would unpublish much." in page
        assert "Import all 2 documents" in page
        desk.post(url("apply", batch))
        assert not Article.objects.exists()
        desk.post(url("apply", batch), {"number": "2"})
        assert Article.objects.count() == 2


class TestQueries:
    """Neither list nor page makes more queries as there is more to show."""

    def test_the_list(self, desk, django_assert_max_num_queries):
        applied(desk, make_document())
        desk.get(LIST)
        with django_assert_max_num_queries(12) as few:
            desk.get(LIST)
        for _number in range(10):
            new_batch(["a.md"])
        with assertNumQueries(len(few)):
            desk.get(LIST)

    @pytest.mark.parametrize("show", ["", "unchanged", "problems", "created"])
    def test_the_page(self, desk, show, django_assert_max_num_queries):
        known = [make_values() for _number in range(60)]
        applied(desk, *map(as_document, known))

        def batch_of(number):
            new = [make_document() for _number in range(number)]
            return applied(desk, *map(as_document, known[:number]), *new, *([b"bad"] * number))

        small, large = batch_of(2), batch_of(60)
        with django_assert_max_num_queries(12) as few:
            desk.get(page_of(small), {"show": show})
        with assertNumQueries(len(few)):
            desk.get(page_of(large), {"show": show})

    def test_the_snapshots_of_documents_are_not_read(self, desk, django_assert_max_num_queries):
        batch = applied(desk, make_document())
        documents = reverse("admin:articles_importeddocument_changelist")
        for address in (page_of(batch), documents):
            with django_assert_max_num_queries(12) as asked:
                assert desk.get(address).status_code == 200
            assert not [query for query in asked.captured_queries if '"snapshot"' in query["sql"]]
