"""Of several documents of one story the latest counts, then the last by name."""

import pytest

from articles.importing import deduplication
from articles.importing.deduplication import Deduplicator

KEY, OTHER_KEY = b"k" * 16, b"o" * 16
DAY, NEXT_DAY = "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"


def winners(*chunks):
    """Return the sources that count; each chunk is a list of (source, key or None, published_at)."""
    deduplicator, sources = Deduplicator(), []
    for chunk in chunks:
        subjects = [(position, key, published_at) for position, (_source, key, published_at) in enumerate(chunk) if key]
        deduplicator.add([source for source, _key, _published_at in chunk], subjects)
        sources += [source for source, _key, _published_at in chunk]
    assert deduplicator.document_count == len(sources)
    losers = [number for number in range(len(sources)) if not deduplicator.is_winner(number)]
    assert {deduplicator.winner_source(number) for number in losers} <= set(sources)
    return [source for number, source in enumerate(sources) if number not in losers]


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


def test_more_chunks_than_are_cached(monkeypatch):
    monkeypatch.setattr(deduplication, "CACHED_CHUNKS", 1)
    names = [f"{number}.md" for number in range(9)]
    assert winners(*([(name, KEY, DAY)] for name in names)) == ["8.md"]
