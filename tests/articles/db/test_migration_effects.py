"""Ordinary migrations of the columns that triggers and the full-text index name, with rows in the tables."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader

from articles.db.triggers.database_objects import OBJECTS
from articles.db.triggers.installation import install, make_way, missing
from articles.db.triggers.migration_effects import ANYTHING, TABLE, touched_by
from articles.models import Article, Image, RelatedLink
from articles.search import matching, read_query
from tests.articles.db.test_triggers import mark_of, places_are_right, places_in_catalogue
from tests.factories import make_related, make_story, make_topic

TEXTS = [
    field.name
    for field in Article._meta.concrete_fields
    if isinstance(field, models.CharField | models.TextField) and field.name not in ("identity", "slug", "state")
]
JSON = [field.name for field in Article._meta.concrete_fields if isinstance(field, models.JSONField)]
TABLES = {table for one in OBJECTS[connection.vendor] for table, _column in one.hangs_on}


def migrated(*listed, app="articles"):
    """Do operations as `migrate` does: signal, migration, signal; return which objects stayed as they were."""
    before = places_in_catalogue()
    state = MigrationLoader(connection).project_state()
    migration = Migration("0999_test", app)
    migration.operations = list(listed)
    make_way("default", plan=[(migration, False)], apps=state.apps)
    with connection.schema_editor() as editor:
        migration.apply(state, editor)
    install("default")
    after = places_in_catalogue()
    return {name for name in before if before[name] == after.get(name)}


def altered(model, name, field):
    """Alter a column, and put it back."""
    own = apps.get_model("articles", model)._meta.get_field(name).clone()
    return operations.AlterField(model, name, field), operations.AlterField(model, name, own)


def renamed(model, name):
    return operations.RenameField(model, name, "another_name"), operations.RenameField(model, "another_name", name)


def dropped(model, name, default=""):
    """Drop a column, and add it again."""
    own = apps.get_model("articles", model)._meta.get_field(name).clone()
    return operations.RemoveField(model, name), operations.AddField(model, name, own)


@pytest.mark.django_db(transaction=True)
class TestColumns:
    @pytest.fixture(autouse=True)
    def rows(self):
        self.story = make_story(title="Harbour", body="Ships", topics=[make_topic("Sea")], picture=True)
        make_related(self.story)
        yield
        assert missing() == []
        assert places_are_right()
        assert matching(Article.objects.all(), read_query("ships")).get() == self.story
        assert mark_of(lambda: Image.objects.update(file="pictures/new.png"))
        Article.objects.update(body="Boats")
        assert matching(Article.objects.all(), read_query("boats")).get() == self.story

    @pytest.mark.parametrize("name", ["title", "excerpt", "body", "web_url", "category", "locale"])
    def test_a_text_of_a_story_is_altered(self, name):
        migrated(*altered("article", name, models.TextField(default="", max_length=77)))

    @pytest.mark.parametrize("name", ["title", "excerpt", "body", "price"])
    def test_a_text_of_a_story_is_renamed(self, name):
        before = list(Article.objects.values_list(name))
        migrated(*without_constraints(name, renamed("article", name)))
        assert list(Article.objects.values_list(name)) == before

    @pytest.mark.parametrize("name", ["excerpt", "featured_content", "price"])
    def test_a_text_of_a_story_is_dropped(self, name):
        migrated(*dropped("article", name))

    @pytest.mark.parametrize("name", ["authors", "kept_fields"])
    def test_json_of_a_story_is_altered_renamed_and_dropped(self, name):
        migrated(*altered("article", name, models.TextField(default="")))
        migrated(*renamed("article", name))
        migrated(*dropped("article", name))

    def test_the_file_of_a_picture_is_altered_renamed_and_dropped(self):
        migrated(*altered("image", "file", models.CharField(max_length=500, blank=True)))
        (index,) = (one for one in Image._meta.indexes if one.name == "stored_pictures_of_story")
        for listed in (renamed("image", "file"), dropped("image", "file")):
            # As the autodetector does with an index whose condition names the column.
            migrated(operations.RemoveIndex("image", index.name), *listed, operations.AddIndex("image", index))

    def test_tables_beside_it_are_altered(self):
        migrated(*altered("relatedlink", "title", models.TextField()))
        migrated(*altered("topic", "description", models.CharField(max_length=99, blank=True)))
        assert RelatedLink.objects.count() == 1

    def test_the_times_that_places_copy_are_altered(self):
        migrated(*altered("article", "rank", models.DecimalField(null=True, max_digits=30, decimal_places=10)))
        migrated(*renamed("articletopic", "dated_at"))


def without_constraints(name, listed):
    """Take the constraints that name a column away for the length of some operations."""
    named = [one for one in Article._meta.constraints if one.name == "story_has_a_headline" and name == "title"]
    return [
        *(operations.RemoveConstraint("article", one.name) for one in named),
        *listed,
        *(operations.AddConstraint("article", one) for one in named),
    ]


@pytest.mark.django_db(transaction=True)
class TestWhatStays:
    """An object that a migration does not concern keeps its place in the catalogue, and so its rows."""

    def test_a_picture_alone(self):
        make_story(picture=True)
        kept = migrated(*altered("image", "file", models.CharField(max_length=500, blank=True)))
        gone = set(places_in_catalogue()) - kept
        assert {name for name in gone if "image" not in name} == set()
        assert gone

    def test_texts_of_fields_alone(self):
        own = Article._meta.get_field("title").clone()
        own.help_text, own.verbose_name = "Another text", "another name"
        assert migrated(operations.AlterField("article", "title", own)) == set(places_in_catalogue())

    def test_a_column_that_nothing_names(self):
        kept = migrated(*altered("article", "price", models.CharField(max_length=150, blank=True)))
        if connection.vendor == "postgresql":
            assert kept == set(places_in_catalogue())


class TestTouching:
    """What a plan touches, told from its operations."""

    @pytest.mark.parametrize(
        ("operation", "touched"),
        [
            (operations.AlterField("article", "title", models.TextField()), {("articles_article", "title")}),
            (operations.AlterField("article", "id", models.AutoField(primary_key=True)), {ANYTHING}),
            (
                operations.RenameField("article", "title", "headline"),
                {("articles_article", "title"), ("articles_article", "headline")},
            ),
            (operations.RemoveField("image", "file"), {("articles_image", "file")}),
            (operations.AddField("image", "sha", models.TextField(default="")), {("articles_image", "sha")}),
            (operations.DeleteModel("Image"), {("articles_image", None)}),
            (operations.CreateModel("Thing", []), set()),
            (operations.RunPython(operations.RunPython.noop), set()),
            (operations.RunSQL("UPDATE articles_image SET width = 1"), {("articles_image", None)}),
            (operations.RunSQL("SELECT 1"), set()),
            (operations.RenameModel("Image", "Picture"), {ANYTHING}),
            (operations.RemoveConstraint("image", "image_size_is_believable"), {("articles_image", TABLE)}),
            (operations.AddIndex("image", models.Index(fields=["url"], name="x")), set()),
            (
                operations.SeparateDatabaseAndState(
                    state_operations=[operations.RemoveField("article", "body")],
                    database_operations=[operations.RemoveField("article", "title")],
                ),
                {("articles_article", "title")},
            ),
        ],
        ids=lambda value: type(value).__name__ if not isinstance(value, set) else "",
    )
    def test_it(self, operation, touched):
        migration = Migration("0999_test", "articles")
        migration.operations = [operation]
        assert touched_by([(migration, False)], apps, TABLES) == touched

    def test_backwards_nothing_is_taken_for_the_same(self):
        migration = Migration("0999_test", "articles")
        migration.operations = [operations.AlterField("article", "title", Article._meta.get_field("title").clone())]
        assert touched_by([(migration, False)], apps, TABLES) == set()
        assert touched_by([(migration, True)], apps, TABLES) == {("articles_article", "title")}

    def test_migrations_of_others_are_none_of_ours(self):
        migration = Migration("0999_test", "auth")
        migration.operations = [operations.RemoveField("user", "email")]
        assert touched_by([(migration, False)], apps, TABLES) == set()


@pytest.mark.django_db(transaction=True)
def test_migrating_backwards_leaves_the_objects_to_the_former_release(caplog):
    story = make_story(topics=[make_topic("Sea")])
    remove = operations.RemoveField("article", "first_visible_at")
    indexes = [one for one in Article._meta.indexes if one.name.startswith("newly_visible")]
    migrated(*(operations.RemoveIndex("article", one.name) for one in indexes), remove)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "(no articles_article.first_visible_at)" in caplog.text
    assert "places_follow_their_story" in missing()
    # No trigger names the column that is gone.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_article SET heat = heat, title = 'Port' WHERE id = %s", [story.pk])
    with connection.schema_editor() as editor:
        editor.add_field(Article, Article._meta.get_field("first_visible_at"))
        for index in indexes:
            editor.add_index(Article, index)
    install("default")
    assert missing() == []
    Article.objects.filter(pk=story.pk).update(rank=7)
    assert places_are_right()
