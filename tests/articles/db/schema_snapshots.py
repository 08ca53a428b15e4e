"""Snapshots of a database's schema, to compare it before and after migrations."""

import re

from django.db import connection

POSTGRESQL = {
    # The order of columns is left out: a column that was dropped and added again comes last.
    "column": """
        SELECT table_name || '.' || column_name,
               concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default, generation_expression)
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraint": """
        SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    """,
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def schema_snapshot():
    """Return {(kind, name): definition} of columns, constraints, indexes, triggers, views and functions."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
            )
            return dict(sqlite_definitions(cursor.fetchall()))
        snapshot = {}
        for kind, query in POSTGRESQL.items():
            cursor.execute(query)
            snapshot |= {(kind, without_hash(name)): without_hash(definition) for name, definition in cursor.fetchall()}
        return snapshot


def sqlite_definitions(rows):
    """Yield ((kind, name), definition); a table is split into its columns and constraints, whose order may change."""
    for kind, name, sql in rows:
        if kind == "table" and sql.startswith("CREATE TABLE"):
            for part in top_level_parts(sql[sql.index("(") + 1 : sql.rindex(")")]):
                yield ("column or constraint", f"{name}: {part}"), part
        else:
            yield (kind, without_hash(name)), without_hash(sql)


def top_level_parts(text):
    """Split a list in SQL at its commas outside brackets and quoted text."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def without_hash(text):
    """Return a text without what depends on the history of a table in names that Django or PostgreSQL generates."""
    return re.sub(r"_[0-9a-f]{8}(?=_|\b)", "_#", re.sub(r"_[0-9a-f]{8}_uniq\b|_key\b", "_unique", text or ""))


def differences(before, after):
    """Return what differs between two snapshots, as readable lines."""
    return [
        f"{kind} {name}: {before.get((kind, name))} -> {after.get((kind, name))}"
        for kind, name in sorted({*before, *after}, key=str)
        if before.get((kind, name)) != after.get((kind, name))
    ]


def column_requirements():
    """Return {(table, column): whether an INSERT must name it} for the tables of all apps."""
    requirements = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if connection.vendor == "sqlite":
                cursor.execute(f'PRAGMA table_info("{table}")')
                rows = [(name, required and default is None) for _, name, _, required, default, _ in cursor.fetchall()]
            else:
                cursor.execute(
                    "SELECT column_name, is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' "
                    "FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
                    [table],
                )
                rows = cursor.fetchall()
            requirements |= {(table, name): bool(is_required) for name, is_required in rows}
    return requirements
