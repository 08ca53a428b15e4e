"""Documents of files, folders and standard input."""

import io
import os

import pytest

from articles.importing.sources.files import estimate_count, read_sources, read_stream
from tests.factories import make_document


def test_pipe_in_a_folder_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (document,) = read_sources([str(tmp_path)])
    assert document.problem.message == "this is not a regular file"


def test_file_is_read_up_to_the_document_limit(tmp_path, settings):
    settings.IMPORT_MAX_DOCUMENT_BYTES = 1024
    for size in (1023, 1024, 1025, 5000):
        (tmp_path / "a.md").write_bytes(b"x" * size)
        (document,) = read_sources([str(tmp_path)])
        assert len(document.content) == min(size, 1025)


def test_sources_are_named_as_in_the_call(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.md").write_bytes(make_document())
    monkeypatch.chdir(tmp_path)
    for name in ("deep", "./deep/", "deep/a.md"):
        assert [document.source for document in read_sources([name])] == ["deep/a.md"]


def test_estimate_count(tmp_path):
    (tmp_path / "a.md").write_bytes(make_document())
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.md").write_bytes(make_document())
    assert estimate_count([str(tmp_path), str(tmp_path / "a.md")]) == 3
    assert estimate_count([str(tmp_path), "-"]) is None
    assert estimate_count([str(tmp_path / "there-is-none.tar")]) is None


@pytest.mark.parametrize(
    ("stream", "documents"),
    [
        ("---\ntitle: a\n---\nA.\n---\ntitle: b\n---\nB.\n", ["---\ntitle: a\n---\nA.\n", "---\ntitle: b\n---\nB.\n"]),
        (
            "---\ntitle: a\n---\n---  \ncategory: x\ntitle: b\n---\n",
            ["---\ntitle: a\n---\n", "---  \ncategory: x\ntitle: b\n---\n"],
        ),
        ("---\ntitle: a\n---\n---\ntaxonomy: topic\n", ["---\ntitle: a\n---\n", "---\ntaxonomy: topic\n"]),
        (
            "---\ntitle: a\n---\nA.\n---\nNote: a rule.\n---\nB.\n",
            ["---\ntitle: a\n---\nA.\n---\nNote: a rule.\n---\nB.\n"],
        ),
        ("---\ntitle: a\n---\nA.\n---\n---\ntitle: b\n", ["---\ntitle: a\n---\nA.\n---\n", "---\ntitle: b\n"]),
        ("---\ntitle: a\n---\nA.\n---\n", ["---\ntitle: a\n---\nA.\n---\n"]),
        ("---\ntitle: a\n---\n---\n" + "a: b\n" * 300, ["---\ntitle: a\n---\n---\n" + "a: b\n" * 300]),
        ("---\r\ntitle: a\r\n---\r\n---\r\ntitle: b\r\n", ["---\r\ntitle: a\r\n---\r\n", "---\r\ntitle: b\r\n"]),
    ],
)
def test_standard_input_is_split_into_documents(stream, documents):
    read = [document.content.decode() for document in read_sources(["-"], io.BytesIO(stream.encode()))]
    assert read == documents


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(b"---", b"---"), (b"--- # note", b"---"), (b"---", b"--- # end"), (b"---", b"..."), (b"--- \r", b"... # end")],
)
def test_every_kind_of_fence_separates_documents(opening, closing):
    document = b"%s\ntitle: x\n%s\nBody\n" % (opening, closing)
    assert [raw.content for raw in read_stream(io.BytesIO(document * 3))] == [document] * 3
