"""The command import_articles: sources, output, exit codes."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from articles.choices import State
from articles.importing.results import Report
from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.importing.writing import stories, transactions
from articles.management import console
from articles.models import Article, ImportBatch
from tests.articles.importing.expected import NO_COUNTS, SEED, only, snapshot
from tests.factories import as_document, make_document, make_story, make_values

pytestmark = pytest.mark.django_db


class TestCommand:
    def test_exit_0_when_everything_is_imported(self, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(make_document())
        out = io.StringIO()
        call_command("import_articles", str(path), stdout=out)
        assert re.search(r"created +1\n", out.getvalue())

    def test_exit_1_when_some_were_rejected(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        (tmp_path / "b.md").write_bytes(b"---\nwebUrl: https://outlet.example/\n---\n")
        err = io.StringIO()
        with pytest.raises(SystemExit) as stopped:
            call_command("import_articles", str(tmp_path), stdout=io.StringIO(), stderr=err)
        assert stopped.value.code == 1
        assert f"error: {tmp_path}/b.md:2:1: title: a title is required" in err.getvalue()
        assert Article.objects.count() == 1

    def test_exit_2_when_the_call_was_wrong(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        with pytest.raises(CommandError, match="no such file or folder") as refused:
            call_command("import_articles", str(tmp_path / "a.md"), str(tmp_path / "missing"))
        assert refused.value.returncode == 2
        assert not Article.objects.exists()

    def test_exit_2_when_the_report_cannot_be_written(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document())
        with pytest.raises(CommandError, match="report") as refused:
            call_command("import_articles", str(tmp_path / "a.md"), report=str(tmp_path / "no" / "report.json"))
        assert refused.value.returncode == 2
        assert not Article.objects.exists()

    def test_standard_input(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(make_document(title="Piped"))))
        call_command("import_articles", "-", stdout=io.StringIO())
        assert Article.objects.get().title == "Piped"

    def test_several_documents_on_standard_input(self, monkeypatch):
        body = "Above.\n\n---\n\nBelow.\n"
        stream = b"".join(make_document(body, title=title) for title in ("One", "Two", "Three"))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + stream)))
        call_command("import_articles", "-", stdout=io.StringIO())
        assert dict(Article.objects.values_list("title", "body")) == dict.fromkeys(("One", "Two", "Three"), body)

    def test_endless_line_on_standard_input_is_rejected(self, settings):
        settings.IMPORT_MAX_DOCUMENT_BYTES = 1024
        report = import_sources(["-"], io.BytesIO(b"---\ntitle: " + b"x" * 100_000))
        assert "more than 1,024 bytes" in only(report).problems[0].message

    def test_dry_run_prints_the_result_and_writes_nothing(self, tmp_path):
        updated = make_values()
        (tmp_path / "a.md").write_bytes(as_document(updated))
        import_sources([str(tmp_path)])
        before = snapshot()
        (tmp_path / "a.md").write_bytes(as_document({**updated, "heat": 99}))
        (tmp_path / "b.md").write_bytes(make_document(provider={"name": "New", "domain": "new.example"}))
        out, report = io.StringIO(), tmp_path.parent / "report.json"
        call_command("import_articles", str(tmp_path), dry_run=True, report=str(report), stdout=out)
        assert snapshot() == before
        assert re.match(r"Nothing was written. Importing would give:\n +created +1\n +updated +1\n", out.getvalue())
        report_json = json.loads(report.read_text())
        assert report_json["dry_run"]
        assert report_json["documents"][0]["changed"] == ["heat"]
        assert import_sources([str(tmp_path)]).counts == report_json["counts"]

    def test_publish_never_puts_every_story_into_the_inbox(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document(published=True))
        values = make_values(published=False)
        (tmp_path / "b.md").write_bytes(as_document(values))
        call_command("import_articles", str(tmp_path), publish="never", stdout=io.StringIO())
        (tmp_path / "b.md").write_bytes(as_document({**values, "published": True}))
        call_command("import_articles", str(tmp_path), publish="never", stdout=io.StringIO())
        assert set(Article.objects.values_list("state", flat=True)) == {State.INBOX}

    def test_hidden_files_are_skipped(self, tmp_path):
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "a.md").write_bytes(make_document())
        (tmp_path / ".hidden.md").write_bytes(make_document())
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "b.txt").write_bytes(make_document())
        assert import_sources([str(tmp_path)]).counts == NO_COUNTS | {"created": 1, "skipped": 1}

    def test_report_follows_the_documentation(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document(title="In"))
        (tmp_path / "b.md").write_bytes(b"---\ntitle: Out\nwebUrl: x\nsecured: hush\n---\n")
        report = tmp_path / "report.json"
        with pytest.raises(SystemExit):
            call_command(
                "import_articles", str(tmp_path / "a.md"), str(tmp_path / "b.md"), report=str(report), verbosity=0
            )
        report_json = json.loads(report.read_text())
        assert report_json["counts"] == NO_COUNTS | {"created": 1, "rejected": 1}
        assert (report_json["batch"], report_json["dry_run"]) == (ImportBatch.objects.get().pk, False)
        assert Report(ImportBatch.objects.get()).as_json() == report_json
        assert set(report_json["documents"][0]) == {
            "source",
            "action",
            "url",
            "title",
            "changed",
            "conflicts",
            "duplicate_of",
            "problems",
        }
        assert report_json["documents"][1]["problems"] == [
            {
                "line": 3,
                "column": 9,
                "field": "webUrl",
                "message": "only http and https URLs are allowed, not 'x'",
                "level": "error",
            }
        ]
        assert "hush" not in report.read_text()


class TestBatch:
    def test_batch_is_recorded(self, folder):
        report = folder(a=make_values(), b=b"---\ntitle: [\n---\n")
        batch = ImportBatch.objects.get()
        assert batch == report.batch
        assert (batch.state, batch.origin, batch.actor, batch.dry_run) == ("finished", "command", None, False)
        assert batch.counts == NO_COUNTS | {"created": 1, "rejected": 1}
        assert batch.documents_per_second > 0
        assert list(batch.documents.values_list("action", "has_problems")) == [("created", False), ("rejected", True)]

    def test_interrupted_batch_keeps_finished_documents(self, folder, monkeypatch):
        create = stories.create_stories

        def stop_at_the_second(documents, *arguments):
            if documents[0].title == "Second":
                raise KeyboardInterrupt
            return create(documents, *arguments)

        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
        monkeypatch.setattr(stories, "create_stories", stop_at_the_second)
        documents = {"a": make_values(title="First"), "b": make_values(title="Second"), "c": make_values()}
        with pytest.raises(KeyboardInterrupt):
            folder(**documents)
        assert ImportBatch.objects.get().state == "interrupted"
        assert ImportBatch.objects.get().counts == NO_COUNTS | {"created": 1}
        assert Article.objects.get().title == "First"
        monkeypatch.undo()
        assert folder().counts == NO_COUNTS | {"created": 2, "unchanged": 1}

    def test_command_reports_an_interruption(self, folder, monkeypatch):
        def stop(*_arguments, **_options):
            raise KeyboardInterrupt

        monkeypatch.setattr(transactions, "write_documents", stop)
        with pytest.raises(CommandError, match="finished documents stay imported") as stopped:
            call_command("import_articles", str(SEED))
        assert stopped.value.returncode == 130


class TestProgress:
    def test_progress_lines_without_a_terminal(self, monkeypatch):
        monkeypatch.setattr(console, "SECONDS_BETWEEN_LINES", 0)
        error = io.StringIO()
        call_command("import_articles", str(SEED), stdout=io.StringIO(), stderr=error)
        assert error.getvalue() == "reading: 1 of 1 documents\nwriting: 1 of 1 documents\n"

    @pytest.mark.parametrize("options", [{"progress": False}, {"verbosity": 0}])
    def test_no_progress_when_quiet(self, monkeypatch, options):
        monkeypatch.setattr(console, "SECONDS_BETWEEN_LINES", 0)
        error = io.StringIO()
        call_command("import_articles", str(SEED), stdout=io.StringIO(), stderr=error, **options)
        assert error.getvalue() == ""

    def test_bar_with_rate_and_problems_above_it(self, tmp_path):
        (tmp_path / "a.md").write_bytes(make_document(publishedDateTime="2026-11-20T09:30:00"))
        error = io.StringIO()
        call_command("import_articles", str(tmp_path), stdout=io.StringIO(), stderr=error, progress=True)
        assert "Writing:" in error.getvalue()
        assert "documents/s" in error.getvalue()
        assert "read as UTC" in error.getvalue()


def test_exports_are_restored_if_that_is_asked_for(tmp_path, capsys):
    story = make_story(title="The desk's")
    call_command("export_articles", str(tmp_path / "export"), verbosity=0)
    story.title = "Later"
    story.save()
    call_command("import_articles", str(tmp_path / "export"))
    assert "newsroom: ignored: the document is an export" in capsys.readouterr().err
    assert Article.objects.get().title == "Later"
    call_command("import_articles", str(tmp_path / "export"), restore=True)
    assert capsys.readouterr().err == ""
    assert Article.objects.get().title == "The desk's"
