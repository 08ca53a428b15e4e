"""A compiled query gives what its queryset gives, for any values."""

from datetime import date, timedelta

import pytest
from django.db.models import BooleanField, DateField, DateTimeField, Exists, OuterRef
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles.models import Article, RelatedLink, Topic
from newsroom.db.compiled_queries import CompiledQuery, Param, RawQuery, query_family
from newsroom.db.instances import Instances
from reader.story_detail import for_story_page
from tests.factories import NOON, make_provider, make_related, make_story, make_topic

pytestmark = pytest.mark.django_db
SINCE = Param("since", DateTimeField())
DAY = Param("day", DateField())


def test_each_run_uses_its_own_values():
    old, new = make_story(published_at=NOON - timedelta(days=2)), make_story(published_at=NOON)
    query = CompiledQuery(lambda: Article.objects.filter(dated_at__gte=SINCE).order_by("pk"), ("pk",))
    assert query.rows(since=NOON - timedelta(days=3)) == [(old.pk,), (new.pk,)]
    with assertNumQueries(1):
        assert query.rows(since=NOON) == [(new.pk,)]
    by_day = CompiledQuery(lambda: Article.objects.filter(url_date=DAY), ("pk",))
    assert by_day.rows(day=NOON.date()) == [(new.pk,)]
    assert by_day.rows(day=date(1999, 1, 1)) == []


def test_a_queryset_is_built_once():
    calls = []
    query = CompiledQuery(lambda: calls.append(1) or Topic.objects.all(), ("pk",))
    assert not calls
    assert query.rows() == query.rows() == []
    assert calls == [1]


def test_rows_have_the_values_of_the_model():
    story = make_story(published_at=NOON, duration=timedelta(minutes=90))
    columns = (
        *("published_at", "url_date", "published", "authors", "duration"),
        *("provider", "provider__name", "revised_at"),
    )
    query = CompiledQuery(Article.objects.all, columns)
    expected = (NOON, NOON.date(), True, [], timedelta(minutes=90), story.provider_id, story.provider.name, None)
    assert query.rows() == [expected] == list(Article.objects.values_list(*columns))
    assert [type(value) for value in query.rows()[0]] == [type(value) for value in expected]


def test_an_annotation_has_the_type_it_is_given():
    make_related(make_story())
    links = Exists(RelatedLink.objects.filter(article=OuterRef("pk")))
    query = CompiledQuery(
        lambda: Article.objects.annotate(is_covered=links), ("is_covered",), types={"is_covered": BooleanField()}
    )
    assert query.rows()[0][0] is True


def test_runs_share_no_mutable_values():
    make_story(authors=[{"name": "Ada"}])
    query = CompiledQuery(Article.objects.all, ("authors",))
    query.rows()[0][0].append("somebody")
    assert query.rows()[0][0] == [{"name": "Ada"}]


def test_instances_have_related_objects_and_annotations():
    provider = make_provider(name="The Isobar")
    make_story(provider=provider)
    make_story(provider=None)
    instances = Instances(
        Article,
        only=("title", "state", "visible_from", "first_visible_at"),
        related={"provider": Instances(type(provider), only=("name",))},
        annotations={"provider_logo": DateField()},
    )
    query = CompiledQuery.of_instances(lambda: for_story_page(Article.objects.order_by("pk")), instances)
    with assertNumQueries(1):
        stories = query.rows()
        assert [story.provider and story.provider.name for story in stories] == ["The Isobar", None]
        assert [story.provider_logo for story in stories] == [None, None]
    assert stories == list(Article.objects.order_by("pk"))
    assert stories[0].provider.get_deferred_fields() >= {"slug", "domain"}
    stories[0].title = "Changed"
    stories[0].save(update_fields=["title"])
    assert Article.objects.filter(title="Changed").exists()


def test_instances_of_a_field_that_is_not_there_are_an_error():
    with pytest.raises(ValueError, match="Article has no headline"):
        Instances(Article, without=["headline"])


def test_an_empty_queryset_makes_no_query():
    make_topic("AI")
    query = CompiledQuery(lambda: Topic.objects.filter(pk__in=[]), ("pk",))
    with assertNumQueries(0):
        assert query.rows() == []


def test_a_missing_value_is_an_error():
    query = CompiledQuery(lambda: Article.objects.filter(dated_at__gte=SINCE), ("pk",))
    with pytest.raises(KeyError):
        query.rows(until=timezone.now())


def test_raw_sql_gets_values_by_name():
    query = RawQuery(lambda: ("SELECT title FROM articles_article WHERE dated_at >= %s", (SINCE.slot,)))
    make_story(title="Old", published_at=NOON - timedelta(days=2))
    make_story(title="New", published_at=NOON)
    assert query.rows(since=NOON) == [("New",)]


def test_a_family_compiles_each_shape_once():
    @query_family(maxsize=2)
    def first_topics(count):
        """Return the first topics."""
        return CompiledQuery(lambda: Topic.objects.order_by("pk")[:count], ("name",))

    for name in ("AI", "Bees", "Cars"):
        make_topic(name)
    assert first_topics(1) is first_topics(1)
    assert [len(first_topics(count).rows()) for count in (1, 2, 3)] == [1, 2, 3]
    assert first_topics.__doc__ == "Return the first topics."
