"""Documents are written in parts of several chunks, whatever the chunks are."""

import pytest

from articles.choices import Result
from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.importing.writing import chunk_writer
from articles.importing.writing import stories as writing
from articles.models import ImportedDocument
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


def test_chunks_with_few_changed_documents_are_merged_together(folder, monkeypatch):
    """Results and report stay in the order in which the documents were read."""
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 5)
    urls = {f"{number:02}": f"https://outlet.example/{number}" for number in range(30)}
    documents = {name: make_values(webUrl=url) for name, url in urls.items()}
    folder(**documents)
    pieces = []
    merge_together = writing.merge_together

    def counted(stories, *arguments):
        pieces.append(len(stories))
        return merge_together(stories, *arguments)

    monkeypatch.setattr(writing, "merge_together", counted)
    changed = {name: make_values(webUrl=urls[name], title="Changed") for name in ("01", "11", "12", "29")}
    report = folder(**documents | changed)
    assert pieces == [4]
    assert [outcome.source[-5:-3] for outcome in report.outcomes] == list(documents)
    assert [outcome.source[-5:-3] for outcome in report.outcomes if outcome.action is Result.UPDATED] == list(changed)


def test_large_parts_are_written_before_the_next_chunk_is_read(folder, monkeypatch):
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 5)
    monkeypatch.setattr(chunk_writer, "DOCUMENTS_TOGETHER", 4)
    monkeypatch.setattr(chunk_writer, "UNCHANGED_TOGETHER", 10)
    parts = []
    write_part = chunk_writer.ChunkWriter.write_part

    def counted(self, part):
        parts.append((len(part.documents), len(part.unchanged)))
        write_part(self, part)

    monkeypatch.setattr(chunk_writer.ChunkWriter, "write_part", counted)
    urls = {f"{number:02}": f"https://outlet.example/{number}" for number in range(20)}
    documents = {name: make_values(webUrl=url) for name, url in urls.items()}
    folder(**documents)
    parts.clear()
    folder(**{name: values | {"title": "Changed"} for name, values in documents.items()})
    folder()
    assert parts == [(5, 0), (5, 0), (5, 0), (5, 0), (0, 10), (0, 10)]


def test_what_only_the_database_needs_is_not_kept(folder):
    outcomes = []
    values = make_values()
    folder(a=values)
    (folder.place / "a.md").write_bytes(as_document(values | {"title": "Changed"}))
    import_sources([str(folder.place)], notify=outcomes.append)
    stored = ImportedDocument.objects.latest("pk")
    assert (outcomes[0].changes_json, outcomes[0].snapshot_json) == ("[]", None)
    assert stored.snapshot is not None
    assert [change["field"] for change in stored.changes] == ["title"]
