"""The workflow at its limits: exact times, each phase of a published story, failures, and the rows of the audit."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin, State
from articles.models import Article, Revision, Transition
from newsroom.dates import format_time
from tests.factories import make_story

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


def test_end_at_the_time_of_publication_has_passed(editor, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    story = make_story(state=State.INBOX, visible_until=now)
    with pytest.raises(workflow.BadRequest) as refused:
        workflow.apply(Action.PUBLISH, story, by(editor))
    with pytest.raises(workflow.BadRequest) as refused_later:
        workflow.check_end(now + TICK, now + TICK)
    assert format_time(now) in str(refused.value)
    assert str(refused.value) != str(refused_later.value)
    with pytest.raises(workflow.BadRequest, match=re.escape(str(refused.value))):
        workflow.check_end(now - TICK, now - TICK)
    workflow.apply(Action.PUBLISH, story, by(editor), visible_until=now + TICK)
    assert story.is_visible


@pytest.mark.parametrize(
    ("since", "until", "allowed"),
    [
        (-2, None, {Action.WITHDRAW, Action.EXPIRE}),
        (1, None, {Action.WITHDRAW, Action.SCHEDULE, Action.END_EMBARGO}),
        (-2, -1, {Action.WITHDRAW, Action.PUBLISH, Action.SCHEDULE}),
    ],
    ids=["visible", "scheduled", "expired"],
)
def test_actions_on_published_stories(since, until, allowed):
    now = timezone.now()
    until = None if until is None else now + timedelta(hours=until)
    story = make_story(visible_from=now + timedelta(hours=since), visible_until=until)
    assert {action for action, rule in workflow.RULES.items() if rule.allows(story)} == allowed


def test_transition_that_fails_to_write_its_audit_row_changes_nothing(editor, monkeypatch):
    def fail(**fields):
        raise RuntimeError

    story = make_story(state=State.INBOX)
    monkeypatch.setattr(Transition.objects, "create", fail)
    with pytest.raises(RuntimeError):
        workflow.apply(Action.PUBLISH, story, by(editor))
    assert Article.objects.get().state == State.INBOX
    assert not Revision.objects.exists()


def test_refusal_note_and_undo_are_recorded(reporter):
    story, actor = make_story(state=State.IN_REVIEW), by(reporter)
    workflow.record_refusal(Action.PUBLISH, story, actor)
    workflow.record_note(story, "As agreed.", actor)
    workflow.record_undo(story, State.PUBLISHED, actor)
    columns = ("action", "from_state", "to_state", "refused", "reason", "actor", "origin")
    assert list(Transition.objects.order_by("pk").values_list(*columns)) == [
        (Action.PUBLISH, State.IN_REVIEW, State.IN_REVIEW, True, "", reporter.pk, Origin.ADMIN),
        (Action.NOTE, State.IN_REVIEW, State.IN_REVIEW, False, "As agreed.", reporter.pk, Origin.ADMIN),
        (Action.UNDO, State.PUBLISHED, State.IN_REVIEW, False, "", reporter.pk, Origin.ADMIN),
    ]


def test_scheduled_story_is_refused_with_its_own_message(editor):
    messages = []
    for story in (make_story(state=State.REJECTED), make_story(visible_from=timezone.now() + timedelta(days=1))):
        with pytest.raises(workflow.InvalidTransition) as refused:
            workflow.apply(Action.PUBLISH, story, by(editor))
        messages.append(str(refused.value))
    assert [message.startswith("Already scheduled") for message in messages] == [False, True]
