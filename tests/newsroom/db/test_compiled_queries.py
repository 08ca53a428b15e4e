"""Statements made once say what the queryset says, with whatever values."""

from datetime import date, timedelta

import pytest
from django.db.models import DateField, DateTimeField
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles.models import Article, Topic
from newsroom.db.compiled_queries import Blank, Statement
from tests.factories import NOON, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db
SINCE = Blank("since", DateTimeField())
DAY = Blank("day", DateField())


def test_each_run_fills_in_its_own_values():
    old, new = make_story(published_at=NOON - timedelta(days=2)), make_story(published_at=NOON)
    statement = Statement(lambda: Article.objects.filter(dated_at__gte=SINCE).order_by("pk").values_list("pk"))
    assert statement.rows(since=NOON - timedelta(days=3)) == [(old.pk,), (new.pk,)]
    with assertNumQueries(1):
        assert statement.rows(since=NOON) == [(new.pk,)]
    by_day = Statement(lambda: Article.objects.filter(url_date=DAY).values_list("pk"))
    assert by_day.rows(day=NOON.date()) == [(new.pk,)]
    assert by_day.rows(day=date(1999, 1, 1)) == []


def test_rows_hold_what_the_model_would():
    story = make_story(published_at=NOON)
    columns = ("published_at", "url_date", "published", "authors", "provider__name")
    statement = Statement(lambda: Article.objects.values_list(*columns))
    expected = [(NOON, NOON.date(), True, [], story.provider.name)]
    assert [tuple(row) for row in statement.rows()] == expected == list(Article.objects.values_list(*columns))


def test_what_one_run_gives_no_other_can_change():
    make_story(authors=[{"name": "Ada"}])
    statement = Statement(lambda: Article.objects.values_list("authors"))
    statement.rows()[0][0].append("somebody")
    assert statement.rows()[0][0] == [{"name": "Ada"}]


def test_objects_come_with_what_was_selected_beside_them():
    provider = make_provider(name="The Isobar")
    make_story(provider=provider)
    make_story(provider=None)
    statement = Statement(lambda: Article.objects.for_story_page().order_by("pk"))
    with assertNumQueries(1):
        found = statement.objects()
        assert [story.provider and story.provider.name for story in found] == ["The Isobar", None]
        assert [story.provider_logo for story in found] == [None, None]
    assert found == list(Article.objects.order_by("pk"))
    found[0].title = "Changed"
    found[0].save()
    assert Article.objects.filter(title="Changed").exists()


def test_a_queryset_of_nothing_asks_nobody():
    make_topic("AI")
    statement = Statement(lambda: Topic.objects.filter(pk__in=[]))
    with assertNumQueries(0):
        assert statement.objects() == statement.rows() == []


def test_a_value_that_is_missing_is_an_error():
    statement = Statement(lambda: Article.objects.filter(dated_at__gte=SINCE).values_list("pk"))
    with pytest.raises(KeyError):
        statement.rows(until=timezone.now())
