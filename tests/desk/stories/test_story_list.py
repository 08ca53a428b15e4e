"""The list of stories: how it sorts, counts and searches."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertNumQueries

from articles.models import Article, UpstreamDocument
from desk.stories.story_admin import StoryAdmin
from tests.desk.pages import STORIES, keys_shown
from tests.desk.stories.test_story_rows import posted_from
from tests.factories import make_story

pytestmark = pytest.mark.django_db


class TestOrder:
    def test_by_one_column_from_either_end(self, desk):
        first, second, third = (make_story(heat=heat) for heat in (5, 9, 5))
        assert keys_shown(desk, o="-5") == [second.pk, third.pk, first.pk]
        assert keys_shown(desk, o="5") == [first.pk, third.pk, second.pk]
        # Two at once no index serves; the first counts.
        assert keys_shown(desk, o="-5.2") == [second.pk, third.pk, first.pk]
        for nonsense in ("99", "-99", "x", "3", "-", "5" * 50):
            assert keys_shown(desk, o=nonsense) == [first.pk, second.pk, third.pk]

    def test_a_heading_sorts_highest_first_and_turns_round(self, desk):
        make_story()
        headings = {one["name"]: one for one in desk.get(STORIES, {"q": "story"}).context["cl"].headings}
        assert headings["headline"]["sorted"] == "descending"
        assert headings["heat"]["url"] == "?o=-5&q=story"
        assert headings["state"]["url"] == ""
        turned = {one["name"]: one for one in desk.get(STORIES, {"o": "-5"}).context["cl"].headings}
        assert (turned["heat"]["url"], turned["heat"]["sorted"]) == ("?o=5", "descending")

    def test_its_order_is_an_index(self, desk):
        make_story()
        for parameters in ({}, {"o": "-5"}, {"o": "5"}, {"state": "inbox"}, {"state": "inbox", "o": "-5"}):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                desk.get(STORIES, parameters)
            ordered = [
                query["sql"]
                for query in captured
                if "ORDER BY" in query["sql"] and '"pk" FROM "articles_article"' in query["sql"]
            ]
            assert len(ordered) == 1
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {ordered[0]}")
                    plan = " ".join(str(row) for row in cursor.fetchall())
                assert "B-TREE" not in plan, (parameters, plan)


class TestCounts:
    def test_a_list_of_one_page_is_not_counted(self, desk, monkeypatch):
        for _number in range(4):
            make_story()
        monkeypatch.setattr(StoryAdmin, "list_per_page", 3)
        with CaptureQueriesContext(connection) as captured:
            page = desk.get(STORIES)
        assert (page.context["cl"].result_count, len(page.context["cl"].result_list)) == (4, 3)
        assert sum("COUNT(*)" in query["sql"] for query in captured) == 1
        assert len(keys_shown(desk, p="2")) == 1
        Article.objects.last().delete()
        with CaptureQueriesContext(connection) as captured:
            assert len(keys_shown(desk)) == 3
        assert not any("COUNT(*)" in query["sql"] for query in captured)

    def test_queries_stay_as_rows_grow(self, desk):
        make_story(picture=True, outlets=2)
        with CaptureQueriesContext(connection) as few:
            desk.get(STORIES)
        for _number in range(12):
            make_story(picture=True, outlets=2)
        with assertNumQueries(len(few)):
            desk.get(STORIES)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("Tide", 1),
        ("tide hol", 1),
        ("-tide other", 1),
        ("https://harbour.example/tide", 1),
        ("nothing of the kind", 0),
        ('"', 0),
        ("%", 0),
        ("'--", 0),
    ],
)
def test_search(client, editor, query, number):
    make_story(title="Tide holds", web_url="https://harbour.example/tide")
    make_story(title="Other")
    client.force_login(editor)
    response = client.get(STORIES, {"q": query})
    assert len(response.context["cl"].result_list) == number


def test_only_staff_sees_the_list(client):
    assert client.get(STORIES).status_code == 302
    client.force_login(User.objects.create_user("reader"))
    assert client.get(STORIES).status_code == 302


class TestUpstreamHeat:
    @pytest.mark.parametrize(
        ("values", "text"),
        [({"heat": 105}, "Upstream: 105"), ({"heat": -1}, "Upstream: –"), ({"heat": 50}, ""), ({}, ""), (None, "")],
    )
    def test_is_shown_where_it_differs(self, desk, values, text):
        story = make_story(heat=50)
        if values is not None:
            UpstreamDocument.objects.create(article=story, values=values)
        (row,) = desk.get(STORIES).context["cl"].rows
        assert (f'<span class="desk-byline">{text}</span>' in row.heat) == bool(text)
        assert ("Upstream" in row.heat) == bool(text)

    def test_is_shown_in_rows_with_invalid_input(self, desk):
        story = make_story(heat=50)
        UpstreamDocument.objects.create(article=story, values={"heat": 105})
        posted = posted_from(desk.get(STORIES)) | {"form-0-heat": "hot", "_save": "1"}
        page = desk.post(STORIES, posted).content.decode()
        assert 'aria-invalid="true"' in page
        assert "Upstream: 105" in page

    def test_queries_stay_as_rows_grow(self, desk):
        def add(number):
            for _number in range(number):
                UpstreamDocument.objects.create(article=make_story(heat=50), values={"heat": 105})

        add(1)
        with CaptureQueriesContext(connection) as few:
            desk.get(STORIES)
        add(12)
        with assertNumQueries(len(few)):
            assert desk.get(STORIES).content.decode().count("Upstream: 105") == 13
