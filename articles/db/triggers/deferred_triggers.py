"""Deferring SQLite's per-row triggers, so that hundreds of new stories are indexed by one statement."""

from contextlib import contextmanager

from django.db import connection

from articles.db.triggers.cache_version import SQLITE_RENEW
from articles.db.triggers.search_index import SQLITE_INDEX_RANGE
from articles.text_folding import fold


def register_sqlite_functions(connection, **kwargs):
    """Register the Python functions that SQLite's triggers and view call; receives `connection_created`."""
    if connection.vendor == "sqlite":
        connection.row_by_row = True
        connection.connection.create_function("newsroom_words", 1, fold, deterministic=True)
        connection.connection.create_function("newsroom_row_by_row", 0, lambda: connection.row_by_row)
        # Django would test for JSON in a transaction, for which a page waits while others write; if that timed out,
        # Django would take JSON for unsupported for the rest of the process.
        connection.connection.execute("SELECT json('{}')")
        connection.features.supports_json_field = True


@contextmanager
def defer_triggers(keys):
    """Defer indexing and the cache version for stories inserted in this block to the block's end.

    `keys` are their primary keys, a range without gaps. In a transaction only. A trigger that writes into SQLite's
    full-text index costs a savepoint of the index per row, five times as much as indexing all rows together. Nothing
    changes on PostgreSQL, nor for other connections.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.row_by_row = False
    try:
        yield
    finally:
        connection.row_by_row = True
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_INDEX_RANGE, [keys[0], keys[-1]])
        cursor.execute(SQLITE_RENEW)
