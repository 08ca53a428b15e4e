"""SQL that turns the edition whenever something changes that readers may see.

A table of CacheVersion marks, not a counter: on PostgreSQL every transaction puts a mark of its own there, so that
a long import does not make others wait for one row, and all the marks together are the edition.
"""

import re

from django.db import connections

# By table, when a change matters to readers: (to a new row, to a changed one, to one that goes). An empty text
# means always.
PUBLISHED, PICTURED = "{}.state = 'published'", "{}.file <> ''"


def either(condition):
    return f"{condition.format('OLD')} OR {condition.format('NEW')}"


def all_three(condition):
    return condition.format("NEW"), either(condition), condition.format("OLD")


WATCHED = {
    "articles_article": all_three(PUBLISHED),
    "articles_image": all_three(PICTURED),
    "articles_articletopic": ("", "", ""),
    "articles_relatedlink": ("", "", ""),
    "articles_topic": ("", "", ""),
    "providers_provider": ("", "", ""),
}
COLUMN = re.compile(r"\b(?:OLD|NEW)\.(\w+)")
EVENTS = ("insert", "update", "delete")
# New rows of these come by the dozen with every new story, which turns the edition already, and on SQLite a
# trigger that does nothing still costs an import a fifth. There `renew_for_new_row` turns it for those the ORM writes,
# and `turn` for those it writes in bulk.
WITH_STORIES = ("articles_image", "articles_articletopic", "articles_relatedlink")

# Written for every row of an import, so as cheap as can be. There is one mark: SQLite has one writer at a time.
SQLITE_MARK = "UPDATE articles_edition SET token = random()"

# One mark a transaction is enough: nobody sees the changes before they are all there. Marks of transactions
# that are over may go; one that somebody else is just removing is left to them.
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


def renew_for_new_row(sender, instance, created, using, **kwargs):
    """Turn the edition for a new row of WITH_STORIES, on SQLite; receives `post_save`."""
    is_seen = bool(getattr(instance, "file", True))
    if created and is_seen:
        renew(using)


def renew(using):
    """Turn the edition of a database for new rows of WITH_STORIES; on PostgreSQL its triggers do."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            cursor.execute(SQLITE_MARK)


def watches():
    """Yield (name of the trigger, table, event, condition)."""
    for table, conditions in WATCHED.items():
        for event, condition in zip(EVENTS, conditions, strict=True):
            yield f"edition_turns_on_{event}_of_{table}", table, event.upper(), condition


def for_sqlite():
    """Return {name: (table, statement)} of the triggers."""
    triggers = {}
    for name, table, event, condition in watches():
        if event == "INSERT" and table in WITH_STORIES:
            continue
        if event == "INSERT" and table == "articles_article":
            # `together.kept_together` turns it once for hundreds.
            condition += " AND newsroom_row_by_row()"  # noqa: PLW2901
        when = f" WHEN {condition}" if condition else ""
        triggers[name] = table, f"CREATE TRIGGER {name} AFTER {event} ON {table}{when} BEGIN {SQLITE_MARK}; END"
    return triggers


def level_of(event, condition):
    """Return what a trigger is called for: once for all new rows of a statement, where none of them is looked at."""
    return "STATEMENT" if event == "INSERT" and not condition else "ROW"


def for_postgresql():
    """Return {name: (table, the columns that it names, statement)} of the triggers."""
    return {
        name: (
            table,
            sorted(set(COLUMN.findall(condition))),
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} FOR EACH {level_of(event, condition)} "
            f"{f'WHEN ({condition}) ' if condition else ''}EXECUTE FUNCTION newsroom_turn_edition()",
        )
        for name, table, event, condition in watches()
    }


NEW_MARK = {
    "sqlite": "INSERT OR REPLACE INTO articles_edition (id, token) VALUES (1, random())",
    "postgresql": "INSERT INTO articles_edition (token) VALUES (replace(gen_random_uuid()::text, '-', ''))",
}
