"""Every state in the table (articles/story_states.py) works on each page of the desk and for readers.

The cases derive from the table and the enumerations, so that a new state, action or button is tested by being there.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from articles import workflow
from articles.bulk_actions.actions import TRANSITIONS
from articles.choices import Action, BulkAction, Origin, State
from articles.models import Article, Transition
from articles.story_states import GONE, KNOWN_TO_READERS, NOT_FOUND, STATES, VISIBLE, story_state
from desk.stories.button_plan import BUTTONS, PREFIX
from tests.desk.pages import STORIES, page_of
from tests.factories import make_story

# Actions without a button on the story page, and why.
EXEMPT_ACTIONS = {
    Action.NOTE: "recorded by “Save” when a reason is given",
    Action.UNDO: "recorded when an import is undone",
    Action.RESTORE_EXPORT: "recorded when an import restores the desk's edits from an export",
}
HOUR, DAYS = timedelta(hours=1), timedelta(days=2)
BADGES = {"info", "warning", "success", "danger"}
each_state = pytest.mark.parametrize("row", STATES, ids=lambda row: row.name)


def make_story_in(row):
    """Return a story that the table shows as `row`, saved."""
    now = timezone.now()
    fields = {"state": row.state, "visible_from": now - 3 * HOUR}
    if row.phase:
        fields[row.phase.column] = now + DAYS if row.phase.is_ahead else now - HOUR
    try:
        with transaction.atomic():
            return make_story(**fields)
    except IntegrityError as error:
        pytest.fail(f"The database refuses the state “{row.name}” (a migration of its constraint is missing): {error}")


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


class TestTable:
    def test_each_state_has_exactly_one_row_beside_its_phases(self):
        stored = [row.state for row in STATES if row.phase is None]
        assert sorted(stored) == sorted(State), "Add a row for each state to articles/story_states.py."
        names = [row.name for row in STATES]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize("state", State)
    def test_workflow_leads_to_and_from_each_state(self, state):
        assert state == State.INBOX or state in {rule.to_state for rule in workflow.RULES.values()}, "no way in"
        assert any(state in rule.from_states for rule in workflow.RULES.values()), "no way out"

    @each_state
    def test_a_notice_has_status_410(self, row):
        assert bool(row.gone_notice) == (row.reader_status == GONE)
        assert row.reader_status in (VISIBLE, NOT_FOUND, GONE)

    @each_state
    def test_badge_is_a_colour_of_the_style_sheets(self, row):
        css = "".join(Path(finders.find(f"css/desk-{name}.css")).read_text() for name in ("story", "imports"))
        assert f".desk-{row.badge} {{" in css
        assert row.badge in BADGES

    @pytest.mark.parametrize("row", [row for row in STATES if row.phase], ids=lambda row: row.name)
    @pytest.mark.parametrize("seconds", [-1, 0, 1])
    @pytest.mark.django_db
    def test_phase_of_a_story_in_hand_is_that_of_the_database(self, row, seconds):
        now = timezone.now()
        story = make_story(visible_from=now - 3 * HOUR)
        story.visible_until = now + 9 * HOUR
        setattr(story, row.phase.column, now + timedelta(seconds=seconds))
        story.save(update_fields=["visible_from", "visible_until"])
        is_shown = story_state(story, now) == row
        for condition in (row.condition(now), row.unindexed_condition(now)):
            assert Article.objects.filter(condition).exists() == is_shown
        is_visible = Article.objects.visible(now).exists()
        assert is_visible == (story_state(story, now).reader_status == VISIBLE)

    @pytest.mark.django_db
    def test_phases_agree_with_the_properties_of_a_story(self):
        for row in STATES:
            story = make_story_in(row)
            assert story.is_scheduled == (row.name == "scheduled")
            assert story.is_expired == (row.name == "expired")
            assert story.is_visible == (row.reader_status == VISIBLE)
            assert story.was_visible == (row.state in KNOWN_TO_READERS and row.name != "scheduled")


@pytest.mark.django_db
@each_state
class TestEachState:
    def test_is_shown_as_its_row(self, row):
        assert story_state(make_story_in(row)) == row

    def test_list_shows_label_and_badge(self, row, desk):
        make_story_in(row)
        page = desk.get(STORIES)
        assert page.status_code == 200
        assert f'<span class="desk-state desk-{row.badge}">{row.label}</span>' in page.content.decode()

    def test_filter_of_the_list_finds_it(self, row, desk):
        stories = {other.name: make_story_in(other).pk for other in STATES}
        page = desk.get(STORIES, {"state": row.name})
        # "Published" includes scheduled and expired stories.
        expected = {
            stories[other.name] for other in STATES if other == row or (not row.phase and other.state == row.state)
        }
        assert {story.pk for story in page.context["cl"].result_list} == expected
        assert f'<option value="{row.name}" selected>{row.label}</option>' in page.content.decode()

    def test_story_page_shows_label_and_first_button(self, row, desk):
        story = make_story_in(row)
        page = desk.get(page_of(story))
        assert page.status_code == 200
        assert f'<span class="desk-{row.badge}">{row.label}</span>' in page.content.decode()
        first = [button.action for button in page.context["buttons"] if button.is_first]
        assert first == list(row.first_actions[:1]), "The first action leads nowhere from this state."

    def test_history_shows_the_way_in_and_answers(self, row, desk):
        story = make_story_in(row)
        Transition.objects.create(
            article=story, action=Action.UNDO, from_state=State.INBOX, to_state=row.state, origin=Origin.COMMAND
        )
        page = desk.get(reverse("admin:articles_article_history", args=[story.pk]))
        assert page.status_code == 200
        assert f"→ {row.state.label}" in page.content.decode()

    def test_page_that_asks_before_deleting_answers(self, row, desk):
        story = make_story_in(row)
        page = desk.get(reverse("admin:articles_article_delete", args=[story.pk]))
        assert page.status_code == 200
        assert ("Readers will find no page at" in page.content.decode()) == (row.state in KNOWN_TO_READERS)

    def test_readers_get_its_status(self, row, client):
        story = make_story_in(row)
        page = client.get(story.get_absolute_url())
        assert page.status_code == row.reader_status
        if row.gone_notice:
            assert str(row.gone_notice.headline).replace("'", "&#39;") in page.content.decode()

    def test_undated_story_gets_the_same_status(self, row, client):
        story = make_story_in(row)
        Article.objects.filter(pk=story.pk).update(url_date=None)
        story.refresh_from_db()
        assert client.get(story.get_absolute_url()).status_code == row.reader_status

    def test_tab_is_above_the_list_and_on_the_dashboard(self, row, desk):
        make_story_in(row)
        tabs = {view["query"].partition("&")[0]: view["name"] for view in desk.get(STORIES).context["views"]["views"]}
        assert tabs.get(f"state={row.name}") == (row.tab.label if row.tab else None)
        if row.tab:
            assert f"?state={row.name}" in desk.get(reverse("admin:index")).content.decode()


@pytest.mark.django_db
class TestEachAction:
    @pytest.mark.parametrize("action", Action)
    def test_has_a_button_where_the_workflow_allows_it_or_is_exempt(self, action, desk):
        if action in EXEMPT_ACTIONS:
            assert action not in workflow.RULES
            assert action not in BUTTONS.values()
            return
        assert action in BUTTONS.values(), f"Add a button for “{action}” to desk/stories/button_plan.py, or exempt it."
        name = next(name for name, button_action in BUTTONS.items() if button_action == action)
        shown = 0
        for row in STATES:
            story = make_story_in(row)
            is_possible = workflow.RULES[action].allows(story)
            html = desk.get(page_of(story)).content.decode()
            assert (f'name="{PREFIX}{name}"' in html) == is_possible, row.name
            shown += is_possible
        assert shown, "No state offers it."

    @pytest.mark.parametrize("action", BulkAction)
    def test_bulk_action_is_offered_and_opens_its_page(self, action, desk):
        story = make_story()
        assert f'<option value="{action}_selected">{action.label}…</option>' in desk.get(STORIES).content.decode()
        response = desk.post(STORIES, {"action": f"{action}_selected", "_selected_action": [story.pk]})
        assert desk.get(response["Location"]).status_code == 200

    def test_bulk_transitions_are_actions_with_a_rule(self):
        assert set(TRANSITIONS.values()) <= set(workflow.RULES)
        assert set(TRANSITIONS) == {action for action in BulkAction if action.value in Action}
