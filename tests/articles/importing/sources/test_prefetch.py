"""Reading beside the process that decides: nothing is lost, changed or left running."""

import multiprocessing
import os
from contextlib import closing

import pytest

from articles.documents.digests import digests_of
from articles.documents.problems import Problem
from articles.documents.raw_document import RawDocument
from articles.importing.sources import prefetch
from articles.importing.sources.files import read_sources
from articles.importing.sources.prefetch import read_chunks


@pytest.fixture(autouse=True)
def copied(monkeypatch):
    """Three documents at once, and processes that are copies, which tests beside other threads would not be."""
    monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 3)
    monkeypatch.setattr(prefetch, "process_context", lambda: multiprocessing.get_context("fork"))


def some_raws(number):
    for nth in range(number):
        if nth % 5 == 4:
            yield RawDocument(f"{nth}.md", problem=Problem("the member is encrypted"))
        else:
            yield RawDocument(f"{nth}.md", f"---\ntitle: {nth}\n---\n".encode() * (nth + 1))


def told(raws, jobs):
    """Return (source, content, digests, problem) of each document."""
    said = []
    for some in read_chunks(raws, jobs):
        for place, source in enumerate(some.sources):
            said.append((source, some.contents[place], tuple(some.digests[place]), some.problems.get(place)))
    return said


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 6, 7, 20])
def test_every_document_comes_in_its_order_with_its_bytes(number, jobs):
    expected = [
        (raw.source, raw.content, ("", None) if raw.problem else tuple(digests_of(raw.content)), raw.problem)
        for raw in some_raws(number)
    ]
    assert told(some_raws(number), jobs) == expected
    assert multiprocessing.active_children() == []


def test_long_documents_fill_a_chunk_each(monkeypatch, settings):
    monkeypatch.setattr(prefetch, "BYTES_PER_CHUNK", 50)
    settings.IMPORT_MAX_DOCUMENT_BYTES = 100
    raws = [RawDocument(f"{nth}.md", bytes([65 + nth]) * 101) for nth in range(9)]
    assert [content for _source, content, *_rest in told(iter(raws), 2)] == [raw.content for raw in raws]


def test_all_but_the_first_are_read_elsewhere():
    def naming_their_process():
        for nth in range(9):
            yield RawDocument(f"{nth}.md", str(os.getpid()).encode())

    readers = [content for _source, content, *_rest in told(naming_their_process(), 2)]
    assert set(readers[:3]) == {str(os.getpid()).encode()}
    assert len(set(readers[3:])) == 1
    assert readers[3] != readers[0]


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError(5, "Input/output error"), (OSError, "Input/output")), (KeyError("x"), (RuntimeError, "KeyError"))],
)
def test_what_goes_wrong_there_is_raised_here(error, expected):
    def failing():
        yield from some_raws(7)
        raise error

    with pytest.raises(expected[0], match=expected[1]):
        told(failing(), 2)
    assert multiprocessing.active_children() == []


def test_that_it_was_killed_is_said():
    parent = os.getpid()

    def killed():
        yield from some_raws(7)
        if os.getpid() != parent:
            os.kill(os.getpid(), 9)

    with pytest.raises(ChildProcessError, match="was ended"):
        told(killed(), 2)


def test_standard_input_is_read_on_there(monkeypatch, tmp_path):
    """A process that is a copy closes what it has as its own standard input."""
    stream = "".join(f"---\ntitle: {nth}\n---\n" for nth in range(9))
    (tmp_path / "piped").write_text(stream)
    with (tmp_path / "piped").open() as piped:
        monkeypatch.setattr("sys.stdin", piped)
        said = told(read_sources(["-"]), 2)
    assert b"".join(content for _source, content, *_rest in said).decode() == stream
    assert len(said) == 9


def test_it_ends_when_nobody_wants_more():
    with closing(read_chunks(some_raws(1000), 2)) as given:
        next(given), next(given)
        assert len(multiprocessing.active_children()) == 1
    assert multiprocessing.active_children() == []
