from datetime import UTC, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.history.notes import make_note
from articles.importing.runner import import_sources
from articles.models import Article, Revision, Transition
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db
TRANSITIONS = {
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
TICK = timedelta(microseconds=1)
REPORTER_MAY = {Action.SUBMIT}


def by(user, origin=Origin.ADMIN):
    return workflow.Actor(origin, user)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", workflow.RULES)
def test_table_of_transitions(action, state, editor):
    story = make_story(state=state)
    if (action, state) not in TRANSITIONS:
        with pytest.raises(workflow.InvalidTransition):
            workflow.apply(action, story, by(editor))
        assert Article.objects.get().state == state
        assert not Transition.objects.exists()
        return
    when = timezone.now() + timedelta(hours=1) if action == Action.SCHEDULE else None
    transition = workflow.apply(action, story, by(editor), reason="As agreed.", visible_from=when)
    assert story.state == Article.objects.get().state == TRANSITIONS[action, state]
    assert story.published == (story.state == State.PUBLISHED)
    for name in ("visible_from", "visible_until", "state_owner", "first_visible_at", "updated_at"):
        assert getattr(story, name) == getattr(Article.objects.get(), name), name
    assert (transition.from_state, transition.to_state) == (state, TRANSITIONS[action, state])
    assert (transition.actor, transition.origin, transition.reason) == (editor, "admin", "As agreed.")


@pytest.mark.parametrize("action", workflow.RULES)
def test_reporter_may_only_submit(action, reporter):
    state = next((state for other, state in TRANSITIONS if other == action), State.PUBLISHED)
    story = make_story(state=state)
    if action in REPORTER_MAY:
        workflow.apply(action, story, by(reporter))
        return
    with pytest.raises(PermissionDenied):
        workflow.apply(action, story, by(reporter))
    assert Article.objects.get().state == state


def test_missing_permission_is_reported_before_an_invalid_transition(reporter):
    with pytest.raises(PermissionDenied):
        workflow.apply(Action.PUBLISH, make_story(state=State.REJECTED), by(reporter))


def test_api_needs_a_user():
    with pytest.raises(PermissionDenied):
        workflow.apply(Action.PUBLISH, make_story(state=State.INBOX), workflow.Actor(Origin.API))


def test_person_becomes_the_owner_of_the_state(editor):
    story = make_story(state=State.INBOX)
    workflow.apply(Action.PUBLISH, story, workflow.UPSTREAM)
    assert Article.objects.get().state_owner == Owner.UPSTREAM
    workflow.apply(Action.WITHDRAW, story, by(editor))
    assert Article.objects.get().state_owner == Owner.DESK


def test_command_makes_the_desk_the_owner_of_the_state():
    story = make_story(state=State.INBOX, state_owner=Owner.UPSTREAM)
    workflow.apply(Action.PUBLISH, story, workflow.COMMAND_LINE)
    assert Article.objects.get().state_owner == Owner.DESK


def test_publishing_sets_visible_from(editor):
    story = make_story(state=State.INBOX)
    workflow.apply(Action.PUBLISH, story, by(editor))
    assert story.visible_from <= timezone.now()
    assert story.is_visible


def test_publishing_for_a_future_time_schedules(editor):
    story = make_story(state=State.INBOX)
    tomorrow = timezone.now() + timedelta(days=1)
    workflow.apply(Action.PUBLISH, story, by(editor), visible_from=tomorrow)
    assert story.is_scheduled
    assert not Article.objects.visible().exists()


def test_visible_until_must_be_after_visible_from(editor):
    now = timezone.now()
    story = make_story(
        state=State.WITHDRAWN, visible_from=now - timedelta(days=2), visible_until=now - timedelta(days=1)
    )
    with pytest.raises(workflow.BadRequest, match="has passed"):
        workflow.apply(Action.PUBLISH, story, by(editor))
    tomorrow = now + timedelta(days=1)
    for until in (tomorrow, tomorrow - timedelta(microseconds=1)):
        with pytest.raises(workflow.BadRequest, match="must be after the publication time"):
            workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=tomorrow, visible_until=until)
    assert Article.objects.get().visible_until == now - timedelta(days=1)
    until = tomorrow + timedelta(microseconds=1)
    workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=tomorrow, visible_until=until)
    assert Article.objects.get().visible_until == until
    assert Revision.objects.get().changes == {
        "visible_until": [(now - timedelta(days=1)).isoformat(), until.isoformat()]
    }


def test_upstream_does_not_publish_an_expired_story(tmp_path, editor):
    path, values = tmp_path / "a.md", make_values(published=False)
    path.write_bytes(as_document(values))
    import_sources([str(path)])
    Article.objects.update(visible_until=Article.objects.get().published_at)
    path.write_bytes(as_document({**values, "published": True}))
    (outcome,) = import_sources([str(path)]).outcomes
    assert outcome.conflicts == ["published"]
    story = Article.objects.get()
    assert (story.state, story.visible_until) == (State.INBOX, story.published_at)


class TestDates:
    """A story written at the desk is dated by its publication, until a reader can have seen it."""

    @pytest.fixture
    def written(self):
        now = timezone.now() - timedelta(days=3)
        return make_story(state=State.INBOX, published_at=now, created_at=now, title="Ours", web_url="")

    def test_publication_time(self, written, editor):
        workflow.apply(Action.PUBLISH, written, by(editor))
        story = Article.objects.get()
        assert story.published_at == story.visible_from == story.dated_at
        assert story.url_date == timezone.localdate(story.visible_from)
        assert Revision.objects.get().fields == ["published_at"]

    def test_day_in_the_site_time_zone(self, written, editor, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        with timezone.override("Europe/Berlin"):
            tomorrow = timezone.localtime() + timedelta(days=1)
            when = tomorrow.replace(hour=0, minute=30)
            workflow.apply(Action.SCHEDULE, written, by(editor), visible_from=when.astimezone(UTC))
            assert Article.objects.get().url_date == when.date()
            later = when + timedelta(days=1)
            workflow.apply(Action.SCHEDULE, written, by(editor), visible_from=later)
            assert Article.objects.get().url_date == later.date()
            assert Article.objects.get().published_at == later

    def test_slug_is_unique_on_the_new_day(self, written, editor):
        other = make_story(title="Ours", published_at=timezone.now())
        assert other.slug == written.slug
        workflow.apply(Action.PUBLISH, written, by(editor))
        story = Article.objects.get(pk=written.pk)
        assert story.url_date == other.url_date
        assert story.slug not in ("", other.slug)
        assert set(Revision.objects.get().fields) == {"published_at", "slug"}

    def test_slug_stays_on_the_same_day(self, editor):
        now = timezone.now()
        written = make_story(state=State.INBOX, published_at=now, created_at=now, web_url="", slug="ours")
        address = (written.slug, written.url_date)
        workflow.apply(Action.PUBLISH, written, by(editor), visible_from=now)
        assert Article.objects.values_list("slug", "url_date").get() == address
        assert written.published_at == now

    @pytest.mark.parametrize(("since", "is_redated"), [(TICK, True), (0 * TICK, False)])
    def test_date_follows_until_the_exact_time_of_publication(self, editor, monkeypatch, since, is_redated):
        now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: now)
        story = make_story(state=State.WITHDRAWN, visible_from=now + since, published_at=now + since, created_at=now)
        workflow.apply(Action.PUBLISH, story, by(editor), visible_from=now + 5 * TICK)
        assert (Article.objects.get().published_at == now + 5 * TICK) is is_redated

    def test_story_that_was_visible_keeps_its_address(self, written, editor):
        workflow.apply(Action.PUBLISH, written, by(editor))
        address, date = Article.objects.values_list("slug", "published_at").get()
        workflow.apply(Action.WITHDRAW, written, by(editor))
        workflow.apply(Action.PUBLISH, written, by(editor))
        assert Article.objects.values_list("slug", "published_at").get() == (address, date)

    def test_date_from_an_editor_or_upstream_is_unchanged(self, editor, tmp_path):
        dated = make_story(state=State.INBOX, web_url="")
        date = dated.published_at
        workflow.apply(Action.PUBLISH, dated, by(editor))
        assert Article.objects.get().published_at == date
        assert not Revision.objects.exists()
        (tmp_path / "a.md").write_bytes(as_document(make_values(published=False)))
        import_sources([str(tmp_path)])
        imported = Article.objects.get(state=State.INBOX)
        date = imported.published_at
        Article.objects.filter(pk=imported.pk).update(created_at=date)
        workflow.apply(Action.PUBLISH, imported, by(editor))
        assert Article.objects.get(pk=imported.pk).published_at == date


def test_proposed_time_has_no_effect_and_is_cleared_by_publication(editor):
    proposed = timezone.now() + timedelta(days=1)
    story = make_story(state=State.INBOX, proposed_publish_at=proposed)
    workflow.apply(Action.SUBMIT, story, by(editor))
    assert Article.objects.get().proposed_publish_at == proposed
    assert not Article.objects.visible().exists()
    workflow.apply(Action.PUBLISH, story, by(editor))
    assert Article.objects.get().proposed_publish_at is None
    assert Revision.objects.values_list("fields", "note").get() == (["proposed_publish_at"], make_note(Action.PUBLISH))


def test_schedule_is_moved_and_ended(editor):
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


def test_expired_story_returns_410_and_can_be_published_again(editor, client):
    story = make_story()
    workflow.apply(Action.EXPIRE, story, by(editor))
    assert story.is_expired
    assert client.get(story.get_absolute_url()).status_code == 410
    assert Revision.objects.get().fields == ["visible_until"]
    with pytest.raises(workflow.InvalidTransition):
        workflow.apply(Action.EXPIRE, story, by(editor))
    with pytest.raises(workflow.BadRequest, match="has passed"):
        workflow.apply(Action.PUBLISH, story, by(editor))
    workflow.apply(Action.PUBLISH, story, by(editor), visible_until=None)
    assert client.get(story.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("when", [None, timedelta(hours=-1), timedelta()])
def test_schedule_needs_a_future_time(editor, when, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    story = make_story(state=State.INBOX)
    with pytest.raises(workflow.BadRequest):
        workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=None if when is None else now + when)
    assert Article.objects.get().state == State.INBOX
    workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=now + TICK)
    assert Article.objects.get().visible_from == now + TICK


def test_rejection_needs_a_reason(editor):
    with pytest.raises(workflow.BadRequest):
        workflow.apply(Action.REJECT, make_story(state=State.INBOX), by(editor), reason="  ")
    assert Article.objects.get().state == State.INBOX


def test_action_on_a_stale_copy_is_refused(editor):
    story = make_story(state=State.INBOX)
    stale = Article.objects.get()
    workflow.apply(Action.PUBLISH, story, by(editor))
    with pytest.raises(workflow.InvalidTransition):
        workflow.apply(Action.PUBLISH, stale, by(editor))


def test_too_long_reason_is_refused(editor):
    story = make_story(state=State.INBOX)
    for length in (2001, 10_000_000):
        with pytest.raises(ValueError, match="at most 2,000"):
            workflow.apply(Action.PUBLISH, story, by(editor), reason="x" * length)
    workflow.apply(Action.PUBLISH, story, by(editor), reason="x" * 2000)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite locks the whole file for a writer")
def test_rows_are_locked_before_they_are_checked(editor, tmp_path):
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
    tables = {
        table
        for table in ("articles_article", "articles_upstreamdocument")
        for sql in locked
        if f'FROM "{table}"' in sql
    }
    assert tables == {"articles_article", "articles_upstreamdocument"}
