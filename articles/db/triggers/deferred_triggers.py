"""New stories by the hundred: what SQLite's triggers would do for each of their rows is done once for all of them."""

from contextlib import contextmanager

from django.db import connection

from articles.db.triggers.cache_version import SQLITE_MARK
from articles.db.triggers.search_index import SQLITE_TAKE_IN
from articles.text_folding import fold


def teach(connection, **kwargs):
    """Give SQLite's triggers and view the functions they call; receives `connection_created`."""
    if connection.vendor == "sqlite":
        connection.row_by_row = True
        connection.connection.create_function("newsroom_words", 1, fold, deterministic=True)
        connection.connection.create_function("newsroom_row_by_row", 0, lambda: connection.row_by_row)
        # Django would find out in a transaction, for which a page waits while others write; and if it waited in vain,
        # it would take JSON for unsupported as long as the process lives.
        connection.connection.execute("SELECT json('{}')")
        connection.features.supports_json_field = True


@contextmanager
def kept_together(keys):
    """Keep index and edition right for the stories with these primary keys, an unbroken run, inserted in this block.

    In a transaction only. On SQLite a trigger that writes into the index costs every row a savepoint of it, five times
    what they cost together. On PostgreSQL, and for all that other connections do, nothing is different.
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
        cursor.execute(SQLITE_TAKE_IN, [keys[0], keys[-1]])
        cursor.execute(SQLITE_MARK)
