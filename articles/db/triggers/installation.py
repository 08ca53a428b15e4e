"""Putting triggers and full-text index into the database, and taking them out of the way of migrations."""

import logging

from django.apps import apps as installed_apps
from django.core import checks
from django.db import connections, transaction

from articles.db.triggers import cache_version, search_index, topic_order
from articles.db.triggers.database_objects import OBJECTS, PLACES, SEARCH
from articles.db.triggers.migration_effects import ANYTHING, touched_by

logger = logging.getLogger(__name__)


def make_way(using="default", plan=(), apps=None, **kwargs):
    """Drop what stands in the way of the migrations of a plan, and leave the rest; receives `pre_migrate`."""
    connection = connections[using]
    if not plan:
        return
    objects = OBJECTS[connection.vendor]
    touched = touched_by(plan, apps, {table for one in objects for table, _column in one.hangs_on})
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for one in reversed(objects):
            if stands_in_the_way(one, touched):
                drop(cursor, one, connection)


def stands_in_the_way(one, touched):
    """Whether a DatabaseObject hangs on something of {(table, column)}."""
    if ANYTHING in touched and one.hangs_on:
        return True
    return any(
        table == other and (column is None or name in (column, None))
        for table, column in touched
        for other, name in one.hangs_on
    )


def install(using="default", **kwargs):
    """Create what is missing or differs, and fill it; leave the rest alone. Receives `post_migrate`.

    Nothing is created after migrating backwards: the release that belongs to those tables has other objects.
    """
    connection = connections[using]
    if "articles_edition" not in connection.introspection.table_names():
        return
    if lacking := lacking_columns(connection):
        logger.warning(
            "The database is at an earlier migration than this release (no %s). Run “migrate” of the release that "
            "belongs to it: it creates the triggers and the full-text index.",
            ", ".join(lacking),
        )
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        there = digests_of(cursor, connection)
        stale = [one for one in OBJECTS[connection.vendor] if there.get(one.name) != one.digest]
        to_create = with_dependants(stale, OBJECTS[connection.vendor])
        if to_create:
            if connection.vendor == "postgresql":
                # A foreign key that is checked at the end would stand in the way of changing its table.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            replace(cursor, to_create, connection)
            fill(cursor, {one.group for one in to_create if one.defines or one.name not in there}, connection)
        cursor.execute("SELECT count(*) FROM articles_edition")
        if to_create or cursor.fetchone()[0] == 0:
            cursor.execute(cache_version.NEW_MARK[connection.vendor])


def lacking_columns(connection):
    """Return the columns, as table.column, of models that objects hang on and that the database does not have yet."""
    tables = {table for one in OBJECTS[connection.vendor] for table, _column in one.hangs_on}
    lacking = []
    with connection.cursor() as cursor:
        for model in installed_apps.get_models():
            table = model._meta.db_table
            if table in tables:
                there = {column.name for column in connection.introspection.get_table_description(cursor, table)}
                lacking += [
                    f"{table}.{field.column}" for field in model._meta.concrete_fields if field.column not in there
                ]
    return lacking


def with_dependants(stale, objects):
    """Return the objects that are stale or made of one that is, in order."""
    chosen = []
    for one in objects:
        if one in stale or any(part in chosen for part in one.made_of):
            chosen.append(one)
    return chosen


def replace(cursor, objects, connection):
    """Drop and create objects; functions and triggers that PostgreSQL can replace are replaced in place."""
    for one in reversed(objects):
        if connection.vendor == "sqlite" or one.kind in ("column", "index"):
            drop(cursor, one, connection)
    for one in objects:
        for statement in one.create:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(f"COMMENT ON {named(one)} IS '{one.digest}'")


def drop(cursor, one, connection):
    """Drop an object if it is there."""
    if one.kind == "column":
        cursor.execute(f"ALTER TABLE IF EXISTS {one.table} DROP COLUMN IF EXISTS {one.name}")
    elif connection.vendor == "postgresql" and one.kind == "trigger":
        cursor.execute(f"DROP TRIGGER IF EXISTS {one.name} ON {one.table}")
    else:
        cursor.execute(f"DROP {one.kind} IF EXISTS {one.name}")


def named(one):
    """Return an object as PostgreSQL's COMMENT names it."""
    if one.kind == "column":
        return f"COLUMN {one.table}.{one.name}"
    return f"TRIGGER {one.name} ON {one.table}" if one.kind == "trigger" else f"{one.kind} {one.name}"


def fill(cursor, groups, connection):
    """Bring up to date what objects of these groups keep."""
    if PLACES in groups:
        cursor.execute(topic_order.FILL[connection.vendor])
    if SEARCH in groups and connection.vendor == "sqlite":
        for statement in search_index.SQLITE_FILL:
            cursor.execute(statement)


def digests_of(cursor, connection):
    """Return {name: digest} of the objects that are in the database; of what was made otherwise, another digest."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'table', 'view')")
        there = dict(cursor.fetchall())
        return {
            one.name: one.digest if there[one.name] == one.create[0] else ""
            for one in OBJECTS["sqlite"]
            if one.name in there
        }
    digests = {}
    for one in OBJECTS["postgresql"]:
        query, arguments = COMMENT_OF[one.kind]
        cursor.execute(query, [getattr(one, argument) for argument in arguments])
        row = cursor.fetchone()
        if row is not None:
            digests[one.name] = row[0] or ""
    return digests


# The query for the comment of each kind of object, no row where it is missing; and what fills its holes.
COMMENT_OF = {
    "function": (
        "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE oid = to_regprocedure(%s)",
        ("name",),
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


def missing(using="default"):
    """Return the names of the objects that the database lacks although its tables are there."""
    connection = connections[using]
    if "articles_edition" not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        there = digests_of(cursor, connection)
    return [one.name for one in OBJECTS[connection.vendor] if one.name not in there]


def check_installed(databases=None, **kwargs):
    """Report triggers and indexes that are missing: a system check of databases."""
    return [
        checks.Warning(
            f"The database {using} lacks {', '.join(names)}.",
            hint="A migration may have failed half-way. Run “manage.py migrate”, which creates them.",
            id="articles.W001",
        )
        for using in databases or []
        if (names := missing(using))
    ]
