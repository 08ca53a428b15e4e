"""SQL that renews the cache version when something changes that readers may see.

The version is all tokens of the table of CacheVersion together, not a counter: on PostgreSQL each transaction inserts
a token, so a long import does not make other writers wait for one row.
"""

import re
from collections.abc import Iterator

from django.db import connections
from django.db.models import Model

IS_PUBLISHED, HAS_FILE = "{}.state = 'published'", "{}.file <> ''"


def old_or_new(condition: str) -> str:
    return f"{condition.format('OLD')} OR {condition.format('NEW')}"


def by_event(condition: str) -> tuple[str, str, str]:
    """Return a condition on a row for each of EVENTS."""
    return condition.format("NEW"), old_or_new(condition), condition.format("OLD")


EVENTS = ("insert", "update", "delete")
# By table, under which condition each of EVENTS matters to readers; an empty text means always.
CONDITIONS = {
    "articles_article": by_event(IS_PUBLISHED),
    "articles_image": by_event(HAS_FILE),
    "articles_articletopic": ("", "", ""),
    "articles_relatedlink": ("", "", ""),
    "articles_topic": ("", "", ""),
    "providers_provider": ("", "", ""),
}
COLUMN = re.compile(r"\b(?:OLD|NEW)\.(\w+)")
# An import writes dozens of these rows with each new story, which renews the version anyway, and on SQLite even a
# trigger that does nothing makes an import a fifth slower. So there these tables have no trigger for new rows:
# `renew_for_new_row` renews for rows that the ORM saves, and `StoryPartQuerySet` for those it writes in bulk.
STORY_PART_TABLES = ("articles_image", "articles_articletopic", "articles_relatedlink")

# Runs for every row of an import, so it must be cheap. One token is enough: SQLite has one writer at a time.
SQLITE_RENEW = "UPDATE articles_edition SET token = random()"

# One token per transaction is enough: nobody sees its changes before it commits. Tokens of finished transactions may
# be deleted; a token that another transaction is deleting right now is left to that transaction.
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION newsroom_turn_edition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this_one text := pg_current_xact_id()::text;
BEGIN
    IF coalesce(current_setting('newsroom.turned_by', true), '') <> this_one THEN
        PERFORM set_config('newsroom.turned_by', this_one, true);
        DELETE FROM articles_edition
            WHERE id IN (SELECT id FROM articles_edition FOR UPDATE SKIP LOCKED);
        INSERT INTO articles_edition (token) VALUES (replace(gen_random_uuid()::text, '-', ''));
    END IF;
    RETURN NULL;
END $$
"""


def renew_for_new_row(sender: type[Model], instance: Model, created: bool, using: str, **kwargs: object) -> None:
    """Renew the version for a new row of STORY_PART_TABLES on SQLite; receives `post_save`."""
    is_shown = bool(getattr(instance, "file", True))
    if created and is_shown:
        renew_for_new_rows(using)


def renew_for_new_rows(using: str) -> None:
    """Renew the version for new rows of STORY_PART_TABLES on SQLite; PostgreSQL has triggers for them."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            cursor.execute(SQLITE_RENEW)


def trigger_events() -> Iterator[tuple[str, str, str, str]]:
    """Yield (name of the trigger, table, event, condition)."""
    for table, conditions in CONDITIONS.items():
        for event, condition in zip(EVENTS, conditions, strict=True):
            yield f"edition_turns_on_{event}_of_{table}", table, event.upper(), condition


def sqlite_triggers() -> dict[str, tuple[str, str]]:
    """Return {name: (table, statement)}."""
    triggers = {}
    for name, table, event, condition in trigger_events():
        if event == "INSERT" and table in STORY_PART_TABLES:
            continue
        if event == "INSERT" and table == "articles_article":
            # `deferred_triggers.defer_triggers` renews once for hundreds of new stories.
            condition += " AND newsroom_row_by_row()"  # noqa: PLW2901
        when = f" WHEN {condition}" if condition else ""
        triggers[name] = table, f"CREATE TRIGGER {name} AFTER {event} ON {table}{when} BEGIN {SQLITE_RENEW}; END"
    return triggers


def trigger_level(event: str, condition: str) -> str:
    """Return STATEMENT if the trigger can run once for all rows of a statement, because it looks at none, else ROW."""
    return "STATEMENT" if event == "INSERT" and not condition else "ROW"


def postgresql_triggers() -> dict[str, tuple[str, list[str], str]]:
    """Return {name: (table, the columns its condition names, statement)}."""
    return {
        name: (
            table,
            sorted(set(COLUMN.findall(condition))),
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} FOR EACH {trigger_level(event, condition)} "
            f"{f'WHEN ({condition}) ' if condition else ''}EXECUTE FUNCTION newsroom_turn_edition()",
        )
        for name, table, event, condition in trigger_events()
    }


INSERT_TOKEN = {
    "sqlite": "INSERT OR REPLACE INTO articles_edition (id, token) VALUES (1, random())",
    "postgresql": "INSERT INTO articles_edition (token) VALUES (replace(gen_random_uuid()::text, '-', ''))",
}
