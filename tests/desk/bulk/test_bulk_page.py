"""Bulk changes: preview, result, permissions, and resuming."""

import pytest
from django.urls import reverse

from articles.bulk_actions import execution
from articles.choices import BulkAction, RowResult, State
from articles.models import Article, ArticleTopic, BulkChange, Revision, Transition
from tests.desk.pages import STORIES, fresh
from tests.factories import make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db


def begin(desk, action, *stories):
    posted = {"action": f"{action}_selected", "_selected_action": [story.pk for story in stories]}
    response = desk.post(STORIES, posted)
    assert response.status_code == 302, response.content
    return response["Location"]


def test_preview_and_result_of_publishing(desk, editor):
    inbox, rejected = make_story(state=State.INBOX), make_story(state=State.REJECTED)
    url = begin(desk, "publish", inbox, rejected)
    page = desk.get(url)
    tried = {row.key: row.result for row in page.context["preview_rows"]}
    assert tried == {inbox.pk: RowResult.DONE, rejected.pk: RowResult.REFUSED}
    assert page.context["preview_rows"][0].message == "Inbox → Published"
    assert [label for _row, label in page.context["labelled_rows"]] == ["Will change", "Can't be done"]
    assert [label for _kind, label, _number, _key in page.context["counts"]] == [
        "Will change",
        "No change",
        "Can't be done",
        "Will fail",
    ]
    assert not Transition.objects.exists()
    assert fresh(inbox).state == State.INBOX
    response = desk.post(url, {"_do": "1"}, follow=True)
    html = response.content.decode()
    assert [label for _kind, label, _number, _key in response.context["counts"]] == RowResult.labels
    assert fresh(inbox).state == State.PUBLISHED
    assert "is not possible for a story in the state" in html
    change = BulkChange.objects.get()
    assert (change.state, change.counts) == ("finished", {"done": 1, "refused": 1})
    assert results(change) == {inbox.pk: "done", rejected.pk: "refused"}
    # Asked for twice it is done once.
    desk.post(url, {"_do": "1"})
    assert Transition.objects.count() == 1


@pytest.mark.parametrize(
    ("action", "options", "message", "check"),
    [
        ("set_heat", {"heat": 70}, "50 → 70", lambda story: story.heat == 70 and story.rank is not None),
        ("set_heat", {"heat": -1}, "50 → –", lambda story: story.heat == -1 and story.rank is None),
        ("shift_heat", {"by": -20}, "50 → 30", lambda story: story.heat == 30),
        ("set_quality", {"quality": 9}, "5 → 9", lambda story: story.quality == 9),
        ("withdraw", {"reason": ""}, "Published → Withdrawn", lambda story: story.state == State.WITHDRAWN),
    ],
)
def test_actions_on_scores_and_states(desk, action, options, message, check):
    story = make_story(heat=50, quality=5)
    url = begin(desk, action, story)
    row = desk.post(url, options).context["preview_rows"][0]
    assert (row.result, row.message) == (RowResult.DONE, message)
    assert not check(fresh(story))
    desk.post(url, options | {"_do": "1"})
    assert check(fresh(story))


def test_topics_and_providers(desk):
    story, topic, provider = make_story(), make_topic("Space"), make_provider(name="Other")
    for action, options in (("add_topic", {"topic": topic.pk}), ("change_provider", {"provider": provider.pk})):
        desk.post(begin(desk, action, story), options | {"_do": "1"})
    assert list(fresh(story).topics.all()) == [topic]
    assert fresh(story).provider == provider
    again = begin(desk, "add_topic", story)
    assert desk.post(again, {"topic": topic.pk}).context["preview_rows"][0].result == RowResult.UNCHANGED
    desk.post(begin(desk, "remove_topic", story), {"topic": topic.pk, "_do": "1"})
    assert not ArticleTopic.objects.filter(content_object=story).exists()
    assert Revision.objects.filter(article=story).count() == 3


def test_scheduling_and_rejecting_ask_for_time_and_reason(desk):
    story = make_story(state=State.INBOX)
    for action in ("schedule", "reject"):
        url = begin(desk, action, story)
        assert desk.post(url, {"_do": "1"}).context["form"].errors
    assert desk.get(url).context["form"].fields["reason"].widget.attrs.get("maxlength") is None
    assert desk.post(url, {"reason": "x" * 2001, "_do": "1"}).context["form"].errors
    desk.post(url, {"reason": "Old news", "_do": "1"})
    assert Transition.objects.get().reason == "Old news"


@pytest.mark.parametrize("heat", ["1000000000000", "hot", "-2", ""])
def test_impossible_number_is_refused(desk, heat):
    url = begin(desk, "set_heat", make_story())
    assert desk.post(url, {"heat": heat, "_do": "1"}).context["form"].errors["heat"]


def test_many_stories_run_as_a_task(desk, monkeypatch):
    monkeypatch.setattr("desk.bulk.bulk_page.FOREGROUND_LIMIT", 2)
    monkeypatch.setattr(execution, "STORIES_PER_TRANSACTION", 2)
    stories = [make_story(heat=1) for _number in range(5)]
    url = begin(desk, "set_heat", *stories)
    desk.post(url, {"heat": 8, "_do": "1"})
    change = BulkChange.objects.get()
    assert (change.state, change.done, change.counts) == ("finished", 5, {"done": 5})
    assert set(Article.objects.values_list("heat", flat=True)) == {8}
    assert desk.get(reverse("admin:story-bulk-progress", args=[change.pk])).json()["over"]


def test_failure_of_one_story_stops_no_other(editor, monkeypatch):
    stories = [make_story(heat=1) for _number in range(3)]
    change = execution.create_change(BulkAction.SET_HEAT, Article.objects.order_by("pk"), editor)
    change.options, change.state = {"heat": 5}, "queued"
    change.save()
    save = Article.save

    def break_one(self, *args, **kwargs):
        if self.pk == stories[1].pk:
            raise RuntimeError("hush")
        save(self, *args, **kwargs)

    monkeypatch.setattr(Article, "save", break_one)
    stories[2].delete()
    execution.run_change(change)
    change.refresh_from_db()
    assert change.counts == {"done": 1, "failed": 1, "refused": 1}
    assert change.rows.get(result="failed").message == "RuntimeError"


def test_interrupted_change_resumes(desk, editor, monkeypatch):
    for _number in range(4):
        make_story(heat=1)
    monkeypatch.setattr(execution, "STORIES_PER_TRANSACTION", 2)
    change = execution.create_change(BulkAction.SHIFT_HEAT, Article.objects.order_by("pk"), editor)
    change.options, change.state = {"by": 10}, "queued"
    change.save()
    do, calls = execution.apply_to_story, []

    def die(act, key):
        calls.append(key)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return do(act, key)

    monkeypatch.setattr(execution, "apply_to_story", die)
    with pytest.raises(KeyboardInterrupt):
        execution.run_change(change)
    monkeypatch.setattr(execution, "apply_to_story", do)
    assert sorted(Article.objects.values_list("heat", flat=True)) == [1, 1, 11, 11]
    change.refresh_from_db()
    assert change.done == 2
    BulkChange.objects.update(state="interrupted")
    url = reverse("admin:story-bulk", args=[change.pk])
    assert "Interrupted after 2 of 4" in desk.get(url).content.decode()
    desk.post(reverse("admin:story-bulk-again", args=[change.pk]))
    assert set(Article.objects.values_list("heat", flat=True)) == {11}


@pytest.mark.parametrize("state", [state for state in BulkChange.State if state != BulkChange.State.QUEUED])
def test_change_that_another_process_has_claimed_is_not_run(editor, state):
    story = make_story(heat=1)
    change = execution.create_change(BulkAction.SHIFT_HEAT, Article.objects.all(), editor)
    change.options, change.state = {"by": 10}, BulkChange.State.QUEUED
    change.save()
    BulkChange.objects.update(state=state)
    execution.run_change(change)
    assert fresh(story).heat == 1
    assert BulkChange.objects.values_list("state", "done", "finished_at").get() == (state, 0, None)


def test_change_is_carried_out_by_its_author_alone(client, editor, other, reporter):
    story = make_story(state=State.INBOX)
    change = execution.create_change(BulkAction.PUBLISH, Article.objects.all(), editor)
    url = reverse("admin:story-bulk", args=[change.pk])
    for user in (other, reporter):
        client.force_login(user)
        assert client.post(url, {"_do": "1"}).status_code == 403
    assert fresh(story).state == State.INBOX


def test_forged_bulk_change_is_refused_and_recorded(client, reporter):
    story = make_story(state=State.INBOX)
    client.force_login(reporter)
    posted = {"action": "publish_selected", "_selected_action": [story.pk]}
    assert client.post(STORIES, posted).status_code == 403
    assert Transition.objects.get().refused
    assert not BulkChange.objects.exists()


def results(change):
    return dict(change.rows.values_list("article", "result"))
