from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.importing.batch import import_sources
from articles.models import Article, Revision, Transition
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db
WAYS = {
    (Action.SUBMIT, State.INBOX): State.IN_REVIEW,
    (Action.PUBLISH, State.INBOX): State.PUBLISHED,
    (Action.PUBLISH, State.IN_REVIEW): State.PUBLISHED,
    (Action.PUBLISH, State.WITHDRAWN): State.PUBLISHED,
    (Action.SCHEDULE, State.INBOX): State.PUBLISHED,
    (Action.SCHEDULE, State.IN_REVIEW): State.PUBLISHED,
    (Action.SCHEDULE, State.WITHDRAWN): State.PUBLISHED,
    (Action.EXPIRE, State.PUBLISHED): State.PUBLISHED,
    (Action.REJECT, State.INBOX): State.REJECTED,
    (Action.REJECT, State.IN_REVIEW): State.REJECTED,
    (Action.WITHDRAW, State.PUBLISHED): State.WITHDRAWN,
    (Action.RESTORE, State.REJECTED): State.INBOX,
    (Action.RESTORE, State.WITHDRAWN): State.INBOX,
}
REPORTER_MAY = {Action.SUBMIT}


def by(user, origin=Origin.ADMIN):
    return workflow.Actor(origin, user)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", workflow.RULES)
def test_the_table_of_ways(action, state, editor):
    story = make_story(state=state)
    if (action, state) not in WAYS:
        with pytest.raises(workflow.InvalidTransition):
            workflow.apply(action, story, by(editor))
        assert Article.objects.get().state == state
        assert not Transition.objects.exists()
        return
    when = timezone.now() + timedelta(hours=1) if action == Action.SCHEDULE else None
    transition = workflow.apply(action, story, by(editor), reason="As agreed.", visible_from=when)
    assert story.state == Article.objects.get().state == WAYS[action, state]
    assert story.published == (story.state == State.PUBLISHED)
    assert (transition.from_state, transition.to_state) == (state, WAYS[action, state])
    assert (transition.actor, transition.origin, transition.reason) == (editor, "admin", "As agreed.")


@pytest.mark.parametrize("action", workflow.RULES)
def test_a_reporter_may_submit_and_no_more(action, reporter):
    state = next((state for way, state in WAYS if way == action), State.PUBLISHED)
    story = make_story(state=state)
    if action in REPORTER_MAY:
        workflow.apply(action, story, by(reporter))
        return
    with pytest.raises(PermissionDenied):
        workflow.apply(action, story, by(reporter))
    assert Article.objects.get().state == state


def test_what_is_forbidden_is_said_before_what_is_impossible(reporter):
    with pytest.raises(PermissionDenied):
        workflow.apply(Action.PUBLISH, make_story(state=State.REJECTED), by(reporter))


def test_from_outside_no_one_acts_without_a_name():
    with pytest.raises(PermissionDenied):
        workflow.apply(Action.PUBLISH, make_story(state=State.INBOX), workflow.Actor(Origin.API))


def test_a_person_takes_the_state_from_upstream(editor):
    story = make_story(state=State.INBOX)
    workflow.apply(Action.PUBLISH, story, workflow.UPSTREAM)
    assert Article.objects.get().state_owner == Owner.UPSTREAM
    workflow.apply(Action.WITHDRAW, story, by(editor))
    assert Article.objects.get().state_owner == Owner.DESK


def test_publishing_sets_when_readers_see_it(editor):
    story = make_story(state=State.INBOX)
    workflow.apply(Action.PUBLISH, story, by(editor))
    assert story.visible_from <= timezone.now()
    assert story.is_visible


def test_publishing_for_a_time_to_come_schedules(editor):
    story = make_story(state=State.INBOX)
    tomorrow = timezone.now() + timedelta(days=1)
    workflow.apply(Action.PUBLISH, story, by(editor), visible_from=tomorrow)
    assert story.is_scheduled
    assert not Article.objects.published().exists()


def test_publishing_again_forgets_an_end_that_is_over(editor):
    now = timezone.now()
    story = make_story(
        state=State.WITHDRAWN, visible_from=now - timedelta(days=2), visible_until=now - timedelta(days=1)
    )
    workflow.apply(Action.PUBLISH, story, by(editor))
    assert Article.objects.published().get() == story


def test_a_schedule_is_moved_and_ended(editor):
    story, now = make_story(state=State.INBOX), timezone.now()
    workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=now + timedelta(days=1))
    moved = workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=now + timedelta(days=2))
    assert moved.visible_from == story.visible_from == now + timedelta(days=2)
    with pytest.raises(workflow.InvalidTransition):
        workflow.apply(Action.PUBLISH, story, by(editor))
    ended = workflow.apply(Action.END_EMBARGO, story, by(editor))
    assert story.is_visible
    assert ended.visible_from is None
    with pytest.raises(workflow.InvalidTransition):
        workflow.apply(Action.END_EMBARGO, story, by(editor))


def test_an_expired_story_is_gone_for_readers_and_can_be_published_again(editor, client):
    story = make_story()
    workflow.apply(Action.EXPIRE, story, by(editor))
    assert story.is_expired
    assert client.get(story.get_absolute_url()).status_code == 410
    assert Revision.objects.get().fields == ["visible_until"]
    with pytest.raises(workflow.InvalidTransition):
        workflow.apply(Action.EXPIRE, story, by(editor))
    workflow.apply(Action.PUBLISH, story, by(editor))
    assert client.get(story.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("when", [None, timedelta(hours=-1)])
def test_a_schedule_needs_a_time_to_come(editor, when):
    story = make_story(state=State.INBOX)
    with pytest.raises(workflow.BadRequest):
        workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=when and timezone.now() + when)
    assert Article.objects.get().state == State.INBOX


def test_a_rejection_needs_a_reason(editor):
    with pytest.raises(workflow.BadRequest):
        workflow.apply(Action.REJECT, make_story(state=State.INBOX), by(editor), reason="  ")
    assert Article.objects.get().state == State.INBOX


def test_a_stale_copy_does_not_act_twice(editor):
    story = make_story(state=State.INBOX)
    stale = Article.objects.get()
    workflow.apply(Action.PUBLISH, story, by(editor))
    with pytest.raises(workflow.InvalidTransition):
        workflow.apply(Action.PUBLISH, stale, by(editor))


def test_an_endless_reason_is_refused(editor):
    with pytest.raises(ValueError, match="at most 2,000"):
        workflow.apply(Action.PUBLISH, make_story(state=State.INBOX), by(editor), reason="x" * 10_000_000)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite locks the whole file for a writer")
def test_rows_are_locked_before_they_are_judged(editor, tmp_path):
    story = make_story(state=State.INBOX)
    with CaptureQueriesContext(connection) as queries:
        workflow.apply(Action.PUBLISH, story, by(editor))
    assert any("FOR UPDATE" in query["sql"] and "articles_article" in query["sql"] for query in queries)
    path, values = tmp_path / "a.md", make_values()
    path.write_bytes(as_document(values))
    import_sources([str(path)])
    path.write_bytes(as_document({**values, "heat": 99}))
    with CaptureQueriesContext(connection) as queries:
        import_sources([str(path)])
    locked = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert any('FOR UPDATE OF "articles_upstreamdocument", "articles_article"' in sql for sql in locked)
