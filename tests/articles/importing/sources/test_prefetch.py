"""Prefetching in another process loses and changes nothing, and leaves no process running."""

import multiprocessing
import os
from contextlib import closing

import pytest

from articles.documents.digests import digests_of
from articles.documents.problems import Problem
from articles.documents.raw_document import RawDocument
from articles.importing import runner
from articles.importing.runner import import_sources
from articles.importing.sources import prefetch
from articles.importing.sources.files import read_sources
from articles.importing.sources.prefetch import read_chunks
from articles.models import ImportBatch
from tests.factories import make_document


@pytest.fixture(autouse=True)
def small_forked_chunks(monkeypatch):
    """Three documents in a chunk, and processes that are forked although tests may have other threads."""
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 3)
    monkeypatch.setattr(prefetch, "process_context", lambda: multiprocessing.get_context("fork"))


def make_raw_documents(number):
    for nth in range(number):
        if nth % 5 == 4:
            yield RawDocument(f"{nth}.md", problem=Problem("the member is encrypted"))
        else:
            yield RawDocument(f"{nth}.md", f"---\ntitle: {nth}\n---\n".encode() * (nth + 1))


def read_all(raws, jobs):
    """Return (source, content, digests, problem) of each document."""
    return [
        (source, chunk.contents[position], tuple(chunk.digests[position]), chunk.problems.get(position))
        for chunk in read_chunks(raws, jobs)
        for position, source in enumerate(chunk.sources)
    ]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 6, 7, 20])
def test_documents_arrive_in_order_with_their_bytes(number, jobs):
    expected = [
        (raw.source, raw.content, ("", None) if raw.problem else tuple(digests_of(raw.content)), raw.problem)
        for raw in make_raw_documents(number)
    ]
    assert read_all(make_raw_documents(number), jobs) == expected
    assert multiprocessing.active_children() == []


def test_long_documents_fill_a_chunk_each(monkeypatch, settings):
    monkeypatch.setattr(prefetch, "BYTES_PER_CHUNK", 50)
    settings.IMPORT_MAX_DOCUMENT_BYTES = 100
    raws = [RawDocument(f"{nth}.md", bytes([65 + nth]) * 101) for nth in range(9)]
    assert [content for _source, content, *_rest in read_all(iter(raws), 2)] == [raw.content for raw in raws]


def test_all_but_the_first_chunk_are_read_in_another_process():
    def naming_their_process():
        for nth in range(9):
            yield RawDocument(f"{nth}.md", str(os.getpid()).encode())

    readers = [content for _source, content, *_rest in read_all(naming_their_process(), 2)]
    assert set(readers[:3]) == {str(os.getpid()).encode()}
    assert len(set(readers[3:])) == 1
    assert readers[3] != readers[0]


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError(5, "Input/output error"), (OSError, "Input/output")), (KeyError("x"), (RuntimeError, "KeyError"))],
)
def test_error_in_the_other_process_is_raised_here(error, expected):
    def failing():
        yield from make_raw_documents(7)
        raise error

    with pytest.raises(expected[0], match=expected[1]):
        read_all(failing(), 2)
    assert multiprocessing.active_children() == []


def test_killed_process_raises_an_error():
    parent = os.getpid()

    def killed():
        yield from make_raw_documents(7)
        if os.getpid() != parent:
            os.kill(os.getpid(), 9)

    with pytest.raises(ChildProcessError, match="was ended"):
        read_all(killed(), 2)


@pytest.mark.django_db
def test_killed_process_ends_the_import_and_is_noted(tmp_path, monkeypatch):
    """Nothing continues silently with a part of the documents."""
    for number in range(7):
        (tmp_path / f"{number}.md").write_bytes(make_document())
    parent = os.getpid()

    def read_and_die(names, standard_input):
        for number, raw in enumerate(read_sources(names, standard_input)):
            if number == 5 and os.getpid() != parent:
                os.kill(os.getpid(), 9)
            yield raw

    monkeypatch.setattr(runner, "read_sources", read_and_die)
    with pytest.raises(ChildProcessError):
        import_sources([str(tmp_path)], jobs=2)
    batch = ImportBatch.objects.get()
    assert (batch.state, "ChildProcessError" in batch.note) == (ImportBatch.State.INTERRUPTED, True)


def test_standard_input_is_read_in_the_other_process(monkeypatch, tmp_path):
    """A forked process of multiprocessing closes `sys.stdin`."""
    stream = "".join(f"---\ntitle: {nth}\n---\n" for nth in range(9))
    (tmp_path / "piped").write_text(stream)
    with (tmp_path / "piped").open() as piped:
        monkeypatch.setattr("sys.stdin", piped)
        documents = read_all(read_sources(["-"]), 2)
    assert b"".join(content for _source, content, *_rest in documents).decode() == stream
    assert len(documents) == 9


def test_process_ends_when_the_generator_is_closed():
    with closing(read_chunks(make_raw_documents(1000), 2)) as chunks:
        next(chunks), next(chunks)
        assert len(multiprocessing.active_children()) == 1
    assert multiprocessing.active_children() == []
