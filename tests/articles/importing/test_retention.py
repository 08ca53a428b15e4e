"""Results of old imports are deleted, and the desk says so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from articles import tasks, workflow
from articles.importing import retention
from articles.importing.previews import NotApplicable, apply_preview
from articles.importing.retention import Pruned, prune_after_import, prune_imports
from articles.importing.runner import import_sources
from articles.importing.undo import NotUndoable, undo_batch
from articles.models import Article, Conflict, ImportBatch, ImportedDocument, Revision, UnchangedDocuments
from tests.factories import make_document

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    settings.IMPORT_KEEP_UNCHANGED_DAYS = 7
    settings.IMPORT_KEEP_SNAPSHOTS_DAYS = 30
    settings.IMPORT_KEEP_BATCHES_DAYS = 365
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def import_two(tmp_path, days=0, title="Title", **options):
    """Import two documents, the second of which never changes; return a batch that finished `days` ago."""
    (tmp_path / "a.md").write_bytes(make_document(webUrl="https://o.example/a", title=title, excerpt="Same"))
    (tmp_path / "b.md").write_bytes(make_document(webUrl="https://o.example/b", title="Same", excerpt="Same"))
    batch = import_sources([str(tmp_path)], hold=False, **options).batch
    return set_age(batch, days=days)


def set_age(batch, **ago):
    ImportBatch.objects.filter(pk=batch.pk).update(finished_at=NOW - timedelta(**ago))
    batch.refresh_from_db()
    return batch


class TestPruning:
    @pytest.fixture
    def batch(self, tmp_path):
        set_age(import_two(tmp_path), days=0)
        return import_two(tmp_path, title="New title")

    @pytest.mark.parametrize(("seconds", "number"), [(0, 1), (1, 0)])
    def test_unchanged_documents_at_the_boundary(self, batch, seconds, number):
        set_age(batch, days=7, seconds=seconds)
        prune_imports()
        assert UnchangedDocuments.objects.count() == number
        batch.refresh_from_db()
        assert bool(batch.unchanged_pruned_at) is not bool(number)
        assert batch.counts["unchanged"] == 1
        assert batch.can_be_undone

    @pytest.mark.parametrize(("seconds", "number"), [(0, 1), (1, 0)])
    def test_snapshots_at_the_boundary(self, batch, seconds, number):
        set_age(batch, days=30, seconds=seconds)
        assert batch.can_be_undone is bool(number)
        prune_imports()
        assert ImportedDocument.objects.filter(snapshot__isnull=False).count() == number
        assert batch.documents.get().changes

    @pytest.mark.parametrize(("seconds", "number"), [(0, 1), (1, 0)])
    def test_documents_at_the_boundary(self, batch, seconds, number):
        set_age(batch, days=365, seconds=seconds)
        prune_imports()
        assert batch.documents.count() == number
        # The story's history refers to it.
        assert ImportBatch.objects.filter(pk=batch.pk).exists()
        assert Revision.objects.filter(batch=batch).exists()

    def test_zero_days_means_for_ever(self, batch, settings):
        set_age(batch, days=4000)
        settings.IMPORT_KEEP_UNCHANGED_DAYS = settings.IMPORT_KEEP_SNAPSHOTS_DAYS = 0
        settings.IMPORT_KEEP_BATCHES_DAYS = 0
        assert prune_imports() == Pruned()
        assert batch.can_be_undone

    def test_import_without_references_is_deleted(self, batch, tmp_path):
        idle = set_age(import_two(tmp_path, title="New title"), days=366)
        assert prune_imports() == Pruned(imports=1, unchanged=1)
        assert not ImportBatch.objects.filter(pk=idle.pk).exists()

    def test_import_with_an_open_conflict_stays(self, batch, tmp_path):
        idle = set_age(import_two(tmp_path, title="New title"), days=366)
        conflict = Conflict.objects.create(
            article=Article.objects.first(), field="title", base="", ours="a", theirs="b", batch=idle
        )
        prune_imports()
        conflict.refresh_from_db()
        assert conflict.batch == idle

    def test_preview_that_is_being_applied_stays(self, batch, tmp_path):
        preview = set_age(import_two(tmp_path, title="Newer", dry_run=True), days=366)
        application = apply_preview(preview, workflow.COMMAND_LINE)
        prune_imports()
        assert preview.documents.exists()
        set_age(application, days=0)
        ImportBatch.objects.filter(pk=application.pk).update(state="finished")
        prune_imports()
        assert not preview.documents.exists()

    def test_pruned_import_cannot_be_applied_or_undone(self, batch, tmp_path):
        preview = set_age(import_two(tmp_path, title="Newer", dry_run=True), days=366)
        ImportBatch.objects.filter(pk=preview.pk).update(documents_pruned_at=NOW)
        with pytest.raises(NotApplicable, match="deleted"):
            apply_preview(preview, workflow.COMMAND_LINE)
        with pytest.raises(NotUndoable, match="no longer be undone"):
            undo_batch(set_age(batch, days=31), workflow.COMMAND_LINE)
        assert Article.objects.get(title="New title")

    def test_document_without_snapshot_is_not_undone(self, batch):
        ImportedDocument.objects.update(snapshot=None)
        assert undo_batch(batch, workflow.COMMAND_LINE).left == 1
        assert Article.objects.filter(title="New title").exists()

    @pytest.mark.parametrize("dry_run", [False, True])
    def test_snapshots_of_a_killed_import_without_counts(self, batch, dry_run):
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.INTERRUPTED, counts={})
        set_age(batch, days=31)
        assert prune_imports(dry_run=dry_run).snapshots == 1
        assert ImportedDocument.objects.filter(snapshot__isnull=False).exists() is dry_run

    @pytest.mark.parametrize(("minutes", "state"), [(2, "running"), (3, "interrupted")])
    def test_killed_import_is_marked_as_interrupted(self, batch, minutes, state):
        ImportBatch.objects.filter(pk=batch.pk).update(
            state=ImportBatch.State.RUNNING, finished_at=None, counts={}, alive_at=NOW - timedelta(minutes=minutes)
        )
        prune_imports(dry_run=True)
        batch.refresh_from_db()
        assert batch.state == "running"
        prune_imports()
        batch.refresh_from_db()
        assert (batch.state, batch.finished_at) == (state, NOW if state == "interrupted" else None)
        assert batch.can_be_undone is (state == "interrupted")

    def test_pruning_continues_after_its_time_limit(self, batch, monkeypatch):
        set_age(batch, days=8)
        assert prune_imports(seconds=0) == Pruned()
        batch.refresh_from_db()
        assert batch.unchanged_pruned_at is None
        monkeypatch.setattr(retention, "ROWS_AT_ONCE", 1)
        assert prune_imports().unchanged == 1


class TestDoors:
    def test_the_command_and_its_dry_run(self, tmp_path, capsys):
        import_two(tmp_path)
        set_age(import_two(tmp_path), days=366)
        call_command("prune_imports", "--dry-run")
        summary = "1 imports, 0 documents, 1 lists of unchanged documents, 0 snapshots\n"
        assert capsys.readouterr().out == f"would delete {summary}"
        assert ImportBatch.objects.count() == 2
        call_command("prune_imports")
        assert capsys.readouterr().out == f"deleted {summary}"
        assert ImportBatch.objects.count() == 1

    def test_each_import_prunes(self, tmp_path, capsys):
        import_two(tmp_path)
        set_age(import_two(tmp_path), days=8)
        call_command("import_articles", str(tmp_path), "--jobs", "1")
        assert UnchangedDocuments.objects.count() == 1
        set_age(ImportBatch.objects.first(), days=8)
        tasks.prune_old_imports.enqueue()
        assert UnchangedDocuments.objects.count() == 0

    def test_error_while_pruning_is_logged(self, monkeypatch, caplog):
        def fail(seconds):
            raise RuntimeError("no")

        monkeypatch.setattr(retention, "prune_imports", fail)
        prune_after_import()
        assert [record.getMessage() for record in caplog.records] == ["imports were not pruned: RuntimeError"]


class TestDesk:
    @pytest.fixture
    def notes(self, client, administrator):
        client.force_login(administrator)

        def notes(batch):
            page = client.get(reverse("admin:articles_importbatch_change", args=[batch.pk]))
            return [text for _kind, text in page.context["retention"]]

        return notes

    def test_the_page_of_an_import(self, client, tmp_path, notes):
        batch = import_two(tmp_path)
        assert notes(batch) == ["This import can be undone until 20 Dec 2026, 12:00 UTC."]
        assert notes(set_age(batch, days=31)) == [
            "This import can no longer be undone. Imports can be undone for 30 days.",
        ]
        page = client.get(reverse("admin:import-undo", args=[batch.pk]), follow=True)
        assert [str(message) for message in page.context["messages"]] == [
            "This import can no longer be undone. Imports can be undone for 30 days."
        ]
        idle = set_age(import_two(tmp_path), days=8)
        prune_imports()
        assert notes(idle) == ["The unchanged documents of this import are no longer listed, only counted."]
        ImportBatch.objects.filter(pk=idle.pk).update(documents_pruned_at=NOW, written_singly=3)
        assert notes(idle) == [
            "3 documents were written one at a time because writing them together failed. The log says why.",
            "The documents of this import are no longer listed, only counted.",
        ]

    def test_the_list_of_imports(self, client, administrator, settings):
        client.force_login(administrator)
        settings.IMPORT_KEEP_SNAPSHOTS_DAYS = 1
        settings.IMPORT_KEEP_BATCHES_DAYS = 0
        page = client.get(reverse("admin:articles_importbatch_changelist"))
        assert page.context["retention"] == [
            "Imports can be undone for 1 day.",
            "Unchanged documents are listed for 7 days.",
        ]

    def test_search_covers_the_latest_import(self, client, administrator, tmp_path, monkeypatch):
        client.force_login(administrator)
        first, second = import_two(tmp_path), import_two(tmp_path, title="Title again")
        monkeypatch.setattr("desk.imports.import_admin.DOCUMENTS_SEARCHED", 1)
        address = reverse("admin:articles_importeddocument_changelist")

        def search(**query):
            rows = client.get(address, query).context["cl"].result_list
            return [(row.batch_id, row.source.rpartition("/")[2]) for row in rows]

        assert search(q="a.md") == [(second.pk, "a.md")]
        assert search(q="b.md") == []
        assert search(q="b.md", batch__id__exact=first.pk) == [(first.pk, "b.md")]
        assert search(q="a.md", batch__id__exact=first.pk) == []
