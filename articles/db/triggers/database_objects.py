"""The database objects that migrations do not know: triggers, functions, and the full-text index.

Each lists the columns it depends on, so that only a migration that changes one of them drops it, and has a digest of
its definition, so that it is created again only when that has changed.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from articles.db.triggers import cache_version, search_index, topic_order

# What the objects maintain.
CACHE_VERSION, TOPIC_ORDER, SEARCH_INDEX = "cache version", "topic order", "search index"


@dataclass(frozen=True)
class DatabaseObject:
    """A trigger, function, view, table, column or index beside the tables of the models.

    `depends_on` are the (table, column) that it names; a column None means any column. `built_from` are the objects
    whose definition is part of its own. `maintains` is what must be filled if the object was missing;
    with `refill_on_change` it must also be filled if the definition has changed.
    """

    kind: str
    name: str
    statements: tuple[str, ...]
    table: str = ""
    depends_on: frozenset[tuple[str, str | None]] = frozenset()
    built_from: "tuple[DatabaseObject, ...]" = field(default=())
    maintains: str = CACHE_VERSION
    refill_on_change: bool = False

    @property
    def sql(self):
        """Its statements as one text."""
        return "".join(self.statements)

    @cached_property
    def digest(self) -> str:
        """A digest of its definition, and of the objects it is built from."""
        text = "".join([self.sql, *(part.digest for part in self.built_from)])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def sqlite_objects() -> list[DatabaseObject]:
    """Return the objects of SQLite, in the order in which they are created.

    They depend on whole tables: Django recreates a table to change it, which fails while a trigger or view names it.
    """
    view = DatabaseObject(
        "view",
        "articles_searchable",
        (search_index.SQLITE_TABLES["articles_searchable"],),
        depends_on=any_column("articles_article"),
        maintains=SEARCH_INDEX,
        refill_on_change=True,
    )
    index = DatabaseObject(
        "table",
        "articles_search",
        (search_index.SQLITE_TABLES["articles_search"],),
        depends_on=any_column("articles_article"),
        built_from=(view,),
        maintains=SEARCH_INDEX,
        refill_on_change=True,
    )
    search_triggers = [
        DatabaseObject(
            "trigger",
            name,
            (sql,),
            depends_on=any_column("articles_article"),
            built_from=(index,),
            maintains=SEARCH_INDEX,
        )
        for name, sql in search_index.SQLITE_TRIGGERS.items()
    ]
    topic_order_objects = [
        DatabaseObject(
            "trigger",
            name,
            (sql,),
            depends_on=any_column("articles_article", "articles_articletopic"),
            maintains=TOPIC_ORDER,
            refill_on_change=True,
        )
        for name, sql in topic_order.SQLITE_TRIGGERS.items()
    ]
    version_objects = [
        DatabaseObject("trigger", name, (sql,), depends_on=any_column(table, "articles_edition"))
        for name, (table, sql) in cache_version.sqlite_triggers().items()
    ]
    return [view, index, *search_triggers, *topic_order_objects, *version_objects]


def postgresql_objects() -> list[DatabaseObject]:
    """Return the objects of PostgreSQL, in the order in which they are created.

    They depend on columns: one cannot be altered while a trigger or a generated column names it.
    """
    function = DatabaseObject(
        "function", "newsroom_words(text)", (search_index.POSTGRESQL_FUNCTION,), maintains=SEARCH_INDEX
    )
    vector = DatabaseObject(
        "column",
        "search_vector",
        search_index.POSTGRESQL_COLUMN,
        table="articles_article",
        depends_on=frozenset(("articles_article", column) for column in search_index.COLUMNS),
        built_from=(function,),
        maintains=SEARCH_INDEX,
    )
    index = DatabaseObject(
        "index",
        "search_by_word",
        search_index.POSTGRESQL_INDEX,
        depends_on=vector.depends_on,
        built_from=(vector,),
        maintains=SEARCH_INDEX,
    )
    topic_order_objects = [
        *(
            DatabaseObject("function", name, (sql,), maintains=TOPIC_ORDER, refill_on_change=True)
            for name, sql in topic_order.POSTGRESQL_FUNCTIONS.items()
        ),
        *(
            DatabaseObject(
                "trigger",
                name,
                (sql,),
                table=table,
                depends_on=frozenset((table, column) for column in columns),
                maintains=TOPIC_ORDER,
                refill_on_change=True,
            )
            for name, (table, columns, sql) in topic_order.POSTGRESQL_TRIGGERS.items()
        ),
    ]
    version_objects = [
        DatabaseObject("function", "newsroom_turn_edition()", (cache_version.POSTGRESQL_FUNCTION,)),
        *(
            DatabaseObject(
                "trigger",
                name,
                (sql,),
                table=table,
                depends_on=frozenset((table, column) for column in columns),
            )
            for name, (table, columns, sql) in cache_version.postgresql_triggers().items()
        ),
    ]
    return [*topic_order_objects, *version_objects, function, vector, index]


def any_column(*tables: str) -> frozenset[tuple[str, str | None]]:
    return frozenset((table, None) for table in tables)


OBJECTS = {"sqlite": sqlite_objects(), "postgresql": postgresql_objects()}
