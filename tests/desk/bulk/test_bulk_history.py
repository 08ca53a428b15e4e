"""The list of past bulk changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from articles.bulk_actions import execution
from articles.choices import BulkAction
from articles.models import Article, BulkChange
from desk.bulk import bulk_history
from tests.conftest import make_user
from tests.desk.pages import STORIES
from tests.factories import make_story, make_topic

pytestmark = pytest.mark.django_db
PAST = reverse("admin:story-bulk-history")


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def run_bulk_change(user, action=BulkAction.SET_HEAT, **options):
    change = execution.create_change(action, Article.objects.order_by("pk"), user)
    change.options, change.state = options or {"heat": 5}, BulkChange.State.QUEUED
    change.save()
    execution.run_change(change)
    return change


def test_list_shows_options_and_result_counts(desk, editor):
    make_story(heat=5)
    make_story(heat=1)
    topic = make_topic("Space")
    run_bulk_change(editor)
    run_bulk_change(editor, BulkAction.ADD_TOPIC, topic=topic.pk)
    page = desk.get(PAST)
    html = page.content.decode()
    assert "Set heat" in html
    assert "Topic: Space" in html
    first, second = page.context["changes"]
    assert {name: number for name, _kind, number in second["counts"] if number} == {"done": 1, "unchanged": 1}
    assert first["change"].action == "add_topic"
    topic.delete()
    assert "no longer exists" in desk.get(PAST).content.decode()


def test_previews_are_not_listed(desk, editor):
    make_story()
    execution.create_change(BulkAction.PUBLISH, Article.objects.all(), editor)
    assert "No bulk changes yet." in desk.get(PAST).content.decode()


def test_reporter_sees_own_changes_only(client, editor, reporter):
    make_story(state="inbox")
    run_bulk_change(editor)
    own = run_bulk_change(reporter, heat=9)
    client.force_login(reporter)
    assert [one["change"].pk for one in client.get(PAST).context["changes"]] == [own.pk]
    client.force_login(make_user("nobody"))
    assert client.get(PAST).status_code == 403


def test_paging_and_number_of_queries(desk, editor, monkeypatch):
    make_story()
    monkeypatch.setattr(bulk_history, "PAGE_SIZE", 2)
    changes = [run_bulk_change(editor, heat=number) for number in range(3)]
    page = desk.get(PAST)
    assert f"?before={changes[1].pk}" in page.content.decode()
    assert [one["change"].pk for one in desk.get(PAST, {"before": changes[1].pk}).context["changes"]] == [changes[0].pk]
    assert len(desk.get(PAST, {"before": "x" * 30}).context["changes"]) == 2
    monkeypatch.undo()
    with CaptureQueriesContext(connection) as few:
        desk.get(PAST)
    for number in range(5):
        topic, other = (make_topic(f"Topic {number} {which}") for which in ("old", "new"))
        run_bulk_change(editor, BulkAction.ADD_TOPIC, topic=topic.pk)
        run_bulk_change(editor, BulkAction.REPLACE_TOPIC, topic=topic.pk, other_topic=other.pk)
    with assertNumQueries(len(few) + 1):
        # The topics in their options, all at once.
        desk.get(PAST)


def test_story_list_links_to_it(desk):
    assert f'href="{PAST}"' in desk.get(STORIES).content.decode()
