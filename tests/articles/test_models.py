from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.serializers import deserialize, serialize
from django.db import IntegrityError, connection, transaction

from articles.choices import State
from articles.models import Article, Image, RelatedLink, Topic
from articles.slugs import slug_of
from tests.factories import make_provider, make_related, make_story, make_topic

pytestmark = pytest.mark.django_db


def violates(name):
    """Expect the database to refuse a statement because of the constraint `name`."""
    return pytest.raises(IntegrityError, match=name)


# By constraint: an update of a published story that violates it.
VIOLATIONS = {
    "story_has_a_headline": {"title": ""},
    "story_has_a_slug": {"slug": ""},
    "story_is_in_a_known_state": {"state": "limbo"},
    "published_story_is_visible_from_a_time": {"visible_from": None},
    "story_is_visible_until_after_it_is_visible_from": {"visible_until": datetime(1999, 1, 1, tzinfo=UTC)},
    "heat_is_within_bounds": {"heat": -2},
    "quality_is_within_bounds": {"quality": -1},
    "story_with_a_date_ranks_if_and_only_if_it_is_scored": {"rank": None},
    "pin_is_a_place_on_the_front_page": {"pin": 16},
    "story_web_url_is_a_web_address": {"web_url": "javascript:alert(1)"},
    "story_original_url_is_a_web_address": {"original_url": "ftp://outlet.example/"},
    "story_amp_url_is_a_web_address": {"amp_url": "/relative"},
    "story_cdn_amp_url_is_a_web_address": {"cdn_amp_url": "data:text/html,x"},
}


@pytest.mark.parametrize("constraint", VIOLATIONS)
def test_database_refuses_values_that_violate_a_constraint(constraint):
    story = make_story()
    with violates(constraint), transaction.atomic():
        Article.objects.filter(pk=story.pk).update(**VIOLATIONS[constraint])


def test_every_check_constraint_of_stories_is_tested():
    checks = {constraint.name for constraint in Article._meta.constraints if hasattr(constraint, "condition")}
    unique = {"story_is_there_once", "story_has_its_url_of_the_day_alone", "undated_story_has_its_url_alone"}
    assert checks - unique == set(VIOLATIONS)


def test_identity_is_unique():
    story, other = make_story(), make_story()
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=other.pk).update(identity=story.identity)


@pytest.mark.parametrize("url", ["HTTPS://outlet.example/1", "Http://outlet.example/1", "http://outlet.example/1", ""])
def test_scheme_of_a_url_may_be_in_any_case(url):
    story = make_story()
    Article.objects.filter(pk=story.pk).update(web_url=url)
    make_related(story, original_url=url)


def test_linked_article_is_the_story_with_the_same_identity(django_assert_num_queries):
    link = make_related(make_story(), identity="f" * 32)
    assert link.linked_article is None
    ours = make_story(identity="f" * 32)
    with django_assert_num_queries(1):
        (link,) = RelatedLink.objects.select_related("linked_article")
        assert link.linked_article == ours
    ours.delete()
    with django_assert_num_queries(1):
        (link,) = RelatedLink.objects.select_related("linked_article")
        assert link.linked_article is None
    assert RelatedLink.objects.get().linked_article is None


def test_coverage_can_be_serialized_and_deserialized():
    make_related(make_story(), linked_article=make_story(identity="f" * 32))
    dumped = serialize("json", [*Article.objects.all(), *RelatedLink.objects.all()])
    Article.objects.all().delete()
    for row in deserialize("json", dumped):
        row.save()
    assert RelatedLink.objects.get().linked_article.identity == "f" * 32


def test_two_stories_cannot_have_one_url():
    story, other = make_story(), make_story()
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=other.pk).update(slug=story.slug, url_date=story.url_date)
    undated, other = make_story(published_at=None), make_story(published_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=other.pk).update(slug=undated.slug)


def test_image_belongs_to_exactly_one_owner():
    story, provider = make_story(), make_provider()
    for owners in ({}, {"article": story, "provider": provider}):
        with violates("image_belongs_to_exactly_one"), transaction.atomic():
            Image.objects.create(url="https://img.example/a.png", **owners)


def test_related_coverage_has_a_headline_and_web_addresses():
    story = make_story()
    with violates("related_story_has_a_headline"), transaction.atomic():
        RelatedLink.objects.create(article=story, title="")
    with violates("related_web_url_is_a_web_address"), transaction.atomic():
        RelatedLink.objects.create(article=story, title="x", web_url="javascript:x")


def test_foreign_keys_are_enforced():
    story = make_story()
    with pytest.raises(IntegrityError), transaction.atomic():
        # Both databases check deferred constraints only at the end of a transaction, unless asked.
        dangle(story)


def dangle(story):
    Article.objects.filter(pk=story.pk).update(provider_id=10**9)
    connection.check_constraints()


def test_topic_cannot_be_its_own_ancestor():
    top = make_topic("Top")
    below = make_topic("Below", parent=top)
    with violates("topic_is_not_its_own_parent"), transaction.atomic():
        Topic.objects.filter(pk=top.pk).update(parent=top)
    top.parent = below
    with pytest.raises(ValidationError, match="below itself"):
        top.full_clean()


def test_topic_name_without_letters_gets_a_url():
    assert make_topic("C++").get_absolute_url() == "/topics/c/"
    assert make_topic("+++").get_absolute_url() == "/topics/topic-1/"
    assert make_topic("---").get_absolute_url() == "/topics/topic-2/"
    assert make_topic("🚀").get_absolute_url() == "/topics/topic-3/"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Salt &#038; Light", "salt-light"),
        ("My <b>new</b> story", "my-new-story"),
        ("ميناء يفتح أبوابه", "ميناء-يفتح-أبوابه"),
        ("🎉🎉🎉", "fallback"),
        ("One word " * 40, "one-word-one-word-one-word-one-word-one-word-one-word-one-word-one-word-one-word"),
        ("x" * 300, "x" * 80),
    ],
)
def test_slugs(title, slug):
    assert slug_of(title, "fallback") == slug


def test_is_scheduled_and_is_expired():
    assert make_story(visible_from=datetime(2100, 1, 1, tzinfo=UTC)).is_scheduled
    expired = make_story(visible_from=datetime(2020, 1, 1, tzinfo=UTC), visible_until=datetime(2020, 1, 2, tzinfo=UTC))
    assert expired.is_expired
    assert not expired.is_visible


def test_saving_some_fields_updates_the_rank():
    story = make_story(heat=2)
    story.heat = 4
    story.save(update_fields=["heat"])
    after = Article.objects.get()
    assert after.rank == story.rank
    assert after.heat == 4


def test_published_column_follows_the_state():
    story = make_story(state=State.INBOX)
    assert not Article.objects.filter(published=True).exists()
    story.state, story.visible_from = State.PUBLISHED, datetime(2020, 1, 1, tzinfo=UTC)
    story.save(update_fields=["state", "visible_from"])
    assert story.published
    assert Article.objects.filter(published=True).exists()


def test_saving_a_stale_copy_does_not_restore_its_state():
    story = make_story()
    stale = Article.objects.get()
    Article.objects.filter(pk=story.pk).update(state=State.WITHDRAWN)
    stale.heat = 9
    stale.save()
    after = Article.objects.get()
    assert (after.state, after.heat) == (State.WITHDRAWN, 9)


def test_slugs_of_topics_stay_within_their_column():
    wide = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100
    topics = [make_topic(wide), make_topic("x" * 99 + "a"), make_topic("x" * 99 + "b")]
    assert all(len(topic.slug) <= 100 for topic in topics)
    assert len({topic.slug for topic in topics}) == 3


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a matter of SQLite")
def test_sqlite_is_set_up_for_many_readers_and_queueing_writers():
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (1,)
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in connection.settings_dict["OPTIONS"]["init_command"]
