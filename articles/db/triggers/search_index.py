"""SQL of the full-text index: FTS5 on SQLite, a generated `tsvector` with a GIN index on PostgreSQL.

Both index words as `articles.text_folding` folds them: without markup, case and accents.
"""

from articles.markup import MARKUP
from articles.text_folding import FOLDING

COLUMNS = ("title", "excerpt", "body")
COLUMN_LIST = ", ".join(COLUMNS)


def folded_columns(row: str) -> str:
    return ", ".join(f"newsroom_words({row}.{column})" for column in COLUMNS)


def index_row(row: str) -> str:
    return f"INSERT INTO articles_search (rowid, {COLUMN_LIST}) VALUES ({row}.id, {folded_columns(row)})"


def unindex_row(row: str) -> str:
    return (
        f"INSERT INTO articles_search (articles_search, rowid, {COLUMN_LIST}) "
        f"VALUES ('delete', {row}.id, {folded_columns(row)})"
    )


SQLITE_TABLES = {
    # A view, from which FTS5 can rebuild the index. The comment's number is the version of the folding in Python.
    "articles_searchable": (
        f"CREATE VIEW articles_searchable AS SELECT /* folding {FOLDING} */ id, "
        f"{', '.join(f'newsroom_words({column}) AS {column}' for column in COLUMNS)} FROM articles_article"
    ),
    "articles_search": (
        f"CREATE VIRTUAL TABLE articles_search USING fts5({COLUMN_LIST}, content='articles_searchable', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    ),
}
SQLITE_TRIGGERS = {
    "search_takes_in_a_story": (
        "CREATE TRIGGER search_takes_in_a_story AFTER INSERT ON articles_article WHEN newsroom_row_by_row() "
        f"BEGIN {index_row('NEW')}; END"
    ),
    "search_follows_a_story": (
        f"CREATE TRIGGER search_follows_a_story AFTER UPDATE OF {COLUMN_LIST} ON articles_article "
        f"WHEN {' OR '.join(f'OLD.{column} IS NOT NEW.{column}' for column in COLUMNS)} "
        f"BEGIN {unindex_row('OLD')}; {index_row('NEW')}; END"
    ),
    "search_drops_a_story": (
        f"CREATE TRIGGER search_drops_a_story AFTER DELETE ON articles_article BEGIN {unindex_row('OLD')}; END"
    ),
}
# The weights of title, excerpt and body.
SQLITE_FILL = [
    "INSERT INTO articles_search (articles_search, rank) VALUES ('rank', 'bm25(10.0, 4.0, 1.0)')",
    "INSERT INTO articles_search (articles_search) VALUES ('rebuild')",
]

SQLITE_INDEX_RANGE = (
    f"INSERT INTO articles_search (rowid, {COLUMN_LIST}) "
    f"SELECT id, {COLUMN_LIST} FROM articles_searchable WHERE id BETWEEN %s AND %s"
)

MARKUP_QUOTED = MARKUP.replace("'", "''")

# ICU's collation knows the letters of all scripts and does not depend on the database's locale.
POSTGRESQL_FUNCTION = rf"""
    CREATE OR REPLACE FUNCTION newsroom_words(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN octet_length(given) = length(given) THEN
            -- Of ASCII alone, which most is: the same in half the time.
            regexp_replace(
                lower(regexp_replace(given, '{MARKUP_QUOTED}', ' ', 'gi') COLLATE "C"),
                '[^a-z0-9]+', ' ', 'g'
            ) COLLATE "default"
        ELSE
            regexp_replace(
                regexp_replace(
                    lower(
                        normalize(regexp_replace(given, '{MARKUP_QUOTED}', ' ', 'gi'), NFKD)
                        COLLATE "und-x-icu"
                    ),
                    '[\u0300-\u036F]', '', 'g'
                ),
                '[^[:alnum:]]+', ' ', 'g'
            ) COLLATE "default"
        END
    $$
"""
# A tsvector holds at most a mebibyte, so long texts are cut before they are indexed.
POSTGRESQL_COLUMN = (
    """
    ALTER TABLE articles_article ADD COLUMN search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('pg_catalog.simple', newsroom_words(title)), 'A') ||
        setweight(to_tsvector('pg_catalog.simple', newsroom_words(left(excerpt, 100000))), 'B') ||
        setweight(to_tsvector('pg_catalog.simple', newsroom_words(left(body, 200000))), 'C')
    ) STORED
    """,
)
POSTGRESQL_INDEX = ("CREATE INDEX search_by_word ON articles_article USING gin (search_vector)",)
