"""What compiled queries expect of Django's undocumented `Query.sql_with_params`."""

from itertools import permutations

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, Exists, F, Q
from pytest_django.asserts import assertNumQueries

from articles.models import Article, Topic
from newsroom.db.compiled_queries import Param, Slot
from newsroom.db.sql import sql_of
from tests.factories import make_story, make_topic

pytestmark = pytest.mark.django_db


def test_placeholders_and_parameters_come_in_one_order():
    shortest = Param("shortest", BigIntegerField())
    topics = Topic.objects.filter(Q(name="A%s") | Q(pk__gt=shortest), slug="a").values_list("name")
    with assertNumQueries(0):
        sql, params = sql_of(topics)
    assert isinstance(sql, str)
    assert isinstance(params, tuple)
    assert [param.name if isinstance(param, Slot) else param for param in params] == ["A%s", "shortest", "a"]
    assert sql.count("%s") == len(params)
    assert "A%s" not in sql


def test_a_parameter_is_allowed_wherever_an_expression_is():
    one, other = Param("one", BigIntegerField()), Param("other", BigIntegerField())
    topics = Topic.objects.annotate(sum=F("pk") + one).filter(
        Exists(Topic.objects.filter(pk=other)), pk__in=[other, one]
    )
    _sql, params = sql_of(topics.order_by(other).values_list("sum"))
    assert [param.name for param in params if isinstance(param, Slot)] == ["one", "other", "other", "one", "other"]


def test_the_returned_sql_runs_on_this_database():
    topic = make_topic("100 %")
    sql, params = sql_of(Topic.objects.filter(name="100 %", keywords=[]).values_list("pk", "name", "short_name"))
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.fetchall() == [(topic.pk, "100 %", "")]


def test_columns_come_in_the_order_of_values_list():
    story = make_story(title="Rain", outlets=2)
    stories = Article.objects.annotate(links=Count("related_links")).order_by("-rank")
    values = {"links": 2, "provider__name": story.provider.name, "pk": story.pk, "title": "Rain"}
    for columns in permutations(values):
        sql, params = sql_of(stories.values_list(*columns))
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            assert cursor.fetchall() == [tuple(values[column] for column in columns)]


def test_a_queryset_without_rows_says_so():
    with pytest.raises(EmptyResultSet):
        sql_of(Topic.objects.filter(pk__in=[]))
