"""Decide which of several documents of one story, topic or organization counts, with little memory for each."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePath

# Documents of one story mostly come from a few chunks in sequence.
CACHED_CHUNKS = 8


def comparable_time(published_at: str) -> str:
    """Return a time in UTC as text, or "", in a form that sorts by time: without the Z, which sorts after a point."""
    return published_at.removesuffix("Z")


class Deduplicator:
    """Takes documents in the order they are read and decides which of those with the same key counts.

    It is the one with the latest publication time, or the last by file name if the times are equal. Sources and times
    are joined to one text for each chunk, because many small strings that stay allocated would fragment the memory:
    the space around them could not be reused.
    """

    def __init__(self) -> None:
        self.first_numbers: list[int] = []
        # (sources, times) of each chunk, joined by line breaks.
        self.joined_texts: list[tuple[str, str]] = []
        self.document_count = 0
        # {key: number of the document that counts}, {number of one that does not: key}.
        self.winners: dict[bytes, int] = {}
        self.losers: dict[int, bytes] = {}
        self.chunk_lists = lru_cache(CACHED_CHUNKS)(self.split_texts)

    def add(self, sources: Sequence[str], subjects: Sequence[tuple[int, bytes, str]]) -> None:
        """Add the next documents; `sources` has an entry for each of them.

        `subjects` are [(position, key of 16 bytes, published_at as text that sorts by time)] of the valid documents.
        """
        first, times = self.document_count, [""] * len(sources)
        for position, _key, published_at in subjects:
            times[position] = published_at
        self.first_numbers.append(first)
        self.joined_texts.append(("\n".join(sources), "\n".join(times)))
        self.document_count += len(sources)
        for position, key, _published_at in subjects:
            self.decide(first + position, key)

    def decide(self, number: int, key: bytes) -> None:
        """Compare a document with the one that counts so far for its key."""
        current = self.winners.setdefault(key, number)
        if current == number:
            return
        winner, loser = (number, current) if self.precedence(number) > self.precedence(current) else (current, number)
        self.winners[key] = winner
        self.losers[loser] = key

    def split_texts(self, index: int) -> tuple[list[str], list[str]]:
        """Return (sources, times) of the chunk with this index."""
        sources, times = self.joined_texts[index]
        return sources.split("\n"), times.split("\n")

    def locate(self, number: int) -> tuple[int, list[str], list[str]]:
        """Return (position in its chunk, the chunk's sources, the chunk's times) of a document."""
        index = bisect_right(self.first_numbers, number) - 1
        return number - self.first_numbers[index], *self.chunk_lists(index)

    def precedence(self, number: int) -> tuple[str, str, str, int]:
        """Return the value by which two documents of one story are compared; the greater one counts."""
        position, sources, times = self.locate(number)
        return comparable_time(times[position]), PurePath(sources[position]).name, sources[position], number

    def has_document_of(self, identity: str) -> bool:
        """Whether a document of the story with this identity was read."""
        return bytes.fromhex(identity) in self.winners

    def source_of(self, identity: str) -> str | None:
        """Return the source of the document that counts for the story with this identity, None if none was read."""
        number = self.winners.get(bytes.fromhex(identity))
        if number is None:
            return None
        position, sources, _times = self.locate(number)
        return sources[position]

    def dated_sources_at(self, path: str) -> Iterator[str]:
        """Yield the sources of valid documents with a publication time that are or end in `path`."""
        for index, (joined_sources, _times) in enumerate(self.joined_texts):
            # Most chunks have no such file and need not be split.
            if path in joined_sources:
                sources, times = self.chunk_lists(index)
                for source, time in zip(sources, times, strict=True):
                    if time and f"/{source}".endswith(f"/{path}"):
                        yield source

    def is_winner(self, number: int) -> bool:
        """Whether the document counts."""
        return number not in self.losers

    def winner_source(self, number: int) -> str:
        """Return the source of the document that counts instead of this one."""
        position, sources, _times = self.locate(self.winners[self.losers[number]])
        return sources[position]
