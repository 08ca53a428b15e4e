"""Putting triggers and full-text index into the database, and filling what they keep, when they are not yet there."""

import hashlib

from django.db import connections, transaction

from articles.upkeep import editions, places, texts

SQLITE_TRIGGERS = editions.for_sqlite() | places.SQLITE | texts.SQLITE_TRIGGERS
SQLITE_ALL = texts.SQLITE_TABLE | SQLITE_TRIGGERS
POSTGRESQL_ALL = [*editions.for_postgresql(), *places.POSTGRESQL, *texts.POSTGRESQL]
POSTGRESQL_DIGEST = hashlib.blake2b("".join(POSTGRESQL_ALL).encode(), digest_size=16).hexdigest()
POSTGRESQL_MARKED = "FUNCTION newsroom_turn_edition()"


def make_way(using="default", plan=(), **kwargs):
    """Before migrations change tables: SQLite remakes a table to change it, and stumbles over what refers to it."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute("DROP TABLE IF EXISTS articles_search")
            cursor.execute("DROP VIEW IF EXISTS articles_searchable")


def install(using="default", **kwargs):
    """Make what is missing or was made by another version, and fill it anew; does nothing when all is there."""
    connection = connections[using]
    if "articles_edition" not in connection.introspection.table_names():
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        changed = (install_on_sqlite if connection.vendor == "sqlite" else install_on_postgresql)(cursor)
        cursor.execute("SELECT count(*) FROM articles_edition")
        if changed or cursor.fetchone()[0] == 0:
            cursor.execute(editions.NEW_MARK[connection.vendor])


def install_on_sqlite(cursor):
    """Return whether anything was made."""
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'table', 'view')")
    if SQLITE_ALL.items() <= dict(cursor.fetchall()).items():
        return False
    for name in SQLITE_TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute("DROP TABLE IF EXISTS articles_search")
    cursor.execute("DROP VIEW IF EXISTS articles_searchable")
    for statement in texts.SQLITE_TABLE.values():
        cursor.execute(statement)
    cursor.execute(places.FILL)
    for statement in [*texts.SQLITE_FILL, *SQLITE_TRIGGERS.values()]:
        cursor.execute(statement)
    return True


def install_on_postgresql(cursor):
    """Return whether anything was made."""
    cursor.execute("SELECT obj_description(to_regproc('newsroom_turn_edition'), 'pg_proc')")
    if cursor.fetchone()[0] == POSTGRESQL_DIGEST:
        return False
    cursor.execute(places.FILL)
    # A foreign key that is checked at the end would stand in the way of changing its table.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in POSTGRESQL_ALL:
        cursor.execute(statement)
    cursor.execute(f"COMMENT ON {POSTGRESQL_MARKED} IS '{POSTGRESQL_DIGEST}'")
    return True
