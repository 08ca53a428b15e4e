"""The rows of the desk's list, which are drawn by hand, and how it sorts, counts and filters."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles import querysets
from articles.choices import State
from articles.models import Article, ImportBatch, ImportedDocument
from desk.stories import story_list
from tests.conftest import make_user
from tests.desk.test_desk import STORIES
from tests.factories import make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def posted_from(page):
    """What a browser would post of the list's form: every field that is drawn and not disabled."""
    html = page.content.decode()
    form = html[html.index('<form id="changelist-form"') :]
    fields = re.findall(r"<input ([^>]*)>", form[: form.index("</form>")])
    posted = {}
    for attributes in fields:
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        if told.get("type") in ("hidden", "number"):
            posted[told["name"]] = told.get("value", "")
    return posted


def keys_shown(desk, **asked):
    return [story.pk for story in desk.get(STORIES, asked).context["cl"].result_list]


class TestRows:
    def test_what_is_drawn_can_be_posted(self, desk):
        cold, hot = make_story(heat=1, quality=None), make_story(heat=9, quality=7)
        posted = posted_from(desk.get(STORIES))
        assert desk.post(STORIES, posted | {"_save": "Save"}).status_code == 302
        assert Article.objects.get(pk=cold.pk).updated_at == cold.updated_at
        number = next(name for name, key in posted.items() if (name[-3:], key) == ("-id", str(hot.pk))).split("-")[1]
        desk.post(STORIES, posted | {f"form-{number}-heat": "44", "_save": "Save"})
        assert list(Article.objects.order_by("pk").values_list("heat", "quality")) == [(1, None), (44, 7)]

    def test_what_is_wrong_stands_beside_what_was_typed(self, desk):
        make_story(heat=1, title="<b>Bold</b> & co")
        posted = posted_from(desk.get(STORIES))
        response = desk.post(STORIES, posted | {"form-0-heat": '12"><', "form-0-quality": "8", "_save": "Save"})
        html = response.content.decode()
        assert response.status_code == 200
        assert 'aria-invalid="true"' in html
        assert 'value="12&quot;&gt;&lt;"' in html
        assert "Enter a whole number." in html
        # What was typed beside it is kept, and still guarded by what was seen first.
        again = posted_from(response)
        assert (again["form-0-quality"], again["initial-form-0-quality"]) == ("8", posted["initial-form-0-quality"])
        assert Article.objects.get().heat == 1

    def test_who_may_not_judge_reads_the_number(self, client, reporter):
        make_story(heat=77)
        client.force_login(reporter)
        assert 'name="form-0-heat"' not in client.get(STORIES).content.decode()
        Article.objects.update(state=State.INBOX)
        assert 'name="form-0-heat"' in client.get(STORIES).content.decode()
        reader = make_user("reader")
        client.force_login(reader)
        assert client.get(STORIES).status_code == 403

    def test_each_row_is_named_for_those_who_hear_it(self, desk):
        make_story(title="Tide &amp; time <i>wait</i>")
        html = desk.get(STORIES).content.decode()
        assert 'aria-label="Heat: Tide &amp; time wait"' in html
        assert 'aria-label="Select: Tide &amp; time wait"' in html

    def test_nothing_found_says_what_to_try(self, desk):
        assert "No story is like that." in desk.get(STORIES, {"q": "xyzzy"}).content.decode()


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
        for asked in ({}, {"o": "-5"}, {"o": "5"}, {"state": "inbox"}, {"state": "inbox", "o": "-5"}):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                desk.get(STORIES, asked)
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
                assert "B-TREE" not in plan, (asked, plan)


class TestCounts:
    def test_a_list_of_one_page_is_not_counted(self, desk, monkeypatch):
        for _number in range(4):
            make_story()
        monkeypatch.setattr(story_list.ListOfStories, "list_per_page", 3)
        with CaptureQueriesContext(connection) as captured:
            page = desk.get(STORIES)
        assert (page.context["cl"].result_count, len(page.context["cl"].result_list)) == (4, 3)
        assert sum("COUNT(*)" in query["sql"] for query in captured) == 1
        assert len(keys_shown(desk, p="2")) == 1
        Article.objects.last().delete()
        with CaptureQueriesContext(connection) as captured:
            assert len(keys_shown(desk)) == 3
        assert not any("COUNT(*)" in query["sql"] for query in captured)

    def test_a_band_of_many_finds_what_a_band_of_few_does(self, desk, monkeypatch):
        cold, warm = make_story(heat=10), make_story(heat=60)
        unscored = make_story(heat=-1, quality=None)
        for few in (2000, 0):
            monkeypatch.setattr(querysets, "KEY_LOOKUP_LIMIT", few)
            assert keys_shown(desk, heat="0") == [cold.pk]
            assert keys_shown(desk, heat="50", o="-5") == [warm.pk]
            assert keys_shown(desk, heat="none") == [unscored.pk]
            assert keys_shown(desk, quality="none") == [unscored.pk]

    @pytest.mark.parametrize("few", [2000, 0])
    def test_each_filter_finds_the_same_few_or_many(self, desk, monkeypatch, few):
        """Looked up by key, or found by walking the list: in every order of the list."""
        monkeypatch.setattr(querysets, "KEY_LOOKUP_LIMIT", few)
        now = timezone.now()
        course = make_story(kind="course", picture=True, published_at=now - timedelta(days=30))
        scheduled = make_story(published_at=now, visible_from=now + timedelta(days=1))
        expired = make_story(
            published_at=now, visible_from=now - timedelta(days=9), visible_until=now - timedelta(days=8)
        )
        batch = ImportBatch.objects.create(
            state="finished", sources=["x"], origin="command", started_at=now, finished_at=now
        )
        ImportedDocument.objects.create(batch=batch, position=0, source="x.md", action="created", article=expired)
        day = f"{timezone.localdate(expired.visible_from):%Y-%m-%d}"
        for order in ({}, {"o": "-5"}, {"o": "-4"}, {"o": "2"}):
            assert keys_shown(desk, kind="course", **order) == [course.pk]
            assert keys_shown(desk, state="scheduled", **order) == [scheduled.pk]
            assert keys_shown(desk, state="expired", **order) == [expired.pk]
            assert keys_shown(desk, picture="yes", **order) == [course.pk]
            assert keys_shown(desk, batch=str(batch.pk), **order) == [expired.pk]
            assert keys_shown(desk, out=f"{day}..{day}", **order) == [expired.pk]
            assert set(keys_shown(desk, since="day", **order)) == {scheduled.pk, expired.pk}

    def test_the_days_stories_appeared_are_listed_by_that_time(self, desk):
        now = timezone.now()
        late, early = (
            make_story(state="published", visible_from=now - timedelta(hours=hours), published_at=published_at)
            for hours, published_at in ((2, now - timedelta(days=40)), (3, now - timedelta(days=20)))
        )
        days = f"{timezone.localdate(now) - timedelta(days=1):%Y-%m-%d}..{timezone.localdate(now):%Y-%m-%d}"
        assert keys_shown(desk, out=days) == [late.pk, early.pk]
        assert keys_shown(desk, out=days, o="-2") == [early.pk, late.pk]

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by statistics")
    @pytest.mark.parametrize(
        "asked",
        [
            {"state": "scheduled"},
            {"kind": "course"},
            {"kind": "course", "o": "-5"},
            {"kind": "course", "state": "inbox"},
            {"heat": "50"},
            {"heat": "50", "o": "-4"},
            {"heat": "none"},
            {"quality": "60", "o": "-5"},
            {"quality": "none", "o": "-5"},
            {"out": "2026-01-01..2026-12-31"},
            {"out": "2026-01-01..2026-12-31", "o": "-5"},
            {"since": "week", "o": "-5"},
            {"batch": "1"},
            {"picture": "yes"},
            {"picture": "no"},
        ],
        ids=lambda asked: "&".join(f"{name}={value}" for name, value in asked.items()),
    )
    def test_a_filter_of_many_never_sorts(self, desk, monkeypatch, asked):
        monkeypatch.setattr(querysets, "KEY_LOOKUP_LIMIT", 0)
        now = timezone.now()
        for number in range(3):
            make_story(kind="course", picture=True, heat=60, quality=70)
            make_story(heat=-1, quality=None)
            make_story(state="published", visible_from=now + timedelta(days=number + 1))
            make_story(state="published", visible_from=now - timedelta(days=9), visible_until=now - timedelta(days=8))
        batch = ImportBatch.objects.create(
            pk=1, state="finished", sources=["x"], origin="command", started_at=now, finished_at=now
        )
        for position, story in enumerate(Article.objects.all()):
            ImportedDocument.objects.create(
                batch=batch, position=position, source="x.md", action="created", article=story
            )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as captured:
            desk.get(STORIES, asked)
        (ordered,) = [
            query["sql"]
            for query in captured
            if "ORDER BY" in query["sql"] and '"pk" FROM "articles_article"' in query["sql"]
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {ordered}")
            plan = [row[3] for row in cursor.fetchall()]
        assert [step for step in plan if "B-TREE" in step] == []

    def test_queries_stay_as_rows_grow(self, desk):
        make_story(picture=True, outlets=2)
        with CaptureQueriesContext(connection) as few:
            desk.get(STORIES)
        for _number in range(12):
            make_story(picture=True, outlets=2)
        with assertNumQueries(len(few)):
            desk.get(STORIES)
