"""A scheduled story follows upstream's date while upstream owns its state."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.importing.runner import import_sources
from articles.importing.undo import undo_batch
from articles.models import Article, Revision
from providers.models import Provider
from tests.articles.importing.expected import only
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
A_SECOND = timedelta(seconds=1)


def text(when):
    return when.isoformat().replace("+00:00", "Z")


@pytest.fixture
def clock(monkeypatch):
    """Set the time: clock(when)."""

    def set_to(when):
        monkeypatch.setattr(timezone, "now", lambda: when)

    set_to(NOW)
    return set_to


@pytest.fixture
def scheduled(folder, clock):
    """The values of a story that upstream scheduled for tomorrow."""
    values = make_values(publishedDateTime=text(TOMORROW))
    folder(a=values)
    assert Article.objects.get().is_scheduled
    return values


def moved_to(when, **fields):
    return {"publishedDateTime": when and text(when), **fields}


@pytest.mark.parametrize(
    ("when", "action", "is_visible"),
    [
        (TOMORROW + timedelta(days=7), Action.SCHEDULE, False),
        (NOW + A_SECOND, Action.SCHEDULE, False),
        (NOW, Action.END_EMBARGO, True),
        (NOW - A_SECOND, Action.END_EMBARGO, True),
        (NOW - timedelta(days=3650), Action.END_EMBARGO, True),
    ],
)
def test_scheduled_story_follows_upstreams_new_date(folder, scheduled, when, action, is_visible):
    outcome = only(folder(a=scheduled | moved_to(when)))
    story = Article.objects.get()
    assert (outcome.action, outcome.changed) == ("updated", ["publishedDateTime"])
    assert (story.visible_from, story.published_at, story.is_visible) == (when, when, is_visible)
    assert story.state_owner == Owner.UPSTREAM
    transition = story.transitions.get()
    assert (transition.action, transition.origin, transition.actor) == (action, Origin.IMPORT, None)
    assert "published_at" in Revision.objects.get(article=story).fields


def test_moved_story_equals_a_new_story_with_that_date(folder, scheduled):
    corrected = scheduled | moved_to(NOW - timedelta(days=2))
    folder(a=corrected)
    folder(b=corrected | {"webUrl": "https://outlet.example/other"})
    moved, created = Article.objects.order_by("pk")
    assert (moved.state, moved.visible_from) == (created.state, created.visible_from)


def test_missing_date_leaves_the_story_scheduled(folder, scheduled):
    report = folder(a={key: value for key, value in scheduled.items() if key != "publishedDateTime"})
    story = Article.objects.get()
    assert (story.visible_from, story.is_visible) == (TOMORROW, False)
    assert [problem.message for problem in only(report).problems] == [
        "upstream no longer gives a date; the story stays scheduled as before"
    ]


@pytest.mark.parametrize(("after", "follows"), [(A_SECOND, True), (timedelta(0), False)])
def test_time_of_a_visible_story_stays(folder, clock, scheduled, after, follows):
    """At its exact time it is visible; it can be moved only before that."""
    clock(TOMORROW - after)
    later = TOMORROW + timedelta(days=1)
    folder(a=scheduled | moved_to(later))
    story = Article.objects.get()
    assert (story.visible_from, story.published_at) == (later if follows else TOMORROW, later)


def test_time_chosen_at_the_desk_stays(folder, scheduled, editor):
    story, chosen = Article.objects.get(), NOW + timedelta(days=3)
    workflow.apply(Action.SCHEDULE, story, workflow.Actor(Origin.ADMIN, editor), visible_from=chosen)
    for when in (NOW - A_SECOND, TOMORROW + timedelta(days=7)):
        folder(a=scheduled | moved_to(when))
        assert Article.objects.get().visible_from == chosen


def test_date_that_the_desk_always_keeps_is_not_followed(folder, scheduled):
    Article.objects.update(kept_fields=["publishedDateTime"])
    folder(a=scheduled | moved_to(NOW))
    assert Article.objects.get().visible_from == TOMORROW


def test_time_follows_upstream_if_the_desk_changed_only_the_date_field(folder, scheduled):
    """The field is a conflict and stays the desk's, but the time follows upstream."""
    Article.objects.update(published_at=NOW)
    later = TOMORROW + timedelta(days=7)
    outcome = only(folder(a=scheduled | moved_to(later)))
    assert outcome.conflicts == ["publishedDateTime"]
    story = Article.objects.get()
    assert (story.published_at, story.visible_from) == (NOW, later)


def test_move_to_the_desks_date_is_reported_and_can_be_undone(folder, scheduled):
    later = TOMORROW + timedelta(days=7)
    Article.objects.update(published_at=later)
    report = folder(a=scheduled | moved_to(later))
    assert (only(report).action, only(report).changed) == ("updated", ["publishedDateTime"])
    undo_batch(report.batch, workflow.COMMAND_LINE)
    assert Article.objects.get().visible_from == TOMORROW


@pytest.mark.parametrize("when", [NOW - timedelta(days=1), TOMORROW + timedelta(days=7)])
def test_undo_restores_the_time(folder, scheduled, when):
    before = Article.objects.values().get()
    report = folder(a=scheduled | moved_to(when))
    undo_batch(report.batch, workflow.COMMAND_LINE)
    after = Article.objects.values().get()
    # Once readers could see it, the time they first could stays.
    was_visible = when <= NOW
    assert after["first_visible_at"] == (NOW if was_visible else TOMORROW)
    free = {"updated_at": None, "first_visible_at": None}
    assert after | free == before | free
    assert list(Article.objects.get().transitions.order_by("pk").values_list("action", flat=True))[1:] == ["undo"]


def test_story_proposed_again_has_the_new_date(folder, scheduled):
    later = TOMORROW + timedelta(days=7)
    folder(a=scheduled | {"published": False})
    folder(a=scheduled | moved_to(later, published=False))
    assert Article.objects.get().state == State.WITHDRAWN
    folder(a=scheduled | moved_to(later))
    assert Article.objects.get().visible_from == later
    folder(a=scheduled | moved_to(NOW - A_SECOND))
    assert Article.objects.get().is_visible


def test_document_that_withdraws_does_not_schedule(folder, scheduled):
    folder(a=scheduled | moved_to(TOMORROW + timedelta(days=7), published=False))
    assert Article.objects.get().state == State.WITHDRAWN


def test_end_before_the_new_time_is_cleared_with_a_warning(folder, scheduled):
    later = TOMORROW + timedelta(days=7)
    Article.objects.update(visible_until=later)
    outcome = only(folder(a=scheduled | moved_to(later)))
    story = Article.objects.get()
    assert (story.visible_from, story.visible_until) == (later, None)
    assert [problem.level for problem in outcome.problems] == ["warning"]
    assert "visible_until" in Revision.objects.get(article=story).fields
    Article.objects.update(visible_until=later + timedelta(days=8))
    folder(a=scheduled | moved_to(later + timedelta(days=7)))
    assert Article.objects.get().visible_until == later + timedelta(days=8)


@pytest.mark.parametrize(("when", "follows"), [(NOW - A_SECOND, False), (TOMORROW + timedelta(days=7), True)])
@pytest.mark.parametrize("reason", ["provider", "publish"])
def test_import_that_may_not_publish_only_postpones(folder, scheduled, reason, when, follows):
    (folder.place / "a.md").write_bytes(as_document(scheduled | moved_to(when)))
    Provider.objects.update(is_active=reason != "provider")
    report = import_sources([str(folder.place)], publish="never" if reason == "publish" else "upstream")
    assert Article.objects.get().visible_from == (when if follows else TOMORROW)
    assert [problem.field for problem in only(report).problems] == ([] if follows else ["publishedDateTime"])


def test_preview_reports_what_the_import_does(folder, scheduled):
    (folder.place / "a.md").write_bytes(as_document(scheduled | moved_to(NOW)))
    preview = import_sources([str(folder.place)], dry_run=True)
    assert Article.objects.get().visible_from == TOMORROW
    report = import_sources([str(folder.place)])
    assert preview.as_json()["documents"] == report.as_json()["documents"]


@pytest.mark.parametrize("unreadable", ["24.12.2026 20:00", "9999-12-31T00:00:00Z", "soon", "0001-01-01T00:00:00Z"])
def test_unreadable_date_does_not_end_an_embargo(folder, scheduled, unreadable):
    outcome = only(folder(a=scheduled | {"publishedDateTime": unreadable}))
    story = Article.objects.get()
    assert (story.visible_from, story.is_visible) == (TOMORROW, False)
    assert outcome.problems[-1].message.startswith("the new date cannot be read; the story stays scheduled")


@pytest.mark.parametrize("quotes", ["", '"'])
def test_date_out_of_range_publishes_nothing(folder, clock, quotes):
    lines = "title: x\nwebUrl: https://outlet.example/a\npublished: {}\npublishedDateTime: {q}{}{q}"
    folder(a=f"---\n{lines.format('true', '9999-12-31T00:00:00Z', q=quotes)}\n---\n".encode())
    assert Article.objects.get().state == State.INBOX
    folder(a=f"---\n{lines.format('true', text(TOMORROW), q=quotes)}\n---\n".encode())
    assert (Article.objects.get().state, Article.objects.get().visible_from) == (State.PUBLISHED, TOMORROW)
