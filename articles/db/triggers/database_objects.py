"""The database objects that migrations know nothing of: triggers, functions, and the full-text index.

Each says what it hangs on, so that a migration which changes that finds it out of the way, and no other; and what it is
made of, so that it is created again when, and only when, that has changed.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from articles.db.triggers import cache_version, search_index, topic_order

EDITION, PLACES, SEARCH = "edition", "places", "search"


@dataclass(frozen=True)
class DatabaseObject:
    """A trigger, function, view, table, column or index that is kept beside the tables of the models.

    `create` are its statements. `hangs_on` are the (table, column) it names; a column None stands for any. `made_of`
    are the objects that it is computed by. `group` is what is to be filled when it was missing; `defines` says that it
    has to be filled when it was changed, too.
    """

    kind: str
    name: str
    create: tuple
    table: str = ""
    hangs_on: frozenset = frozenset()
    made_of: tuple = field(default=())
    group: str = EDITION
    defines: bool = False

    @cached_property
    def digest(self):
        """A digest of its definition and of those that it is made of."""
        text = "".join([*self.create, *(part.digest for part in self.made_of)])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def on_sqlite():
    """Return the objects of SQLite, in the order in which they are created.

    A table that is changed is made again there, and whatever names it stands in the way.
    """
    view = DatabaseObject(
        "view",
        "articles_searchable",
        (search_index.SQLITE_TABLE["articles_searchable"],),
        hangs_on=tables("articles_article"),
        group=SEARCH,
        defines=True,
    )
    index = DatabaseObject(
        "table",
        "articles_search",
        (search_index.SQLITE_TABLE["articles_search"],),
        hangs_on=tables("articles_article"),
        made_of=(view,),
        group=SEARCH,
        defines=True,
    )
    searching = [
        DatabaseObject("trigger", name, (sql,), hangs_on=tables("articles_article"), made_of=(index,), group=SEARCH)
        for name, sql in search_index.SQLITE_TRIGGERS.items()
    ]
    placing = [
        DatabaseObject(
            "trigger",
            name,
            (sql,),
            hangs_on=tables("articles_article", "articles_articletopic"),
            group=PLACES,
            defines=True,
        )
        for name, sql in topic_order.SQLITE.items()
    ]
    turning = [
        DatabaseObject("trigger", name, (sql,), hangs_on=tables(table, "articles_edition"))
        for name, (table, sql) in cache_version.for_sqlite().items()
    ]
    return [view, index, *searching, *placing, *turning]


def on_postgresql():
    """Return the objects of PostgreSQL, in the order in which they are created.

    No column can be altered there while a trigger or a generated column names it.
    """
    words = DatabaseObject("function", "newsroom_words(text)", (search_index.POSTGRESQL_WORDS,), group=SEARCH)
    vector = DatabaseObject(
        "column",
        "search_vector",
        search_index.POSTGRESQL_COLUMN,
        table="articles_article",
        hangs_on=frozenset(("articles_article", column) for column in search_index.COLUMNS),
        made_of=(words,),
        group=SEARCH,
    )
    index = DatabaseObject(
        "index",
        "search_by_word",
        search_index.POSTGRESQL_INDEX,
        hangs_on=vector.hangs_on,
        made_of=(vector,),
        group=SEARCH,
    )
    placing = [
        *(
            DatabaseObject("function", name, (sql,), group=PLACES)
            for name, sql in topic_order.POSTGRESQL_FUNCTIONS.items()
        ),
        *(
            DatabaseObject(
                "trigger",
                name,
                (sql,),
                table=table,
                hangs_on=frozenset((table, column) for column in columns),
                group=PLACES,
                defines=True,
            )
            for name, (table, columns, sql) in topic_order.POSTGRESQL_TRIGGERS.items()
        ),
    ]
    turning = [
        DatabaseObject("function", "newsroom_turn_edition()", (cache_version.POSTGRESQL_FUNCTION,)),
        *(
            DatabaseObject(
                "trigger",
                name,
                (sql,),
                table=table,
                hangs_on=frozenset((table, column) for column in columns),
            )
            for name, (table, columns, sql) in cache_version.for_postgresql().items()
        ),
    ]
    return [*placing, *turning, words, vector, index]


def tables(*names):
    return frozenset((name, None) for name in names)


OBJECTS = {"sqlite": on_sqlite(), "postgresql": on_postgresql()}
