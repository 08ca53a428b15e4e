"""SQL of the topic order: a story's times, rank and published flag, copied to each row of ArticleTopic.

With the copies, one index finds the newest stories of a topic; through the stories' own columns the database
would have to read all stories of the topic.
"""

SORT_COLUMNS_CHANGED = (
    "OLD.state IS DISTINCT FROM NEW.state OR OLD.dated_at IS DISTINCT FROM NEW.dated_at "
    "OR OLD.rank IS DISTINCT FROM NEW.rank OR OLD.first_visible_at IS DISTINCT FROM NEW.first_visible_at"
)

SQLITE_TRIGGERS = {
    "places_follow_their_story": (
        "CREATE TRIGGER places_follow_their_story AFTER UPDATE OF state, dated_at, rank, first_visible_at "
        f"ON articles_article WHEN {SORT_COLUMNS_CHANGED.replace('IS DISTINCT FROM', 'IS NOT')} "
        "BEGIN UPDATE articles_articletopic "
        "SET dated_at = NEW.dated_at, rank = NEW.rank, published = (NEW.state = 'published'), "
        "first_visible_at = NEW.first_visible_at "
        "WHERE content_object_id = NEW.id; END"
    ),
    "new_place_is_that_of_its_story": (
        "CREATE TRIGGER new_place_is_that_of_its_story AFTER INSERT ON articles_articletopic "
        "WHEN NEW.dated_at IS NULL "
        "BEGIN UPDATE articles_articletopic SET (dated_at, rank, published, first_visible_at) = "
        "(SELECT dated_at, rank, state = 'published', first_visible_at FROM articles_article "
        "WHERE id = NEW.content_object_id) "
        "WHERE id = NEW.id; END"
    ),
}

# FOR SHARE waits for a transaction that is changing the story: without it neither would see the other's row.
POSTGRESQL_FUNCTIONS = {
    "newsroom_places_follow()": """
    CREATE OR REPLACE FUNCTION newsroom_places_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE articles_articletopic
            SET dated_at = NEW.dated_at, rank = NEW.rank, published = (NEW.state = 'published'),
                first_visible_at = NEW.first_visible_at
            WHERE content_object_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    "newsroom_place_of_story()": """
    CREATE OR REPLACE FUNCTION newsroom_place_of_story() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT dated_at, rank, state = 'published', first_visible_at
            INTO NEW.dated_at, NEW.rank, NEW.published, NEW.first_visible_at
            FROM articles_article WHERE id = NEW.content_object_id FOR SHARE;
        NEW.published := coalesce(NEW.published, false);
        RETURN NEW;
    END $$
    """,
}
# By name: the table, the columns that the trigger names, the statement.
POSTGRESQL_TRIGGERS = {
    "places_follow_their_story": (
        "articles_article",
        ("state", "dated_at", "rank", "first_visible_at"),
        "CREATE OR REPLACE TRIGGER places_follow_their_story AFTER UPDATE OF state, dated_at, rank, first_visible_at "
        f"ON articles_article FOR EACH ROW WHEN ({SORT_COLUMNS_CHANGED}) EXECUTE FUNCTION newsroom_places_follow()",
    ),
    "new_place_is_that_of_its_story": (
        "articles_articletopic",
        ("dated_at",),
        "CREATE OR REPLACE TRIGGER new_place_is_that_of_its_story BEFORE INSERT ON articles_articletopic "
        "FOR EACH ROW WHEN (NEW.dated_at IS NULL) EXECUTE FUNCTION newsroom_place_of_story()",
    ),
}


def correct_rows(same: str) -> str:
    """Return the statement that corrects wrong rows; `same` is the database's equality that treats NULL as a value."""
    return (
        "UPDATE articles_articletopic SET (dated_at, rank, published, first_visible_at) = "
        "(SELECT dated_at, rank, state = 'published', first_visible_at FROM articles_article "
        "WHERE articles_article.id = articles_articletopic.content_object_id) "
        "WHERE NOT EXISTS (SELECT 1 FROM articles_article AS story "
        "WHERE story.id = articles_articletopic.content_object_id "
        f"AND story.dated_at {same} articles_articletopic.dated_at AND story.rank {same} articles_articletopic.rank "
        f"AND (story.state = 'published') {same} articles_articletopic.published "
        f"AND story.first_visible_at {same} articles_articletopic.first_visible_at)"
    )


FILL = {"sqlite": correct_rows("IS"), "postgresql": correct_rows("IS NOT DISTINCT FROM")}
