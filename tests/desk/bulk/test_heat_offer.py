"""The suggested heat of stories that a bulk change published."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles import workflow
from articles.bulk_actions import execution
from articles.choices import Action, BulkAction, State
from articles.models import Article, BulkChange, Revision
from desk.bulk import heat_offer
from tests.desk.pages import fresh, page_text
from tests.factories import make_related, make_story

pytestmark = pytest.mark.django_db


def withdraw(story):
    workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)


def publish(stories, user, action=BulkAction.PUBLISH, **options):
    """Run a bulk change of stories; return (BulkChange, address of its page)."""
    keys = [story.pk for story in stories]
    change = execution.create_change(action, Article.objects.filter(pk__in=keys).order_by("pk"), user)
    BulkChange.objects.filter(pk=change.pk).update(state="queued", options=options)
    execution.run_change(change)
    change.refresh_from_db()
    return change, reverse("admin:story-bulk", args=[change.pk])


def accept_url(change):
    return reverse("admin:story-bulk-heat", args=[change.pk])


@pytest.fixture
def unscored():
    stories = [make_story(title="Gates", quality=45, outlets=3, heat=-1, state=State.INBOX)]
    stories += [make_story(title="Tide", quality=10, heat=-1, state=State.INBOX)]
    make_related(stories[1], is_hidden=True)
    return stories


def test_result_lists_unscored_stories_with_their_suggested_heat(desk, editor, unscored):
    scored = make_story(quality=5, heat=7, state=State.INBOX)
    without_quality = make_story(quality=None, heat=-1, state=State.INBOX)
    already_published = make_story(quality=5, heat=-1)
    change, url = publish([*unscored, scored, without_quality, already_published], editor)
    response = desk.get(url)
    suggestions = [(story.pk, str(suggestion)) for story, suggestion in response.context["heat_suggestions"]]
    gates, tide = unscored
    assert sorted(suggestions) == [
        (gates.pk, "45 + 20 × 3 related = 105"),
        (tide.pk, "10 + 20 × 0 related = 10"),
    ]
    page = response.content.decode()
    assert "Use suggested heat for 2 stories" in page
    for text in (f'value="{gates.pk}:105"', f'value="{tide.pk}:10"', f'action="{accept_url(change)}'):
        assert text in page


def test_one_button_accepts_all(desk, editor, unscored):
    change, url = publish(unscored, editor)
    gates, tide = unscored
    posted = {"suggestion": [f"{gates.pk}:105", f"{tide.pk}:10"]}
    response = desk.post(accept_url(change), posted, follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert "Heat set for 2 stories." in page_text(response)
    assert "Suggested heat" not in page_text(response)
    assert [fresh(story).heat for story in unscored] == [105, 10]
    for story in unscored:
        revision = Revision.objects.filter(article=story).latest("pk")
        assert (revision.actor, revision.fields) == (editor, ["heat"])


def test_only_what_was_shown_is_accepted(desk, editor, unscored):
    gates, tide = unscored
    other = make_story(quality=5, heat=-1)
    change, _url = publish(unscored, editor)
    Article.objects.filter(pk=gates.pk).update(quality=46)
    posted = {"suggestion": [f"{gates.pk}:105", f"{tide.pk}:10", f"{other.pk}:5", "x:1", f"{'9' * 30}:1", ""]}
    response = desk.post(accept_url(change), posted, follow=True)
    text = page_text(response)
    assert "Heat set for 1 story." in text
    assert "2 stories have changed and keep their heat." in text
    assert [fresh(story).heat for story in (gates, tide, other)] == [-1, 10, -1]


@pytest.mark.parametrize(("change", "heat"), [(lambda story: story.save(update_fields=["heat"]), 3), (withdraw, -1)])
def test_story_that_changed_keeps_its_heat(desk, editor, unscored, change, heat):
    gates, _tide = unscored
    published, _url = publish(unscored, editor)
    story = fresh(gates)
    story.heat = heat
    change(story)
    response = desk.post(accept_url(published), {"suggestion": f"{gates.pk}:105"}, follow=True)
    assert "1 story has changed and keeps its heat." in page_text(response)
    assert fresh(gates).heat == heat


def test_more_stories_than_are_shown_at_once(desk, editor, unscored, monkeypatch):
    monkeypatch.setattr(heat_offer, "OFFERED_AT_ONCE", 1)
    change, url = publish(unscored, editor)
    heats = {}
    for _time in range(2):
        ((story, suggestion),) = desk.get(url).context["heat_suggestions"]
        heats[story.pk] = suggestion.heat
        desk.post(accept_url(change), {"suggestion": f"{story.pk}:{suggestion.heat}"})
    assert heats == {unscored[0].pk: 105, unscored[1].pk: 10}
    assert desk.get(url).context["heat_suggestions"] == []


def test_scheduled_stories_are_offered(desk, editor, unscored):
    when = (timezone.now() + timedelta(days=1)).isoformat()
    _change, url = publish(unscored, editor, BulkAction.SCHEDULE, visible_from=when)
    assert len(desk.get(url).context["heat_suggestions"]) == 2


def test_other_changes_offer_nothing(desk, editor, unscored):
    publish(unscored, editor)
    change, url = publish(unscored, editor, BulkAction.SET_QUALITY, quality=7)
    assert change.counts == {"done": 2}
    assert desk.get(url).context["heat_suggestions"] == []
    desk.post(accept_url(change), {"suggestion": f"{unscored[1].pk}:7"})
    assert fresh(unscored[1]).heat == -1


def test_users_who_may_not_score_published_stories(client, editor, reporter, unscored):
    change, url = publish(unscored, editor)
    BulkChange.objects.update(actor=reporter)
    client.force_login(reporter)
    assert client.get(url).context["heat_suggestions"] == []
    assert client.post(accept_url(change), {"suggestion": f"{unscored[0].pk}:105"}).status_code == 403
    assert fresh(unscored[0]).heat == -1


def test_number_of_queries_does_not_depend_on_the_number_of_stories(desk, editor, unscored):
    _change, url = publish(unscored[:1], editor)
    with CaptureQueriesContext(connection) as few:
        desk.get(url)
    more = [make_story(quality=1, outlets=1, heat=-1, state=State.INBOX) for _number in range(6)]
    _change, url = publish([unscored[1], *more], editor)
    with assertNumQueries(len(few)):
        assert len(desk.get(url).context["heat_suggestions"]) == 7
