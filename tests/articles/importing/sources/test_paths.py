"""The paths of documents in their sources."""

import unicodedata
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from articles.importing.batches import new_batch
from articles.importing.runner import run_batch
from articles.importing.sources import uploads
from articles.importing.sources.files import read_sources
from articles.importing.sources.paths import SourcePaths
from articles.models import UpstreamDocument
from tests.factories import make_document


def paths_of(*names):
    names = [str(name) for name in names]
    paths = SourcePaths(names)
    return [paths.path_of(document.source) for document in read_sources(names)]


@pytest.fixture
def place(tmp_path):
    for path in ("a.md", "storm/index.md", "storm/deep/b.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(make_document())
    return tmp_path


def test_folder(place, monkeypatch):
    expected = ["a.md", "storm/index.md", "storm/deep/b.txt"]
    assert paths_of(place) == expected
    assert paths_of(f"{place}/") == expected
    monkeypatch.chdir(place)
    assert paths_of(".") == expected


def test_file_has_its_name(place):
    assert paths_of(place / "storm" / "index.md") == ["index.md"]


def test_innermost_source_counts(place):
    assert paths_of(place / "storm", place / "storm" / "deep") == ["index.md", "b.txt", "b.txt"]


def test_archive(place):
    archive = place / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("a.md", "./b.md", "storm//c.md"):
            file.writestr(name, make_document())
    assert paths_of(archive) == ["a.md", "b.md", "storm/c.md"]


def test_accents_are_composed(tmp_path):
    (tmp_path / unicodedata.normalize("NFD", "süd.md")).write_bytes(make_document())
    assert paths_of(tmp_path) == ["süd.md"]


def test_standard_input_has_none():
    paths = SourcePaths(["-"])
    assert [paths.path_of(source) for source in ("-", "-#2")] == ["", ""]


@pytest.mark.django_db
def test_upload_has_its_real_name():
    files = [SimpleUploadedFile(name, make_document()) for name in ("Storm über Süd.md", "plain.md")]
    folder, names = uploads.store_files(files)
    batch = new_batch(names, upload=folder)
    run_batch(batch)
    assert set(UpstreamDocument.objects.values_list("path", flat=True)) == {"Storm über Süd.md", "plain.md"}
    assert [document.source for document in batch.documents.order_by("position")] == names
    uploads.delete_upload(folder)
    assert uploads.real_names(batch) == {}
    assert not uploads.has_files(batch)
