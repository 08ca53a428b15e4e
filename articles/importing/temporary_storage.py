"""Data of one import that grows with the number of documents: in memory while it is small, else on disk."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any

# The most memory that the pages of one import take; more of them are written to a temporary file.
CACHE_KIBIBYTES = 4096


class TemporaryStorage:
    """A private database for the time of an import, with a bounded cache.

    SQLite creates its file, without a name in any folder, only when the cache is full. Everything happens in one
    transaction that is never committed, as the data is of no use after the import.
    """

    def __init__(self) -> None:
        self.database = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size = -{CACHE_KIBIBYTES}", "journal_mode = OFF", "synchronous = OFF"):
            self.database.execute(f"PRAGMA {pragma}")
        self.database.execute("BEGIN")

    def close(self) -> None:
        self.database.close()

    def execute(self, sql: str, parameters: Collection[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Return an iterator of the rows of a statement."""
        return self.database.execute(sql, tuple(parameters))

    def fetch_one(self, sql: str, parameters: Collection[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None if it has none."""
        return next(self.execute(sql, parameters), None)

    def insert(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute an INSERT for each row."""
        self.database.executemany(sql, rows)


class TemporaryNumbers(Collection[int]):
    """A set of integers in a TemporaryStorage; `name` is that of its table."""

    def __init__(self, storage: TemporaryStorage, name: str) -> None:
        self.storage, self.name = storage, name
        storage.execute(f"CREATE TABLE {name} (number INTEGER PRIMARY KEY)")

    def add(self, number: int) -> None:
        self.storage.execute(f"INSERT OR IGNORE INTO {self.name} VALUES (?)", [number])  # noqa: S608

    def __contains__(self, number: object) -> bool:
        return self.storage.fetch_one(f"SELECT 1 FROM {self.name} WHERE number = ?", [number]) is not None  # noqa: S608

    def __iter__(self) -> Iterator[int]:
        return (number for (number,) in self.storage.execute(f"SELECT number FROM {self.name}"))  # noqa: S608

    def __len__(self) -> int:
        row = self.storage.fetch_one(f"SELECT count(*) FROM {self.name}")  # noqa: S608
        return row[0] if row else 0

    def __bool__(self) -> bool:
        return self.storage.fetch_one(f"SELECT 1 FROM {self.name} LIMIT 1") is not None  # noqa: S608


class TemporaryClaims:
    """{(key of a story, path): identity} in a TemporaryStorage."""

    def __init__(self, storage: TemporaryStorage) -> None:
        self.storage = storage
        storage.execute("CREATE TABLE claim (story INTEGER, path TEXT, identity TEXT, PRIMARY KEY (story, path))")

    def get(self, key: tuple[int, str], default: str) -> str:
        row = self.storage.fetch_one("SELECT identity FROM claim WHERE story = ? AND path = ?", key)
        return row[0] if row else default

    def clear(self) -> None:
        self.storage.execute("DELETE FROM claim")

    def __setitem__(self, key: tuple[int, str], identity: str) -> None:
        self.storage.execute("INSERT OR REPLACE INTO claim VALUES (?, ?, ?)", [*key, identity])
