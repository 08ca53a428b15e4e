"""What the database keeps right by itself, whoever writes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from articles import workflow
from articles.choices import Action, State
from articles.db.triggers.database_objects import OBJECTS
from articles.db.triggers.installation import check_installed, digests_of, drop, install, missing
from articles.importing.runner import import_sources
from articles.models import Article, ArticleTopic, CacheVersion, Image, Topic
from articles.ranking import rerank
from articles.search import matching, read_query
from reader.cache_version import current_cache_version
from tests.factories import NOON, make_document, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db


def places_are_right():
    """Whether each place says what its story says."""
    return all(
        (place.dated_at, place.rank, place.published)
        == (place.content_object.dated_at, place.content_object.rank, place.content_object.state == State.PUBLISHED)
        for place in ArticleTopic.objects.select_related("content_object")
    )


class TestPlaces:
    @pytest.fixture
    def story(self):
        return make_story(topics=[make_topic("Climate"), make_topic("Sea")], state=State.INBOX)

    def test_a_new_topic(self, story):
        story.topics.add("Fresh")
        assert places_are_right()

    def test_the_workflow(self, story):
        workflow.apply(Action.PUBLISH, story, workflow.COMMAND_LINE)
        assert places_are_right()
        workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)
        assert places_are_right()

    def test_save(self, story):
        story.published_at, story.heat = NOON + timedelta(days=1), 99
        story.save()
        assert places_are_right()

    def test_update(self, story):
        Article.objects.update(state=State.PUBLISHED, visible_from=NOON, dated_at=NOON - timedelta(days=9))
        assert places_are_right()

    def test_bulk_create(self, story):
        topic = make_topic("Bulk")
        ArticleTopic.objects.bulk_create([ArticleTopic(content_object=story, tag=topic)])
        assert places_are_right()

    def test_a_rank_computed_anew(self, story, settings):
        settings.RANK_HALF_LIFE_HOURS = 99
        assert rerank() == 1
        assert places_are_right()

    def test_imports_new_and_merged(self, tmp_path):
        for heat, topics in ((5, ["AI"]), (50, ["AI", "Science"])):
            (tmp_path / "a.md").write_bytes(
                make_document(webUrl="https://o.example/1", heat=heat, topics=topics, published=True)
            )
            assert import_sources([str(tmp_path)]).is_complete
            assert places_are_right()
        assert ArticleTopic.objects.filter(published=True).count() == 2


def mark_of(write):
    """Return whether a write turned the edition."""
    before = current_cache_version()
    write()
    return current_cache_version() != before


@pytest.mark.django_db(transaction=True)
class TestEdition:
    """One mark a transaction, so each write has one of its own."""

    def test_what_readers_see_turns_it(self):
        topic, provider = make_topic("Climate"), make_provider()
        story = make_story(topics=[topic], provider=provider)
        writes = [
            lambda: Article.objects.filter(pk=story.pk).update(title="New"),
            story.topics.clear,
            lambda: Topic.objects.update(short_name="C"),
            lambda: type(provider).objects.update(name="New"),
            lambda: story.related_links.create(title="Elsewhere"),
            lambda: story.related_links.update(is_hidden=True),
            lambda: story.related_links.all().delete(),
            lambda: Image.objects.create(article=story, file="pictures/x.png"),
            lambda: Image.objects.all().delete(),
            story.delete,
            make_story,
        ]
        assert [mark_of(write) for write in writes] == [True] * len(writes)

    def test_what_they_do_not_see_does_not(self):
        story = make_story(state=State.INBOX)
        writes = [
            lambda: Article.objects.update(title="New"),
            lambda: Image.objects.create(article=story, url="https://i.example/1"),
            lambda: Article.objects.filter(pk=story.pk).delete(),
        ]
        assert [mark_of(write) for write in writes] == [False] * len(writes)

    def test_marks_do_not_pile_up(self):
        for _number in range(20):
            make_story()
        assert CacheVersion.objects.count() < 5


@pytest.mark.django_db(transaction=True)
class TestInstalling:
    def test_it_does_nothing_when_all_is_there(self):
        assert not mark_of(lambda: call_command("migrate", verbosity=0))

    def test_what_is_missing_comes_back_and_is_filled(self):
        drop_all()
        story = make_story(title="Written meanwhile", topics=[make_topic("Climate")])
        assert not places_are_right()
        assert missing() == [one.name for one in OBJECTS[connection.vendor] if one.kind != "function"]
        assert [warning.id for warning in check_installed(databases=["default"])] == ["articles.W001"]
        assert mark_of(install)
        assert missing() == check_installed(databases=["default"]) == []
        assert places_are_right()
        assert matching(Article.objects.all(), read_query("meanwhile")).get() == story
        assert mark_of(lambda: Article.objects.update(visible_until=timezone.now() + timedelta(hours=1)))

    def test_a_migration_that_fails_leaves_nothing_missing(self, monkeypatch):
        def fail(*args, **kwargs):
            drop_all()
            raise RuntimeError("half-way")

        monkeypatch.setattr(MigrationExecutor, "migrate", fail)
        with pytest.raises(RuntimeError, match="half-way"):
            call_command("migrate", verbosity=0)
        assert missing() == []

    def test_what_cannot_be_restored_after_a_failure_is_reported(self, monkeypatch, capsys):
        def fail(*args, **kwargs):
            raise RuntimeError("half-way")

        monkeypatch.setattr(MigrationExecutor, "migrate", fail)
        monkeypatch.setattr("articles.management.commands.migrate.install", fail)
        with pytest.raises(RuntimeError, match="half-way"):
            call_command("migrate", verbosity=0)
        assert "could not be restored (RuntimeError: half-way)" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["edition_turns_on_update_of_articles_image", "search_follows_a_story"])
    def test_another_version_of_a_trigger_replaces_that_one_alone(self, monkeypatch, name):
        objects = OBJECTS[connection.vendor]
        if name not in [one.name for one in objects]:
            pytest.skip("PostgreSQL has no trigger for the search")
        before = places_in_catalogue()
        changed = [changed_version(one) if one.name == name else one for one in objects]
        monkeypatch.setitem(OBJECTS, connection.vendor, changed)
        assert mark_of(install)
        after = places_in_catalogue()
        monkeypatch.undo()
        install()
        assert {other for other in before if other != name and before[other] != after[other]} == set()
        assert definition_of(name) == next(one.create[0] for one in objects if one.name == name)


def drop_all():
    with connection.cursor() as cursor:
        for one in reversed(OBJECTS[connection.vendor]):
            if one.kind != "function":
                drop(cursor, one, connection)


def changed_version(one):
    (sql,) = one.create
    sql = sql.replace("FOR EACH ROW WHEN (", "FOR EACH ROW WHEN (true AND ")
    return replace(one, create=(sql.replace("BEGIN ", "BEGIN SELECT 1; "),))


def places_in_catalogue():
    """Where the database keeps each object: another place means that it was made again, with all its rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, rootpage FROM sqlite_master WHERE name LIKE 'articles_search%'")
            pages = dict(cursor.fetchall())
            cursor.execute("SELECT name, rowid FROM sqlite_master WHERE type = 'trigger'")
            return pages | dict(cursor.fetchall())
        cursor.execute("SELECT tgname, oid FROM pg_trigger WHERE NOT tgisinternal")
        triggers = dict(cursor.fetchall())
        cursor.execute("SELECT relname, oid FROM pg_class WHERE relname = 'search_by_word'")
        index = dict(cursor.fetchall())
        cursor.execute(
            "SELECT attname, attnum FROM pg_attribute "
            "WHERE attrelid = 'articles_article'::regclass AND attname = 'search_vector'"
        )
        return triggers | index | dict(cursor.fetchall())


def definition_of(name):
    """The definition of an object that is up to date, or that it is not."""
    with connection.cursor() as cursor:
        digests = digests_of(cursor, connection)
    one = next(one for one in OBJECTS[connection.vendor] if one.name == name)
    return one.create[0] if digests[name] == one.digest else "another version"
