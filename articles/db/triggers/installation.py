"""Install triggers and the full-text index, and drop those that would make a migration fail."""

import logging
from collections.abc import Collection, Iterable, Sequence

from django.apps import apps as installed_apps
from django.core import checks
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.migrations.state import StateApps

from articles.db.triggers import cache_version, search_index, topic_order
from articles.db.triggers.database_objects import OBJECTS, SEARCH_INDEX, TOPIC_ORDER, DatabaseObject
from articles.db.triggers.migration_effects import ANYTHING, ChangedColumn, Plan, changed_columns

logger = logging.getLogger(__name__)


def suspend(using: str = "default", plan: Plan = (), apps: StateApps | None = None, **kwargs: object) -> None:
    """Drop the objects that depend on what a plan of migrations changes; receives `pre_migrate`.

    `install` creates them again after the migrations.
    """
    connection = connections[using]
    if not plan or apps is None:
        return
    objects = OBJECTS[connection.vendor]
    changed = changed_columns(plan, apps, {table for obj in objects for table, _column in obj.depends_on})
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for obj in reversed(objects):
            if depends_on_any(obj, changed):
                drop(cursor, obj, connection)


def depends_on_any(obj: DatabaseObject, changed: Collection[ChangedColumn]) -> bool:
    """Return whether a DatabaseObject depends on one of the `changed` (table, column)."""
    if ANYTHING in changed and obj.depends_on:
        return True
    return any(
        table == other and (column is None or name in (column, None))
        for table, column in changed
        for other, name in obj.depends_on
    )


def install(using: str = "default", **kwargs: object) -> None:
    """Create and fill the objects that are missing or out of date, and no others; receives `post_migrate`.

    Nothing is created after migrating backwards: the earlier release creates its own objects.
    """
    connection = connections[using]
    if "articles_edition" not in connection.introspection.table_names():
        return
    if columns := missing_columns(connection):
        logger.warning(
            "The database is at an earlier migration than this release (no %s). Run “migrate” of the release that "
            "belongs to it: it creates the triggers and the full-text index.",
            ", ".join(columns),
        )
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        digests = installed_digests(cursor, connection)
        stale = [obj for obj in OBJECTS[connection.vendor] if digests.get(obj.name) != obj.digest]
        to_create = with_dependants(stale, OBJECTS[connection.vendor])
        if to_create:
            if connection.vendor == "postgresql":
                # A table cannot be altered while checks of deferred foreign keys are pending.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            recreate(cursor, to_create, connection)
            to_fill = {obj.maintains for obj in to_create if obj.refill_on_change or obj.name not in digests}
            fill(cursor, to_fill, connection)
        cursor.execute("SELECT count(*) FROM articles_edition")
        if to_create or cursor.fetchone()[0] == 0:
            cursor.execute(cache_version.INSERT_TOKEN[connection.vendor])


def missing_columns(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the columns, as table.column, that the tables objects depend on lack compared with their models."""
    tables = {table for obj in OBJECTS[connection.vendor] for table, _column in obj.depends_on}
    missing = []
    with connection.cursor() as cursor:
        for model in installed_apps.get_models():
            table = model._meta.db_table
            if table in tables:
                # Not by introspection, which fails on SQLite for some orders of constraints with `ESCAPE '\\'`.
                cursor.execute(f"SELECT * FROM {table} LIMIT 0")
                columns = {column[0] for column in cursor.description}
                missing += [
                    f"{table}.{field.column}" for field in model._meta.concrete_fields if field.column not in columns
                ]
    return missing


def with_dependants(stale: Collection[DatabaseObject], objects: Iterable[DatabaseObject]) -> list[DatabaseObject]:
    """Return the objects that are stale or built from a stale one, in order."""
    selected_objects: list[DatabaseObject] = []
    for obj in objects:
        if obj in stale or any(part in selected_objects for part in obj.built_from):
            selected_objects.append(obj)
    return selected_objects


def recreate(cursor: CursorWrapper, objects: Sequence[DatabaseObject], connection: BaseDatabaseWrapper) -> None:
    """Drop and create objects; PostgreSQL replaces functions and triggers in place."""
    for obj in reversed(objects):
        if connection.vendor == "sqlite" or obj.kind in ("column", "index"):
            drop(cursor, obj, connection)
    for obj in objects:
        for statement in obj.statements:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(f"COMMENT ON {comment_target(obj)} IS '{obj.digest}'")


def drop(cursor: CursorWrapper, obj: DatabaseObject, connection: BaseDatabaseWrapper) -> None:
    """Drop an object if it exists."""
    if obj.kind == "column":
        cursor.execute(f"ALTER TABLE IF EXISTS {obj.table} DROP COLUMN IF EXISTS {obj.name}")
    elif connection.vendor == "postgresql" and obj.kind == "trigger":
        cursor.execute(f"DROP TRIGGER IF EXISTS {obj.name} ON {obj.table}")
    else:
        cursor.execute(f"DROP {obj.kind} IF EXISTS {obj.name}")


def comment_target(obj: DatabaseObject) -> str:
    """Return an object as PostgreSQL's COMMENT ON names it."""
    if obj.kind == "column":
        return f"COLUMN {obj.table}.{obj.name}"
    return f"TRIGGER {obj.name} ON {obj.table}" if obj.kind == "trigger" else f"{obj.kind} {obj.name}"


def fill(cursor: CursorWrapper, maintained: Collection[str], connection: BaseDatabaseWrapper) -> None:
    """Compute what triggers maintain, for the rows that exist; `maintained` are values of DatabaseObject.maintains."""
    if TOPIC_ORDER in maintained:
        cursor.execute(topic_order.FILL[connection.vendor])
    if SEARCH_INDEX in maintained and connection.vendor == "sqlite":
        for statement in search_index.SQLITE_FILL:
            cursor.execute(statement)


def installed_digests(cursor: CursorWrapper, connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return {name: digest} of the objects in the database, "" for one with an unknown definition."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'table', 'view')")
        definitions = dict(cursor.fetchall())
        return {
            obj.name: obj.digest if definitions[obj.name] == obj.statements[0] else ""
            for obj in OBJECTS["sqlite"]
            if obj.name in definitions
        }
    digests = {}
    for obj in OBJECTS["postgresql"]:
        query, attributes = COMMENT_QUERIES[obj.kind]
        cursor.execute(query, [getattr(obj, attribute) for attribute in attributes])
        row = cursor.fetchone()
        if row is not None:
            digests[obj.name] = row[0] or ""
    return digests


# By kind of object: the query for its comment, which has no row if the object is missing; the attributes it takes.
COMMENT_QUERIES = {
    # A former release may have replaced a function, which leaves the comment: it counts only with our source.
    "function": (
        "SELECT CASE WHEN strpos(%s, prosrc) > 0 THEN obj_description(oid, 'pg_proc') END "
        "FROM pg_proc WHERE oid = to_regprocedure(%s)",
        ("sql", "name"),
    ),
    "trigger": (
        "SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s",
        ("table", "name"),
    ),
    "column": (
        "SELECT col_description(attrelid, attnum) FROM pg_attribute "
        "WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped",
        ("table", "name"),
    ),
    "index": (
        "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass(%s)",
        ("name",),
    ),
}


def missing_objects(using: str = "default") -> list[str]:
    """Return the names of the objects that the database lacks, nothing while its tables do not exist."""
    connection = connections[using]
    if "articles_edition" not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        digests = installed_digests(cursor, connection)
    return [obj.name for obj in OBJECTS[connection.vendor] if obj.name not in digests]


def check_installed(databases: Sequence[str] | None = None, **kwargs: object) -> list[checks.CheckMessage]:
    """Report missing triggers and indexes: a system check of databases."""
    return [
        checks.Warning(
            f"The database {using} lacks {', '.join(names)}.",
            hint="A migration may have failed half-way. Run “manage.py migrate”, which creates them.",
            id="articles.W001",
        )
        for using in databases or []
        if (names := missing_objects(using))
    ]
