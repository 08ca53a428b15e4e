"""Importing from the desk: the form, applying a preview, undoing."""

import io
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from articles import tasks, workflow
from articles.choices import Origin
from articles.editing.fields import edit
from articles.exporting.story_documents import export_stories
from articles.importing.batches import new_batch
from articles.importing.runner import import_sources
from articles.importing.sources import uploads
from articles.models import Article, ImportBatch, ImportedDocument
from tests.desk.imports.pages import (
    FORM,
    IMPORT_BUTTONS,
    LIST,
    State,
    applied,
    archive,
    chosen,
    grant,
    page_of,
    previewed,
    send,
    text_of,
    url,
)
from tests.factories import as_document, make_document, make_story, make_values
from tests.page_parts import buttons, links

pytestmark = pytest.mark.django_db


class TestPermissions:
    @pytest.mark.parametrize("name", ["apply", "again"])
    def test_get_changes_nothing(self, desk, name):
        batch = previewed(desk, make_document())
        assert desk.get(url(name, batch)).status_code == 405
        assert ImportBatch.objects.count() == 1

    @pytest.mark.parametrize("user", [None, "reporter"])
    def test_other_users_are_refused(self, client, editor, user, request):
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

    def test_post_needs_a_csrf_token(self, editor):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(editor)
        assert send(strict, archive(make_document())).status_code == 403
        batch = new_batch([])
        for name in ("apply", "again", "undo"):
            assert strict.post(url(name, batch)).status_code == 403
        assert not (uploads.upload_storage().exists("") and uploads.upload_storage().listdir("")[0])

    def test_viewer_gets_no_buttons(self, client, editor, reporter):
        client.force_login(editor)
        batch = previewed(client, make_document())
        grant(reporter, "view_importbatch")
        client.force_login(reporter)
        page = text_of(client.get(page_of(batch)))
        assert (links(page, IMPORT_BUTTONS), buttons(page)) == ([url("report", batch)], [])
        shown = {address for address in links(client.get(LIST), "//*[@id='main']") if address.startswith("/")}
        assert shown == {LIST, page_of(batch)}

    def test_held_import_needs_permission_to_publish(self, client, reporter):
        grant(reporter, "import_article")
        client.force_login(reporter)
        batch = previewed(client, make_document())
        reasons = [{"verb": "unpublish", "number": 30, "published": 40, "limit": 0.05}]
        ImportBatch.objects.update(note="Much.", options=batch.options | {"reasons": reasons})
        page = text_of(client.get(page_of(batch)))
        assert "Needs approval:" in page
        assert "This would unpublish 30 of 40 published stories (limit 5%)." in page
        assert "Only users who may publish stories can apply this preview." in page
        assert (links(page, IMPORT_BUTTONS), buttons(page)) == ([url("report", batch)], [])
        assert client.post(url("apply", batch)).status_code == 403
        grant(reporter, "publish_article")
        assert client.post(url("apply", batch), {"number": "30"}).status_code == 302
        assert Article.objects.count() == 1

    def test_numbers_are_written_in_the_language_of_the_desk(self, client, editor):
        client.force_login(editor)
        batch = previewed(client, make_document())
        reasons = [{"verb": "unpublish", "number": 3000, "published": 4000, "limit": 0.05}]
        ImportBatch.objects.update(note="Much.", options=batch.options | {"reasons": reasons})
        page = text_of(client.get(page_of(batch), headers={"accept-language": "de"})).replace("\xa0", " ")
        assert "3.000 von 4.000 veröffentlichten Meldungen zurückgezogen (Grenze: 5 %)." in page
        assert "3.000 von 4.000 veröffentlichten Meldungen zurückziehen" in page


class TestForm:
    def test_list_links_to_the_form(self, desk):
        assert f'href="{FORM}"' in text_of(desk.get(LIST))
        assert desk.get(FORM).status_code == 200

    def test_preview_writes_no_story_and_keeps_the_files(self, desk, editor):
        batch = previewed(desk, make_document(title="Previewed"))
        assert (batch.dry_run, batch.state, batch.actor, batch.origin) == (True, State.FINISHED, editor, "admin")
        assert not Article.objects.exists()
        assert batch.sources == ["stories.zip"]
        assert uploads.has_files(batch)
        response = desk.get(page_of(batch))
        page = text_of(response)
        assert "Import 1 document" in page
        assert "Previewed" in page
        assert (links(page, IMPORT_BUTTONS), buttons(page)) == ([url("report", batch)], [(url("apply", batch), "")])
        assert [row["result"] for row in response.context["documents"].rows] == ["New"]
        assert [choice.label for choice in response.context["documents"].results][:2] == ["New", "Will update"]

    def test_several_files_and_hostile_names(self, desk):
        names = ["../../etc/passwd.md", "same.md", "same.md", "<b>x</b> y.md"]
        files = [io.BytesIO(make_document()) for _name in names]
        for file, name in zip(files, names, strict=True):
            file.name = name
        batch = ImportBatch.objects.get(pk=int(re.search(r"/(\d+)/change", send(desk, *files).url)[1]))
        assert batch.sources == ["passwd.md", "same.md", "same-2.md", "b_y.md"]
        assert batch.counts["created"] == 4
        assert str(uploads.upload_storage().path("")) not in desk.get(page_of(batch)).content.decode()

    def test_all_new_stories_go_to_the_inbox(self, desk):
        batch = previewed(desk, make_document(), publish="never")
        desk.post(url("apply", batch))
        assert Article.objects.get().state == "inbox"
        assert "Send all new stories to the inbox" in text_of(desk.get(page_of(batch)))

    def test_default_is_the_inbox_until_a_user_chooses(self, client, editor, administrator):
        client.force_login(editor)
        assert chosen(client) == "never"
        send(client, archive(make_document()))
        assert chosen(client) == "upstream"
        client.logout()
        client.force_login(editor)
        assert chosen(client) == "upstream"
        client.force_login(administrator)
        assert chosen(client) == "never"

    def test_invalid_form_does_not_set_the_preference(self, desk):
        send(desk)
        assert chosen(desk) == "never"

    def test_empty_file_is_reported_and_others_imported(self, desk):
        files = [SimpleUploadedFile(f"s{number}.md", make_document()) for number in range(3)]
        response = send(desk, *files[:2], SimpleUploadedFile("void.md", b""), files[2])
        batch = ImportBatch.objects.latest("pk")
        assert (batch.counts["created"], batch.counts["rejected"]) == (3, 1)
        (row,) = [row for row in desk.get(response.url).context["documents"].rows if row["source"] == "void.md"]
        assert [level for level, _line in row["problems"]] == ["error"]
        desk.post(url("apply", batch))
        assert Article.objects.count() == 3

    def test_form_without_files_is_refused(self, desk):
        assert send(desk).context["form"].errors["files"]
        assert desk.post(FORM, {"files": archive(b"x"), "publish": "all"}).context["form"].errors["publish"]
        assert not ImportBatch.objects.exists()

    def test_too_large_upload_is_refused(self, desk, settings):
        settings.IMPORT_MAX_UPLOAD_BYTES = 2048
        response = send(desk, SimpleUploadedFile("large.md", b"x" * 4096))
        assert not response.wsgi_request.FILES
        assert "Too many files, or too large" in response.context["form"].errors["files"][0]
        assert not ImportBatch.objects.exists()
        assert not uploads.upload_storage().exists("")

    def test_too_many_files_are_refused(self, desk, monkeypatch):
        monkeypatch.setattr(uploads, "MAX_FILES", 2)
        response = send(desk, *(SimpleUploadedFile(f"{n}.md", b"x") for n in range(3)))
        assert len(response.wsgi_request.FILES.getlist("files")) == 2
        assert "Too many files, or too large" in response.context["form"].errors["files"][0]
        assert not ImportBatch.objects.exists()


class TestApplying:
    def test_preview_is_applied_once(self, desk):
        preview = previewed(desk, make_document(title="In earnest"), b"bad")
        response = desk.post(url("apply", preview))
        batch = ImportBatch.objects.latest("pk")
        assert response.url == page_of(batch)
        assert (batch.preview, batch.dry_run, batch.state) == (preview, False, State.FINISHED)
        assert Article.objects.get().title == "In earnest"
        assert f"Imported as #{batch.pk}." in text_of(desk.get(page_of(preview)))
        again = desk.post(url("apply", preview), follow=True)
        assert "already been applied" in text_of(again)
        assert ImportBatch.objects.count() == 2

    def test_only_previews_can_be_applied(self, desk):
        batch = applied(desk, make_document())
        assert "not a preview" in text_of(desk.post(url("apply", batch), follow=True))

    def test_deleted_files_are_reported(self, desk):
        batch = previewed(desk, make_document())
        uploads.delete_upload(batch.upload)
        assert "Upload them again." in text_of(desk.get(page_of(batch)))
        assert "Upload them again." in text_of(desk.post(url("apply", batch), follow=True))
        assert not Article.objects.exists()

    def test_preview_without_changes_has_no_button(self, desk):
        document = make_document()
        applied(desk, document)
        batch = previewed(desk, document)
        page = text_of(desk.get(page_of(batch)))
        assert "All documents are unchanged." in page
        assert (links(page, IMPORT_BUTTONS), buttons(page)) == ([url("report", batch)], [])

    def test_a_preview_from_the_command_line_reads_its_paths_again(self, desk, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(make_document())
        preview = import_sources([str(path)], dry_run=True).batch
        desk.post(url("apply", preview))
        assert Article.objects.count() == 1

    def test_standard_input_cannot_be_applied(self, desk):
        preview = import_sources(["-"], io.BytesIO(make_document()), dry_run=True).batch
        assert "standard input are not stored" in text_of(desk.post(url("apply", preview), follow=True))


class TestUndoing:
    def test_undo_asks_first_and_skips_edited_stories(self, desk):
        values = make_values(title="Before")
        applied(desk, as_document(values))
        batch = applied(desk, as_document({**values, "title": "After"}), make_document(), make_document(title="Kept"))
        story = Article.objects.get(title="Kept")
        story.title = "Edited since"
        story.save()
        page = text_of(desk.get(url("undo", batch)))
        assert "2 stories it created will be deleted." in page
        assert "1 story it changed will return" in page
        assert Article.objects.count() == 3
        response = desk.post(url("undo", batch), follow=True)
        assert sorted(Article.objects.values_list("title", flat=True)) == ["Before", "Edited since"]
        documents = response.context["documents"]
        assert {one.key: one.number for one in documents.others} == {"problems": 0, "undone": 2, "left": 1}
        (row,) = desk.get(page_of(batch), {"show": "left"}).context["documents"].rows
        assert row["title"] == "Kept"
        assert "Undone by editor" in text_of(response)

    def test_undo_works_once(self, desk):
        batch = applied(desk, make_document())
        desk.post(url("undo", batch))
        assert "This import has nothing to undo." in text_of(desk.post(url("undo", batch), follow=True))
        assert "This import has nothing to undo." in text_of(desk.get(url("undo", batch), follow=True))

    def test_interrupted_undo_is_continued(self, desk):
        batch = applied(desk, make_document(), make_document())
        last = batch.documents.latest("position")
        ImportedDocument.objects.filter(pk=last.pk).update(undoing="undone")
        ImportBatch.objects.filter(pk=batch.pk).update(undo_started_at=timezone.now(), alive_at=timezone.now())
        page = text_of(desk.get(page_of(batch)))
        assert "1 of 2 stories undone" in page
        assert "data-progress" in page
        assert links(page, IMPORT_BUTTONS) == [page_of(batch.preview), url("report", batch)]
        assert buttons(page) == []
        progress = desk.get(url("progress", batch), {"undoing": 1}).json()
        assert (progress["over"], progress["value"], progress["max"]) == (False, 1, 2)

    @pytest.mark.parametrize("is_partial", [True, False])
    def test_killed_undo_shows_as_stopped_and_is_resumed(self, desk, is_partial, monkeypatch):
        batch = applied(desk, make_document(), make_document())
        if is_partial:
            last = batch.documents.latest("position")
            last.article.delete()
            ImportedDocument.objects.filter(pk=last.pk).update(undoing="undone")
        now = timezone.now()
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        ImportBatch.objects.filter(pk=batch.pk).update(undo_started_at=now - timedelta(hours=1))
        for silence, has_crashed in ((timedelta(minutes=2), False), (timedelta(minutes=2, microseconds=1), True)):
            ImportBatch.objects.filter(pk=batch.pk).update(alive_at=now - silence)
            page = text_of(desk.get(page_of(batch)))
            assert ("data-progress" in page) is not has_crashed
            assert ("Undoing stopped responding." in page) is has_crashed
            assert ("Continue undoing" in page) is has_crashed
            assert desk.get(url("progress", batch), {"undoing": 1}).json()["over"] is has_crashed
            assert ("Crashed" in text_of(desk.get(LIST))) is has_crashed
        desk.post(url("undo", batch))
        batch.refresh_from_db()
        assert batch.state == State.UNDONE
        assert not Article.objects.exists()

    def test_stopped_undo_is_on_the_dashboard(self, desk):
        batch = applied(desk, make_document())
        old = timezone.now() - timedelta(minutes=3)
        ImportBatch.objects.filter(pk=batch.pk).update(undo_started_at=old, alive_at=old)
        assert desk.get(reverse("admin:index")).context["failed"]["batches"] == [batch]

    def test_queued_undo_waits_for_a_worker(self, desk, monkeypatch):
        batch = applied(desk, make_document())
        monkeypatch.setattr(tasks, "undo_import", SimpleNamespace(enqueue=lambda *given: None))
        page = text_of(desk.post(url("undo", batch), follow=True))
        assert "Waiting to undo 1 story" in page
        assert "data-progress" in page

    def test_running_undo_updates_alive_at(self, desk):
        batch = applied(desk, make_document())
        ImportBatch.objects.filter(pk=batch.pk).update(alive_at=None)
        desk.post(url("undo", batch))
        batch.refresh_from_db()
        assert batch.undo_started_at <= batch.alive_at <= batch.undone_at

    def test_undo_task_without_user_does_nothing(self, desk):
        batch = applied(desk, make_document())
        tasks.undo_import.enqueue(batch.pk, 0)
        assert Article.objects.count() == 1


class TestRestoring:
    @pytest.fixture
    def exported(self, editor):
        """The export of a story that the desk retitled, and has retitled again since."""
        story = make_story(title="The desk's")
        (document,) = export_stories(Article.objects.all())
        edit(story, {"title": "Later"}, workflow.Actor(Origin.ADMIN, editor))
        return document.text.encode()

    def test_it_shows_a_preview_first(self, desk, exported):
        preview = previewed(desk, exported, restore="on")
        assert (preview.options["restore"], preview.counts["updated"]) == (True, 1)
        assert "Restores the desk's edits" in text_of(desk.get(page_of(preview)))
        assert Article.objects.get().title == "Later"
        desk.post(url("apply", preview))
        assert Article.objects.get().title == "The desk's"

    def test_it_is_off_unless_it_is_ticked(self, desk, exported):
        preview = previewed(desk, exported)
        assert (preview.options.get("restore"), preview.counts["unchanged"]) == (None, 1)
        assert "Restores the desk's edits" not in text_of(desk.get(page_of(preview)))

    def test_only_who_may_publish_is_offered_it(self, desk, client, reporter, exported):
        assert "restore" in desk.get(FORM).context["form"].fields
        grant(reporter, "import_article")
        client.force_login(reporter)
        assert "restore" not in client.get(FORM).context["form"].fields
        assert previewed(client, exported, restore="on").counts["unchanged"] == 1

    def test_running_again_restores_too(self, desk, exported):
        preview = previewed(desk, exported, restore="on")
        ImportBatch.objects.filter(pk=preview.pk).update(state=State.INTERRUPTED)
        desk.post(url("again", preview))
        assert ImportBatch.objects.latest("pk").options["restore"] is True
