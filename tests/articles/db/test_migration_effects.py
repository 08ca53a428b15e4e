"""Ordinary migrations of columns that triggers and the full-text index depend on, with rows in the tables."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader

from articles.db.triggers.database_objects import OBJECTS
from articles.db.triggers.installation import install, missing_objects, suspend
from articles.db.triggers.migration_effects import ANYTHING, TABLE, changed_columns
from articles.models import Article, Image
from articles.search import matching, parse_query
from tests.articles.db.test_triggers import catalogue_positions, renews_version, topic_order_is_right
from tests.factories import make_related, make_story, make_topic

TABLES = {table for obj in OBJECTS[connection.vendor] for table, _column in obj.depends_on}


def run_migration(*changes, app="articles"):
    """Run operations as `migrate` does: signal, migration, signal; return the names of unchanged objects."""
    before = catalogue_positions()
    state = MigrationLoader(connection).project_state()
    migration = Migration("0999_test", app)
    migration.operations = list(changes)
    suspend("default", plan=[(migration, False)], apps=state.apps)
    with connection.schema_editor() as editor:
        migration.apply(state, editor)
    install("default")
    after = catalogue_positions()
    return {name for name in before if before[name] == after.get(name)}


def alter_and_restore(model, name, field):
    """Return operations that alter a column and restore it."""
    own = apps.get_model("articles", model)._meta.get_field(name).clone()
    return operations.AlterField(model, name, field), operations.AlterField(model, name, own)


def rename_and_restore(model, name):
    return operations.RenameField(model, name, "another_name"), operations.RenameField(model, "another_name", name)


@pytest.mark.django_db(transaction=True)
class TestSortColumns:
    """Columns without text are altered; `test_column_migrations.py` does it to all with text, files and JSON."""

    @pytest.fixture(autouse=True)
    def rows(self):
        self.story = make_story(title="Harbour", body="Ships", topics=[make_topic("Sea")], picture=True)
        make_related(self.story)
        yield
        assert missing_objects() == []
        assert topic_order_is_right()
        assert matching(Article.objects.all(), parse_query("ships")).get() == self.story
        assert renews_version(lambda: Image.objects.update(file="pictures/new.png"))
        Article.objects.update(body="Boats")
        assert matching(Article.objects.all(), parse_query("boats")).get() == self.story

    def test_sort_columns_of_topic_order_are_altered(self):
        run_migration(
            *alter_and_restore("article", "rank", models.DecimalField(null=True, max_digits=30, decimal_places=10))
        )
        run_migration(*rename_and_restore("articletopic", "dated_at"))


@pytest.mark.django_db(transaction=True)
class TestUnaffectedObjects:
    """A migration leaves objects that do not depend on it in place, with their rows."""

    def test_altering_a_picture_recreates_only_its_triggers(self):
        make_story(picture=True)
        unchanged = run_migration(*alter_and_restore("image", "file", models.CharField(max_length=500, blank=True)))
        recreated = set(catalogue_positions()) - unchanged
        assert {name for name in recreated if "image" not in name} == set()
        assert recreated

    def test_changing_only_labels_recreates_nothing(self):
        own = Article._meta.get_field("title").clone()
        own.help_text, own.verbose_name = "Another text", "another name"
        assert run_migration(operations.AlterField("article", "title", own)) == set(catalogue_positions())

    def test_altering_an_unnamed_column_recreates_nothing(self):
        unchanged = run_migration(*alter_and_restore("article", "price", models.CharField(max_length=150, blank=True)))
        if connection.vendor == "postgresql":
            assert unchanged == set(catalogue_positions())


class TestChangedColumns:
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
    def test_changed_columns_of_operation(self, operation, touched):
        migration = Migration("0999_test", "articles")
        migration.operations = [operation]
        assert changed_columns([(migration, False)], apps, TABLES) == touched

    def test_every_alter_field_counts_backwards(self):
        migration = Migration("0999_test", "articles")
        migration.operations = [operations.AlterField("article", "title", Article._meta.get_field("title").clone())]
        assert changed_columns([(migration, False)], apps, TABLES) == set()
        assert changed_columns([(migration, True)], apps, TABLES) == {("articles_article", "title")}

    def test_migrations_of_other_apps_are_ignored(self):
        migration = Migration("0999_test", "auth")
        migration.operations = [operations.RemoveField("user", "email")]
        assert changed_columns([(migration, False)], apps, TABLES) == set()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_installed_after_migrating_backwards(caplog):
    story = make_story(topics=[make_topic("Sea")])
    remove = operations.RemoveField("article", "first_visible_at")
    indexes = [index for index in Article._meta.indexes if index.name.startswith("newly_visible")]
    run_migration(*(operations.RemoveIndex("article", index.name) for index in indexes), remove)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "(no articles_article.first_visible_at)" in caplog.text
    assert "places_follow_their_story" in missing_objects()
    # No trigger names the column that is gone.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_article SET heat = heat, title = 'Port' WHERE id = %s", [story.pk])
    with connection.schema_editor() as editor:
        editor.add_field(Article, Article._meta.get_field("first_visible_at"))
        for index in indexes:
            editor.add_index(Article, index)
    install("default")
    assert missing_objects() == []
    Article.objects.filter(pk=story.pk).update(rank=7)
    assert topic_order_is_right()
