"""Defer SQLite's per-row triggers, so that hundreds of new stories are indexed by one statement."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from weakref import WeakSet

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from articles.db.triggers.cache_version import SQLITE_RENEW
from articles.db.triggers.search_index import SQLITE_INDEX_RANGE
from articles.text_folding import fold

# The connections to SQLite that are inside a block of `defer_triggers`.
deferring: WeakSet[BaseDatabaseWrapper] = WeakSet()


def register_sqlite_functions(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Register the Python functions that SQLite's triggers and view call; receives `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("newsroom_words", 1, fold, deterministic=True)
        connection.connection.create_function("newsroom_row_by_row", 0, lambda: connection not in deferring)
        # Django would test for JSON in a transaction, for which a page waits while others write; if that timed out,
        # Django would assume for the rest of the process that JSON is not supported.
        connection.connection.execute("SELECT json('{}')")
        connection.features.supports_json_field = True


@contextmanager
def defer_triggers(keys: Sequence[int]) -> Iterator[None]:
    """Defer indexing and the cache version for stories inserted in this block to the block's end.

    `keys` are their primary keys, a range without gaps. In a transaction only. A trigger that writes into SQLite's
    full-text index costs a savepoint of the index per row, five times as much as indexing all rows together. Nothing
    changes on PostgreSQL, nor for other connections.
    """
    if connection.vendor != "sqlite":
        yield
        return
    this_connection = connections[connection.alias]
    deferring.add(this_connection)
    try:
        yield
    finally:
        deferring.discard(this_connection)
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_INDEX_RANGE, [keys[0], keys[-1]])
        cursor.execute(SQLITE_RENEW)
