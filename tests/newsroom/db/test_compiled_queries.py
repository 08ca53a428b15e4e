"""A compiled query gives what its queryset gives, for any values."""

from datetime import date, timedelta

import pytest
from django.db.models import DateField, DateTimeField
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles.models import Article, Topic
from newsroom.db.compiled_queries import CompiledQuery, Param
from reader.story_detail import for_story_page
from tests.factories import NOON, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db
SINCE = Param("since", DateTimeField())
DAY = Param("day", DateField())


def test_each_run_uses_its_own_values():
    old, new = make_story(published_at=NOON - timedelta(days=2)), make_story(published_at=NOON)
    query = CompiledQuery(lambda: Article.objects.filter(dated_at__gte=SINCE).order_by("pk").values_list("pk"))
    assert query.rows(since=NOON - timedelta(days=3)) == [(old.pk,), (new.pk,)]
    with assertNumQueries(1):
        assert query.rows(since=NOON) == [(new.pk,)]
    by_day = CompiledQuery(lambda: Article.objects.filter(url_date=DAY).values_list("pk"))
    assert by_day.rows(day=NOON.date()) == [(new.pk,)]
    assert by_day.rows(day=date(1999, 1, 1)) == []


def test_rows_have_the_values_of_the_model():
    story = make_story(published_at=NOON)
    columns = ("published_at", "url_date", "published", "authors", "provider__name")
    query = CompiledQuery(lambda: Article.objects.values_list(*columns))
    expected = [(NOON, NOON.date(), True, [], story.provider.name)]
    assert [tuple(row) for row in query.rows()] == expected == list(Article.objects.values_list(*columns))


def test_runs_share_no_mutable_values():
    make_story(authors=[{"name": "Ada"}])
    query = CompiledQuery(lambda: Article.objects.values_list("authors"))
    query.rows()[0][0].append("somebody")
    assert query.rows()[0][0] == [{"name": "Ada"}]


def test_objects_have_related_objects_and_annotations():
    provider = make_provider(name="The Isobar")
    make_story(provider=provider)
    make_story(provider=None)
    query = CompiledQuery(lambda: for_story_page(Article.objects.order_by("pk")))
    with assertNumQueries(1):
        stories = query.objects()
        assert [story.provider and story.provider.name for story in stories] == ["The Isobar", None]
        assert [story.provider_logo for story in stories] == [None, None]
    assert stories == list(Article.objects.order_by("pk"))
    stories[0].title = "Changed"
    stories[0].save()
    assert Article.objects.filter(title="Changed").exists()


def test_an_empty_queryset_makes_no_query():
    make_topic("AI")
    query = CompiledQuery(lambda: Topic.objects.filter(pk__in=[]))
    with assertNumQueries(0):
        assert query.objects() == query.rows() == []


def test_a_missing_value_is_an_error():
    query = CompiledQuery(lambda: Article.objects.filter(dated_at__gte=SINCE).values_list("pk"))
    with pytest.raises(KeyError):
        query.rows(until=timezone.now())
