"""Decide which of several documents of one story, topic or organization counts, in constant memory."""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from articles.db.bulk_rows import json_text
from articles.importing.temporary_storage import TemporaryStorage

# So many keys are compared in memory; most imports have no more, and no two documents with one key.
KEYS_IN_MEMORY = 50_000
KEY_LENGTH = 16
# Documents of one story mostly come from a few chunks in sequence.
CACHED_CHUNKS = 8
LOSERS_TOGETHER = 2_000
# `keys` is a JSON array with the key of each document, in hex; `sources` and `times` are joined by line breaks;
# `unchanged` is a JSON array of positions.
CREATE_CHUNKS = "CREATE TABLE chunk (first INTEGER PRIMARY KEY, keys TEXT, sources TEXT, times TEXT, unchanged TEXT)"
CREATE_LOSERS = "CREATE TABLE loser (number INTEGER PRIMARY KEY, source TEXT, winner INTEGER)"
# These are created only if they are needed, after all documents have been read: sorting them once is faster than
# inserting them in random order.
CREATE_SUBJECTS = (
    """
    CREATE TABLE subject AS
    SELECT first + key AS number, value AS subject FROM chunk, json_each(chunk.keys) WHERE value <> ''
    """,
    "CREATE INDEX number_of_subject ON subject (subject, number)",
)
SHARED_SUBJECTS = """
    SELECT number, subject FROM subject
    WHERE subject IN (SELECT subject FROM subject GROUP BY subject HAVING count(*) > 1) ORDER BY number
"""
CREATE_CANDIDATES = (
    "CREATE TABLE candidate (number INTEGER PRIMARY KEY, subject TEXT, time TEXT, name TEXT, source TEXT)"
)
INSERT_LOSERS = """
    INSERT INTO loser SELECT number, winner_source, winner FROM (
        SELECT
            number, row_number() OVER latest_first AS place,
            first_value(source) OVER latest_first AS winner_source, first_value(number) OVER latest_first AS winner
        FROM candidate
        WINDOW latest_first AS (PARTITION BY subject ORDER BY time DESC, name DESC, source DESC, number DESC)
    ) WHERE place > 1
"""


def comparable_time(published_at: str) -> str:
    """Return a time in UTC as text, or "", in a form that sorts by time: without the Z, which sorts after a point."""
    return published_at.removesuffix("Z")


def precedence(published_at: str, source: str) -> tuple[str, str, str]:
    """Return the value by which documents of one story are compared; the greatest one counts, the last of equals."""
    return comparable_time(published_at), source.rpartition("/")[2], source


class Deduplicator:
    """Takes documents in the order they are read; once all are read, it decides which of those with one key counts.

    It is the one with the latest publication time, or the last by file name if the times are equal. Until `decide` is
    called, nothing is known of any document.
    """

    def __init__(self, storage: TemporaryStorage) -> None:
        self.storage, self.document_count, self.is_decided = storage, 0, False
        storage.execute(CREATE_CHUNKS)
        storage.execute(CREATE_LOSERS)
        self.has_subjects = False
        # The keys of the first documents, until two are equal or there are too many to compare them in memory.
        self.keys: set[bytes] | None = set()
        self.chunk_lists = lru_cache(CACHED_CHUNKS)(self.load_lists)

    def add(
        self, sources: Sequence[str], subjects: Sequence[tuple[int, bytes, str]], unchanged: Sequence[int] = ()
    ) -> None:
        """Add the next documents; `sources` has an entry for each of them.

        `subjects` are [(position, key of 16 bytes, published_at as text that sorts by time)] of the valid documents,
        `unchanged` the positions of those whose text a story has already.
        """
        keys, times = [""] * len(sources), [""] * len(sources)
        for position, key, published_at in subjects:
            keys[position], times[position] = key.hex(), published_at
        row = (self.document_count, json_text(keys), "\n".join(sources), "\n".join(times), json_text(unchanged))
        self.storage.execute("INSERT INTO chunk VALUES (?, ?, ?, ?, ?)", row)
        self.document_count += len(sources)
        if self.keys is not None:
            number = len(self.keys) + len(subjects)
            self.keys.update(key for _position, key, _published_at in subjects)
            if len(self.keys) < number or number > KEYS_IN_MEMORY:
                self.keys = None

    def decide(self) -> None:
        """Decide which documents count, after the last one was added."""
        if self.keys is None:
            self.create_subjects()
            self.storage.execute(CREATE_CANDIDATES)
            self.storage.insert("INSERT INTO candidate VALUES (?, ?, ?, ?, ?)", self.candidates())
            self.storage.execute(INSERT_LOSERS)
        self.keys, self.is_decided = None, True

    def create_subjects(self) -> None:
        """Store the key of each document in a row, if that has not been done."""
        if not self.has_subjects:
            for sql in CREATE_SUBJECTS:
                self.storage.execute(sql)
            self.has_subjects = True

    def candidates(self) -> Iterator[tuple[int, str, str, str, str]]:
        """Yield (number, key, time, file name, source) of the documents whose key another one has too."""
        for number, key in self.storage.execute(SHARED_SUBJECTS):
            source, published_at = self.locate(number)
            yield number, key, *precedence(published_at, source)

    def load_lists(self, first: int) -> tuple[list[str], list[str]]:
        """Return (sources, times) of the chunk whose first document has this number."""
        row = self.storage.fetch_one("SELECT sources, times FROM chunk WHERE first = ?", [first])
        sources, times = row or ("", "")
        return sources.split("\n"), times.split("\n")

    def locate(self, number: int) -> tuple[str, str]:
        """Return (source, time) of a document."""
        sql = "SELECT first FROM chunk WHERE first <= ? ORDER BY first DESC LIMIT 1"
        (first,) = self.storage.fetch_one(sql, [number]) or (0,)
        sources, times = self.chunk_lists(first)
        return sources[number - first], times[number - first]

    def sources_of(self, first: int) -> list[str]:
        """Return the sources of the chunk whose first document has this number."""
        sources, _times = self.load_lists(first)
        return sources

    def is_winner(self, number: int) -> bool:
        """Whether the document counts."""
        return self.storage.fetch_one("SELECT 1 FROM loser WHERE number = ?", [number]) is None

    def losers_among(self, first: int, size: int) -> dict[int, str]:
        """Return {number: source of the document that counts} of those of `size` documents that do not count."""
        sql = "SELECT number, source FROM loser WHERE number BETWEEN ? AND ?"
        return dict(self.storage.execute(sql, [first, first + size - 1]))

    def losers(self) -> Iterator[dict[int, str]]:
        """Yield {number: source of the document that counts} of all that do not count, some thousands at a time."""
        rows = self.storage.execute("SELECT number, source FROM loser ORDER BY number")
        while losers := dict(islice(rows, LOSERS_TOGETHER)):
            yield losers

    def has_unchanged_winner(self, number: int) -> bool:
        """Whether the text of the document that counts instead of this one is that of a story already."""
        sql = """
            SELECT winner - first, unchanged FROM loser JOIN chunk ON first <= winner
            WHERE number = ? ORDER BY first DESC LIMIT 1
        """
        position, unchanged = self.storage.fetch_one(sql, [number]) or (0, "[]")
        return position in json.loads(unchanged)

    def numbers_of(self, identity: str) -> Iterator[int]:
        """Yield the numbers of the documents of the story with this identity."""
        self.create_subjects()
        rows = self.storage.execute("SELECT number FROM subject WHERE subject = ?", [identity])
        return (number for (number,) in rows)

    def has_document_of(self, identity: str) -> bool:
        """Whether a document of the story with this identity was read."""
        return next(self.numbers_of(identity), None) is not None

    def sources_with(self, identity: str) -> Iterator[str]:
        """Yield the sources of the documents with this identity, of which one counts."""
        return (self.locate(number)[0] for number in self.numbers_of(identity))

    def valid_documents_at(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield (source, time or "") of the valid documents whose sources are or end in `path`."""
        # Most chunks have no such file and need not be split.
        for first, keys, *_rest in self.storage.execute(
            "SELECT first, keys FROM chunk WHERE instr(sources, ?)", [path]
        ):
            for source, time, key in zip(*self.load_lists(first), json.loads(keys), strict=True):
                if key and f"/{source}".endswith(f"/{path}"):
                    yield source, time
