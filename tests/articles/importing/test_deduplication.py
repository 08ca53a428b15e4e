"""Of several documents of one story the latest counts, then the last by name."""

import tracemalloc
from itertools import accumulate

import pytest

from articles.importing import deduplication
from articles.importing.deduplication import Deduplicator
from articles.importing.temporary_storage import TemporaryStorage

KEY, OTHER_KEY = b"k" * 16, b"o" * 16
DAY, NEXT_DAY = "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"


def winners(*chunks):
    """Return the sources that count; each chunk is a list of (source, key or None, published_at)."""
    deduplicator, sources = Deduplicator(TemporaryStorage()), []
    for chunk in chunks:
        subjects = [(position, key, published_at) for position, (_source, key, published_at) in enumerate(chunk) if key]
        deduplicator.add([source for source, _key, _published_at in chunk], subjects)
        sources += [source for source, _key, _published_at in chunk]
    assert deduplicator.document_count == len(sources)
    deduplicator.decide()
    losers = deduplicator.losers_among(0, len(sources))
    assert [number for number in range(len(sources)) if not deduplicator.is_winner(number)] == sorted(losers)
    firsts = accumulate((len(chunk) for chunk in chunks[:-1]), initial=0)
    assert [source for first in firsts for source in deduplicator.sources_of(first)] == sources
    counting = [source for number, source in enumerate(sources) if number not in losers]
    assert set(losers.values()) <= set(counting)
    return counting


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (("a.md", KEY, DAY), ("b.md", KEY, DAY), "b.md"),
        (("b.md", KEY, DAY), ("a.md", KEY, DAY), "b.md"),
        (("b.md", KEY, DAY), ("a.md", KEY, NEXT_DAY), "a.md"),
        (("b.md", KEY, NEXT_DAY), ("a.md", KEY, DAY), "b.md"),
        (("b.md", KEY, ""), ("a.md", KEY, DAY), "a.md"),
        (("z/a.md", KEY, DAY), ("a/b.md", KEY, DAY), "a/b.md"),
        (("z/a.md", KEY, DAY), ("a/a.md", KEY, DAY), "z/a.md"),
        # A file named twice: the second reading counts.
        (("a.md", KEY, DAY), ("a.md", KEY, DAY), "a.md"),
    ],
)
def test_the_latest_counts_then_the_last_by_name(first, second, winner):
    assert winners([first, second]) == winners([first], [second]) == [winner]


def test_documents_of_different_stories_and_rejected_ones_all_count():
    chunk = [("a.md", KEY, DAY), ("b.md", OTHER_KEY, DAY), ("c.md", None, "")]
    assert winners(chunk) == ["a.md", "b.md", "c.md"]


@pytest.mark.parametrize("keys_in_memory", [0, 1, 50_000])
def test_one_of_many_documents_counts(monkeypatch, keys_in_memory):
    monkeypatch.setattr(deduplication, "KEYS_IN_MEMORY", keys_in_memory)
    names = [f"{number}.md" for number in range(9)]
    assert winners(*([(name, KEY, DAY)] for name in names)) == ["8.md"]


@pytest.fixture
def deduplicator():
    deduplicator = Deduplicator(TemporaryStorage())
    deduplicator.add(["x/a.md", "x/b.md", "y/a.md"], [(0, KEY, DAY), (1, KEY, NEXT_DAY)])
    deduplicator.add(["x/a.md/c.md", "x/aa.md", "z/x/a.md"], [(1, OTHER_KEY, DAY), (2, b"z" * 16, DAY)])
    deduplicator.decide()
    return deduplicator


def test_losers_of_a_range_of_documents(deduplicator):
    assert deduplicator.losers_among(0, 1) == deduplicator.losers_among(0, 6) == {0: "x/b.md"}
    assert deduplicator.losers_among(1, 5) == {}


@pytest.mark.parametrize(("unchanged", "is_unchanged"), [([0], True), ([1], False), ([], False)])
def test_unchanged_winner_is_in_a_later_chunk(unchanged, is_unchanged):
    deduplicator = Deduplicator(TemporaryStorage())
    deduplicator.add(["x/a.md"], [(0, KEY, DAY)], [0])
    deduplicator.add(["x/b.md", "x/c.md"], [(0, KEY, NEXT_DAY)], unchanged)
    deduplicator.add(["x/d.md"], [])
    deduplicator.decide()
    assert deduplicator.has_unchanged_winner(0) is is_unchanged
    assert not deduplicator.has_unchanged_winner(1)


def test_document_of_a_story(deduplicator):
    assert deduplicator.has_document_of(KEY.hex())
    assert sorted(deduplicator.sources_with(KEY.hex())) == ["x/a.md", "x/b.md"]
    assert not deduplicator.has_document_of("00" * 16)
    assert list(deduplicator.sources_with("00" * 16)) == []


@pytest.mark.parametrize(
    ("path", "sources"),
    [
        # y/a.md is not a valid document.
        ("a.md", ["x/a.md", "z/x/a.md"]),
        ("x/a.md", ["x/a.md", "z/x/a.md"]),
        ("z/x/a.md", ["z/x/a.md"]),
        ("A.md", []),
        ("%.md", []),
    ],
)
def test_valid_documents_at_a_path(deduplicator, path, sources):
    assert sorted(deduplicator.valid_documents_at(path)) == [(source, DAY) for source in sources]


@pytest.mark.parametrize(("keys_in_memory", "is_compared"), [(2, True), (1, False)])
def test_few_keys_are_compared_in_memory(monkeypatch, keys_in_memory, is_compared):
    monkeypatch.setattr(deduplication, "KEYS_IN_MEMORY", keys_in_memory)
    deduplicator = Deduplicator(TemporaryStorage())
    deduplicator.add(["a.md", "b.md"], [(0, KEY, DAY), (1, OTHER_KEY, DAY)])
    deduplicator.decide()
    assert deduplicator.has_subjects is not is_compared
    assert [deduplicator.is_winner(number) for number in range(2)] == [True, True]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(deduplication, "KEYS_IN_MEMORY", 1000)

    def peak(chunk_count):
        """Return the most bytes that Python allocates while documents are added and decided."""
        tracemalloc.start()
        deduplicator = Deduplicator(TemporaryStorage())
        for chunk in range(chunk_count):
            # Half of them are duplicates.
            subjects = [(n, ((chunk * 500 + n) // 2).to_bytes(16), DAY) for n in range(500)]
            deduplicator.add([f"archive/{chunk}/{n}.md" for n in range(500)], subjects)
        deduplicator.decide()
        assert len(deduplicator.losers_among((chunk_count - 1) * 500, 500)) == 250
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(1)
    # The lists of as many chunks as are cached, and no more.
    assert peak(10 * deduplication.CACHED_CHUNKS) < 1.1 * peak(2 * deduplication.CACHED_CHUNKS)
