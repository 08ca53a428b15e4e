"""Numbers typed into the list are never lost to an action: it waits until they are saved or discarded."""

import re

import pytest

from articles.models import Article, BulkChange
from tests.desk.pages import STORIES
from tests.desk.stories.test_story_rows import posted_from
from tests.factories import make_story
from tests.page_parts import elements

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories():
    """Two stories, the later one first on the list."""
    return make_story(heat=10, quality=20), make_story(heat=30, quality=40)


def typed(desk, **parameters):
    """What is posted of the list with 77 typed as the heat of its first row."""
    return posted_from(desk.get(STORIES, parameters)) | {"form-0-heat": "77"}


def acting(story, action="publish_selected"):
    return {"action": action, "index": "0", "select_across": "0", "_selected_action": [story.pk]}


def heats():
    return list(Article.objects.order_by("pk").values_list("heat", flat=True))


def test_an_action_waits_and_keeps_what_was_typed_and_selected(desk, stories):
    answer = desk.post(STORIES, typed(desk) | acting(stories[1]))
    assert answer.status_code == 200
    assert not BulkChange.objects.exists()
    assert heats() == [10, 30]
    posted, html = posted_from(answer), answer.content.decode()
    assert posted["form-0-heat"] == "77"
    assert posted["initial-form-0-heat"] in ("10", "30")
    assert re.findall(r'value="(\d+)"[^>]*aria-label="Select:[^>]*checked', html) == [str(stories[1].pk)]
    assert (posted["pending_action"], posted["pending_across"]) == ("publish_selected", "0")
    assert answer.context["pending"]["number"] == 1
    assert "1 number you typed is not saved yet. “Publish…” has not started." in " ".join(html.split())
    assert elements(html, "//*[contains(@class, 'error') or @aria-invalid='true']") == []


def test_the_numbers_are_saved_first(desk, stories):
    question = desk.post(STORIES, typed(desk) | acting(stories[1]))
    answer = desk.post(STORIES, posted_from(question) | {"_save_first": "1", "_selected_action": [stories[1].pk]})
    change = BulkChange.objects.get()
    assert (change.action, change.keys) == ("publish", [stories[1].pk])
    assert f"/bulk/{change.pk}/" in answer.url
    assert sorted(heats()) == [10, 77] or sorted(heats()) == [30, 77]


def test_the_numbers_are_discarded_on_request(desk, stories):
    question = desk.post(STORIES, typed(desk) | acting(stories[1]))
    desk.post(STORIES, posted_from(question) | {"_discard": "1", "_selected_action": [stories[1].pk]})
    assert BulkChange.objects.get().keys == [stories[1].pk]
    assert heats() == [10, 30]


def test_all_of_the_list_stays_selected(desk, stories):
    question = desk.post(STORIES, typed(desk) | acting(stories[1]) | {"select_across": "1"})
    desk.post(STORIES, posted_from(question) | {"_discard": "1", "_selected_action": [stories[1].pk]})
    assert BulkChange.objects.get().total == 2


def test_numbers_that_are_wrong_stop_the_action(desk, stories):
    posted = typed(desk) | acting(stories[1]) | {"form-0-heat": "many"}
    question = desk.post(STORIES, posted)
    assert posted_from(question)["form-0-heat"] == "many"
    answer = desk.post(STORIES, posted_from(question) | {"_save_first": "1", "_selected_action": [stories[1].pk]})
    assert answer.status_code == 200
    assert "Enter a whole number." in answer.content.decode()
    assert not BulkChange.objects.exists()


def test_deleting_and_exporting_wait_too(desk, stories):
    for action in ("delete_selected", "export_selected"):
        answer = desk.post(STORIES, typed(desk) | acting(stories[0], action))
        assert answer.context["pending"]["action"] == action
    assert len(heats()) == 2


@pytest.mark.parametrize("action", [{"action": "", "index": "0"}, {"action": "nonsense", "index": "0"}])
def test_without_an_action_the_numbers_stay_typed(desk, stories, action):
    answer = desk.post(STORIES, typed(desk) | action)
    assert posted_from(answer)["form-0-heat"] == "77"
    assert answer.context["pending"]["action"] == ""
    assert "Save numbers" in answer.content.decode()


def test_without_a_selection_the_numbers_stay_typed(desk, stories):
    posted = typed(desk) | {"action": "publish_selected", "index": "0"}
    answer = desk.post(STORIES, posted)
    assert posted_from(answer)["form-0-heat"] == "77"
    desk.post(STORIES, posted_from(answer) | {"_save_first": "1"})
    assert 77 in heats()


def test_an_action_with_unchanged_numbers_starts_immediately(desk, stories):
    answer = desk.post(STORIES, posted_from(desk.get(STORIES)) | acting(stories[0]))
    assert answer.status_code == 302
    assert BulkChange.objects.exists()


def test_a_story_that_moved_in_the_list_keeps_its_own_number(desk, stories):
    posted = typed(desk)
    key = int(posted["form-0-id"])
    newer = make_story()
    Article.objects.filter(pk=newer.pk).update(dated_at="2030-01-01T00:00Z")
    answer = desk.post(STORIES, posted | acting(stories[0]))
    row = answer.context["cl"].rows[0]
    assert (row.story.pk, row.value("heat")) == (key, "77")


def test_a_number_somebody_else_changed_is_shown_beside_what_was_typed(desk, stories):
    posted = typed(desk)
    Article.objects.filter(pk=posted["form-0-id"]).update(heat=55)
    answer = desk.post(STORIES, posted | acting(stories[0]))
    assert "Someone else changed this to 55" in answer.content.decode()


def test_enter_in_a_number_saves(desk, stories):
    """The first button of a form is what Enter presses."""
    html = desk.get(STORIES).content.decode()
    form = html[html.index('<form id="changelist-form"') :]
    assert 'name="_save"' in re.search(r'<button type="submit"[^>]*>', form)[0]


def test_a_hostile_form_is_no_error(desk, stories):
    for posted in (
        {"form-0-heat": "5", "index": "0"},
        {"form-0-heat": "5", "_discard": "1"},
        {"form-0-heat": "5", "_save_first": "1", "pending_action": "delete_selected"},
        {"form-0-heat": "5", "index": "x", "form-TOTAL_FORMS": "9", "form-INITIAL_FORMS": "9", "form-0-id": "99"},
    ):
        assert desk.post(STORIES, posted).status_code in (200, 302), posted
    assert len(heats()) == 2


@pytest.mark.parametrize("button", ["_save", "index"])
def test_a_story_deleted_in_the_meantime_does_not_stop_the_others(desk, stories, button):
    posted = posted_from(desk.get(STORIES)) | {"form-0-heat": "70", "form-1-heat": "71"}
    deleted, other = int(posted["form-0-id"]), int(posted["form-1-id"])
    Article.objects.get(pk=deleted).delete()
    answer = desk.post(STORIES, posted | {button: "0", "action": ""}, follow=True)
    texts = [str(message) for message in answer.context["messages"]]
    assert texts[0] == "1 story in this list was deleted while you had the list open."
    if button == "_save":
        assert Article.objects.get(pk=other).heat == 71
    else:
        shown = posted_from(answer)
        assert (shown["form-0-id"], shown["form-0-heat"], shown["form-TOTAL_FORMS"]) == (str(other), "71", "1")
