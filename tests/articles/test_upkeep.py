"""What the database keeps right by itself, whoever writes."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from articles import workflow
from articles.choices import Action, State
from articles.editions import current_edition
from articles.importing.batch import import_sources
from articles.models import Article, ArticleTopic, Edition, Image, Topic
from articles.ranking import rerank
from articles.search import matching, read_query
from articles.upkeep.installing import install, make_way
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
    before = current_edition()
    write()
    return current_edition() != before


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
        assert Edition.objects.count() < 5


@pytest.mark.django_db(transaction=True)
class TestInstalling:
    def test_it_does_nothing_when_all_is_there(self):
        assert not mark_of(lambda: call_command("migrate", verbosity=0))

    def test_what_was_taken_away_for_migrations_comes_back_and_is_filled(self):
        if connection.vendor == "sqlite":
            make_way(plan=["something"])
        else:
            with connection.cursor() as cursor:
                cursor.execute("COMMENT ON FUNCTION newsroom_turn_edition() IS 'another version'")
                cursor.execute("ALTER TABLE articles_article DISABLE TRIGGER USER")
                cursor.execute("ALTER TABLE articles_articletopic DISABLE TRIGGER USER")
        story = make_story(title="Written meanwhile", topics=[make_topic("Climate")])
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE articles_article ENABLE TRIGGER USER")
                cursor.execute("ALTER TABLE articles_articletopic ENABLE TRIGGER USER")
        assert not places_are_right()
        assert mark_of(install)
        assert places_are_right()
        assert matching(Article.objects.all(), read_query("meanwhile")).get() == story
        assert mark_of(lambda: Article.objects.update(visible_until=timezone.now() + timedelta(hours=1)))
