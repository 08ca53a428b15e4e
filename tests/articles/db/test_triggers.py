"""Triggers keep the topic order and the cache version right, however rows are written."""

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
from articles.db.triggers.installation import check_installed, drop, install, installed_digests, missing_objects
from articles.importing.runner import import_sources
from articles.models import Article, ArticleTopic, CacheVersion, Image, Topic
from articles.ranking import rerank
from articles.search import matching, parse_query
from reader.cache_version import current_cache_version
from tests.factories import NOON, make_document, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db


def topic_order_is_right():
    """Return whether each topic link has the sort columns of its story."""
    return all(
        (link.dated_at, link.rank, link.published)
        == (link.content_object.dated_at, link.content_object.rank, link.content_object.state == State.PUBLISHED)
        for link in ArticleTopic.objects.select_related("content_object")
    )


class TestTopicOrder:
    @pytest.fixture
    def story(self):
        return make_story(topics=[make_topic("Climate"), make_topic("Sea")], state=State.INBOX)

    def test_new_topic(self, story):
        story.topics.add("Fresh")
        assert topic_order_is_right()

    def test_workflow(self, story):
        workflow.apply(Action.PUBLISH, story, workflow.COMMAND_LINE)
        assert topic_order_is_right()
        workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)
        assert topic_order_is_right()

    def test_save(self, story):
        story.published_at, story.heat = NOON + timedelta(days=1), 99
        story.save()
        assert topic_order_is_right()

    def test_update(self, story):
        Article.objects.update(state=State.PUBLISHED, visible_from=NOON, dated_at=NOON - timedelta(days=9))
        assert topic_order_is_right()

    def test_bulk_create(self, story):
        topic = make_topic("Bulk")
        ArticleTopic.objects.bulk_create([ArticleTopic(content_object=story, tag=topic)])
        assert topic_order_is_right()

    def test_rerank(self, story, settings):
        settings.RANK_HALF_LIFE_HOURS = 99
        assert rerank() == 1
        assert topic_order_is_right()

    def test_import_of_new_and_changed_stories(self, tmp_path):
        for heat, topics in ((5, ["AI"]), (50, ["AI", "Science"])):
            (tmp_path / "a.md").write_bytes(
                make_document(webUrl="https://o.example/1", heat=heat, topics=topics, published=True)
            )
            assert import_sources([str(tmp_path)]).is_complete
            assert topic_order_is_right()
        assert ArticleTopic.objects.filter(published=True).count() == 2


def renews_version(write):
    """Return whether a write renewed the cache version."""
    before = current_cache_version()
    write()
    return current_cache_version() != before


@pytest.mark.django_db(transaction=True)
class TestCacheVersion:
    """Each transaction inserts one token, so each write here is a transaction."""

    def test_visible_changes_renew_it(self):
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
        assert [renews_version(write) for write in writes] == [True] * len(writes)

    def test_invisible_changes_do_not_renew_it(self):
        story = make_story(state=State.INBOX)
        writes = [
            lambda: Article.objects.update(title="New"),
            lambda: Image.objects.create(article=story, url="https://i.example/1"),
            lambda: Article.objects.filter(pk=story.pk).delete(),
        ]
        assert [renews_version(write) for write in writes] == [False] * len(writes)

    def test_old_tokens_are_removed(self):
        for _number in range(20):
            make_story()
        assert CacheVersion.objects.count() < 5


@pytest.mark.django_db(transaction=True)
class TestInstall:
    def test_second_install_changes_nothing(self):
        assert not renews_version(lambda: call_command("migrate", verbosity=0))

    def test_missing_objects_are_created_and_filled(self):
        drop_all()
        story = make_story(title="Written meanwhile", topics=[make_topic("Climate")])
        assert not topic_order_is_right()
        assert missing_objects() == [obj.name for obj in OBJECTS[connection.vendor] if obj.kind != "function"]
        assert [warning.id for warning in check_installed(databases=["default"])] == ["articles.W001"]
        assert renews_version(install)
        assert missing_objects() == check_installed(databases=["default"]) == []
        assert topic_order_is_right()
        assert matching(Article.objects.all(), parse_query("meanwhile")).get() == story
        assert renews_version(lambda: Article.objects.update(visible_until=timezone.now() + timedelta(hours=1)))

    def test_failed_migration_leaves_nothing_missing(self, monkeypatch):
        def fail(*args, **kwargs):
            drop_all()
            raise RuntimeError("half-way")

        monkeypatch.setattr(MigrationExecutor, "migrate", fail)
        with pytest.raises(RuntimeError, match="half-way"):
            call_command("migrate", verbosity=0)
        assert missing_objects() == []

    def test_failure_to_reinstall_is_reported(self, monkeypatch, capsys):
        def fail(*args, **kwargs):
            raise RuntimeError("half-way")

        monkeypatch.setattr(MigrationExecutor, "migrate", fail)
        monkeypatch.setattr("articles.management.commands.migrate.install", fail)
        with pytest.raises(RuntimeError, match="half-way"):
            call_command("migrate", verbosity=0)
        assert "could not be restored (RuntimeError: half-way)" in capsys.readouterr().err

    def test_object_that_another_release_replaced_is_restored(self):
        name = {"sqlite": "places_follow_their_story", "postgresql": "newsroom_places_follow()"}[connection.vendor]
        (obj,) = (obj for obj in OBJECTS[connection.vendor] if obj.name == name)
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                drop(cursor, obj, connection)
            # On PostgreSQL the function's comment, our digest, stays.
            cursor.execute(obj.sql.replace("BEGIN", "BEGIN /* another release's */"))
        assert definition_of(name) == "another version"
        install()
        assert definition_of(name) == obj.sql

    def test_only_the_changed_trigger_is_replaced(self, monkeypatch):
        make_story(topics=[make_topic("Sea")], picture=True)
        objects, replaced = OBJECTS[connection.vendor], {}
        triggers = [obj for obj in objects if obj.kind == "trigger"]
        for trigger in triggers:
            before, digests = catalogue_positions(), object_digests()
            edited = changed_version(trigger)
            monkeypatch.setitem(OBJECTS, connection.vendor, [edited if obj is trigger else obj for obj in objects])
            assert renews_version(install)
            after, digests_after = catalogue_positions(), object_digests()
            assert digests_after == {**digests, trigger.name: edited.digest}
            replaced[trigger.name] = {name for name in before if name != trigger.name and before[name] != after[name]}
            monkeypatch.undo()
            install()
            assert object_digests() == digests
        assert replaced == {trigger.name: set() for trigger in triggers}


def drop_all():
    with connection.cursor() as cursor:
        for obj in reversed(OBJECTS[connection.vendor]):
            if obj.kind != "function":
                drop(cursor, obj, connection)


def changed_version(obj):
    (sql,) = obj.statements
    sql = sql.replace("EXECUTE FUNCTION", "/* edited */ EXECUTE FUNCTION").replace("BEGIN ", "BEGIN SELECT 1; ")
    return replace(obj, statements=(sql,))


def catalogue_positions():
    """Return where the catalogue has each object: another position means that it was created again and refilled."""
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


def object_digests():
    with connection.cursor() as cursor:
        return installed_digests(cursor, connection)


def definition_of(name):
    """Return the statement of an object if it is up to date, else "another version"."""
    digests = object_digests()
    obj = next(obj for obj in OBJECTS[connection.vendor] if obj.name == name)
    return obj.statements[0] if digests[name] == obj.digest else "another version"
