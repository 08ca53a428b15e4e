"""Data of one import that SQLite moves to disk when its cache is full."""

import tracemalloc

import pytest

from articles.importing.temporary_storage import CACHE_KIBIBYTES, TemporaryClaims, TemporaryNumbers, TemporaryStorage


@pytest.fixture
def storage():
    storage = TemporaryStorage()
    yield storage
    storage.close()


def test_pages_in_memory_are_bounded(storage):
    assert storage.fetch_one("PRAGMA cache_size") == (-CACHE_KIBIBYTES,)
    assert CACHE_KIBIBYTES <= 8192
    # A database without a name is a file, unlike `:memory:`.
    assert storage.fetch_one("PRAGMA database_list") == (0, "main", "")


def test_numbers(storage):
    numbers, others = (TemporaryNumbers(storage, name) for name in ("first", "second"))
    assert (bool(numbers), len(numbers), list(numbers)) == (False, 0, [])
    for number in (-(2**63), 7, 2**63 - 1, 7):
        numbers.add(number)
    assert (bool(numbers), len(numbers), list(numbers)) == (True, 3, [-(2**63), 7, 2**63 - 1])
    assert 7 in numbers
    assert 8 not in numbers
    assert list(others) == []


def test_claims(storage):
    claims = TemporaryClaims(storage)
    claims[1, "a.md"] = "one"
    claims[1, "b.md"] = "two"
    claims[1, "a.md"] = "three"
    keys = [(1, "a.md"), (1, "b.md"), (2, "a.md")]
    assert [claims.get(key, "none") for key in keys] == ["three", "two", "none"]


def test_memory_of_python_does_not_grow(storage):
    numbers = TemporaryNumbers(storage, "numbers")
    numbers.add(0)
    tracemalloc.start()
    for number in range(5000):
        numbers.add(number)
    assert sum(1 for _number in numbers) == 5000
    # All of them as Python's integers would take 160 kB.
    assert tracemalloc.get_traced_memory()[1] < 20_000
    tracemalloc.stop()
