"""SQL that keeps where a story stands in the lists of its topics: times, rank and whether it is published.

They stand beside the topic so that one index serves "the newest of this topic"; through the story it would
take all stories of the topic to find them.
"""

CHANGED = (
    "OLD.state IS DISTINCT FROM NEW.state OR OLD.dated_at IS DISTINCT FROM NEW.dated_at "
    "OR OLD.rank IS DISTINCT FROM NEW.rank OR OLD.first_visible_at IS DISTINCT FROM NEW.first_visible_at"
)

SQLITE = {
    "places_follow_their_story": (
        "CREATE TRIGGER places_follow_their_story AFTER UPDATE OF state, dated_at, rank, first_visible_at "
        f"ON articles_article WHEN {CHANGED.replace('IS DISTINCT FROM', 'IS NOT')} "
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

# A story whose state somebody is just changing is waited for: neither of the two would see the other's row.
POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION newsroom_places_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE articles_articletopic
            SET dated_at = NEW.dated_at, rank = NEW.rank, published = (NEW.state = 'published'),
                first_visible_at = NEW.first_visible_at
            WHERE content_object_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION newsroom_place_of_story() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT dated_at, rank, state = 'published', first_visible_at
            INTO NEW.dated_at, NEW.rank, NEW.published, NEW.first_visible_at
            FROM articles_article WHERE id = NEW.content_object_id FOR SHARE;
        NEW.published := coalesce(NEW.published, false);
        RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER places_follow_their_story AFTER UPDATE OF state, dated_at, rank, first_visible_at "
    f"ON articles_article FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION newsroom_places_follow()",
    "CREATE OR REPLACE TRIGGER new_place_is_that_of_its_story BEFORE INSERT ON articles_articletopic "
    "FOR EACH ROW WHEN (NEW.dated_at IS NULL) EXECUTE FUNCTION newsroom_place_of_story()",
]

# For rows from before the triggers; the same on both databases.
FILL = (
    "UPDATE articles_articletopic SET (dated_at, rank, published, first_visible_at) = "
    "(SELECT dated_at, rank, state = 'published', first_visible_at FROM articles_article "
    "WHERE articles_article.id = articles_articletopic.content_object_id)"
)
