"""What the buttons of a story's page do: embargoes, reasons, unread text, confirmations, slots, stories of our own."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Owner, State
from articles.editing.fields import edit
from articles.importing.runner import import_sources
from articles.models import Article, BulkChange, Revision, Transition
from newsroom.dates import format_time
from tests.desk.pages import STORIES, by, fields_of, fresh, page_of
from tests.desk.stories.test_story_form import ADD, LATER, SOON, STATES, posted_by, whole_second, with_values
from tests.factories import as_document, make_story, make_values
from tests.page_parts import buttons, elements

pytestmark = pytest.mark.django_db


def workflow_buttons(page):
    """Return the names of the workflow's buttons on a story's page, in order."""
    names = [name.partition("articles_article_") for _address, name in buttons(page)]
    return [name for _before, prefix, name in names if prefix]


class TestPublicationTime:
    def test_publishing_with_a_time_in_the_future_asks(self, desk):
        story = make_story(state=State.INBOX, title="Embargoed")
        posted = with_values(fields_of(desk.get(page_of(story))), {"publish_at": SOON, "title": "Typed"})
        page = desk.post(page_of(story), posted | posted_by("publish"))
        assert page.status_code == 200
        form = page.context["adminform"].form
        assert [(button.name, button.value, str(button.label)) for button in form.answers] == [
            ("articles_article_schedule", "yes", f"Schedule for {format_time(SOON)}"),
            ("articles_article_publish", "yes", "Publish now"),
        ]
        assert f"Schedule for {format_time(SOON)}" in page.content.decode()
        assert not form.errors
        assert Article.objects.get().state == State.INBOX
        again = fields_of(page)
        assert again["title"] == "Typed"
        desk.post(page_of(story), again | posted_by("schedule=yes"))
        story = Article.objects.get()
        assert (story.title, story.is_scheduled, story.visible_from) == ("Typed", True, SOON)

    def test_publish_now_publishes_now(self, desk):
        story = make_story(state=State.INBOX, proposed_publish_at=SOON)
        posted = fields_of(desk.get(page_of(story)))
        assert desk.post(page_of(story), posted | posted_by("publish")).status_code == 200
        assert desk.post(page_of(story), posted | posted_by("publish=yes")).status_code == 302
        story = Article.objects.get()
        assert story.is_visible
        assert story.proposed_publish_at is None

    def test_saving_a_scheduled_story_with_another_time_reschedules_it(self, desk, editor):
        story = make_story(**STATES["scheduled"])
        posted = with_values(fields_of(desk.get(page_of(story))), {"publish_at": LATER, "reason": "Moved."})
        page = desk.post(page_of(story), posted | posted_by("_save"), follow=True)
        assert Article.objects.get().visible_from == LATER
        moved = Transition.objects.get()
        assert (moved.action, moved.visible_from, moved.reason, moved.actor) == ("schedule", LATER, "Moved.", editor)
        assert f"Scheduled for {format_time(LATER)}" in page.content.decode()

    def test_both_times_of_a_scheduled_story_move_together(self, desk):
        story = make_story(**STATES["scheduled"] | {"visible_until": whole_second(days=6)})
        begin, end = whole_second(days=1), whole_second(days=2)
        typed = {"publish_at": begin, "visible_until": end}
        assert desk.post(page_of(story), with_values(fields_of(desk.get(page_of(story))), typed)).status_code == 302
        story = Article.objects.get()
        assert (story.visible_from, story.visible_until) == (begin, end)

    def test_a_scheduled_story_keeps_a_time(self, desk):
        story = make_story(**STATES["scheduled"])
        posted = with_values(fields_of(desk.get(page_of(story))), {"publish_at": None})
        page = desk.post(page_of(story), posted)
        assert page.context["adminform"].form.errors["publish_at"] == [
            "A scheduled story needs a time. Use “Publish now” to publish it, or “Withdraw” to take it back."
        ]

    def test_a_reporter_proposes_a_time_and_sees_it(self, client, reporter):
        story = make_story(state=State.INBOX)
        client.force_login(reporter)
        posted = with_values(fields_of(client.get(page_of(story))), {"publish_at": SOON})
        assert client.post(page_of(story), posted).status_code == 302
        story = Article.objects.get()
        assert (story.proposed_publish_at, story.state, story.visible_from) == (SOON, State.INBOX, None)
        assert Revision.objects.get().fields == ["proposed_publish_at"]
        html = client.get(page_of(story)).content.decode()
        assert "Proposed publication time:" in html
        assert format_time(SOON) in html
        assert f"Proposed for {format_time(SOON)}" in client.get(STORIES).content.decode()

    def test_a_reporter_gets_a_message_about_fields_they_may_not_set(self, client, reporter):
        story = make_story(state=State.INBOX)
        client.force_login(reporter)
        posted = with_values(fields_of(client.get(page_of(story))), {"pin": 3, "visible_until": LATER})
        errors = client.post(page_of(story), posted).context["adminform"].form.errors
        assert errors == {
            name: ["You don't have permission to change this field."] for name in ("pin", "visible_until")
        }

    def test_another_editors_time_is_not_undone(self, desk, editor):
        story = make_story(**STATES["scheduled"])
        posted = fields_of(desk.get(page_of(story)))
        workflow.apply(Action.SCHEDULE, story, by(editor), visible_from=LATER)
        assert desk.post(page_of(story), posted | {"heat": 3}).status_code == 302
        assert Article.objects.values_list("heat", "visible_from").get() == (3, LATER)
        page = desk.post(page_of(story), with_values(posted, {"publish_at": SOON}))
        assert "publish_at" in page.context["adminform"].form.errors
        assert Article.objects.get().visible_from == LATER

    def test_a_proposal_is_not_published_in_bulk(self, desk):
        story = make_story(state=State.INBOX, proposed_publish_at=SOON)
        location = desk.post(STORIES, {"action": "publish_selected", "_selected_action": [story.pk]})["Location"]
        (row,) = desk.get(location).context["preview_rows"]
        assert row.message == f"Proposed for {format_time(SOON)}. Schedule it, or publish it from its own page."


class TestReason:
    @pytest.mark.parametrize("button", ["_save", "_continue", "submit_for_review"])
    def test_it_is_kept_with_every_button(self, desk, editor, button):
        story = make_story(state=State.INBOX)
        posted = fields_of(desk.get(page_of(story))) | {"reason": "As agreed."} | posted_by(button)
        desk.post(page_of(story), posted)
        assert Transition.objects.get().reason == "As agreed."
        history = desk.get(reverse("admin:articles_article_history", args=[story.pk])).content.decode()
        assert "As agreed." in history


class TestUnreadText:
    @pytest.mark.parametrize(
        ("state", "button"),
        [("in review", "publish"), ("in review", "schedule"), ("scheduled", "end_embargo"), ("rejected", "restore")],
    )
    def test_it_is_shown_before_it_goes_live(self, desk, reporter, state, button):
        story = make_story(**STATES[state] | {"title": "Read"})
        typed = {"publish_at": SOON} if button == "schedule" else {}
        posted = with_values(fields_of(desk.get(page_of(story))), typed) | posted_by(button)
        edit(story, {"title": "Unread"}, workflow.UPSTREAM)
        page = desk.post(page_of(story), posted)
        assert page.status_code == 200
        assert Article.objects.get().state == story.state
        html = page.content.decode()
        assert "This story changed after you opened it." in html
        assert "<ins>Unread</ins>" in html
        assert not Transition.objects.exists()
        assert desk.post(page_of(story), fields_of(page) | posted_by(button)).status_code == 302
        assert (Article.objects.get().title, Transition.objects.get().action) == ("Unread", button)

    def test_saving_merges(self, desk, reporter):
        story = make_story(state=State.IN_REVIEW, title="Read")
        posted = fields_of(desk.get(page_of(story)))
        edit(story, {"title": "Unread"}, by(reporter))
        assert desk.post(page_of(story), posted | {"heat": 7}).status_code == 302
        assert Article.objects.values_list("title", "heat").get() == ("Unread", 7)

    def test_in_bulk_it_is_refused_story_by_story(self, desk, reporter):
        read, unread = (make_story(state=State.IN_REVIEW) for _number in range(2))
        edit(read, {"title": "Earlier"}, by(reporter))
        posted = {"action": "publish_selected", "_selected_action": [read.pk, unread.pk]}
        location = desk.post(STORIES, posted)["Location"]
        revision = desk.get(location).context["seen"]
        edit(unread, {"title": "Unread"}, by(reporter))
        desk.post(location, {"_do": "1", "seen": revision})
        results = dict(BulkChange.objects.get().rows.values_list("article", "message"))
        assert results == {
            read.pk: "In review → Published",
            unread.pk: "Changed since the preview. Open the story or start again.",
        }
        assert Article.objects.get(pk=unread.pk).state == State.IN_REVIEW


class TestLiveStories:
    @pytest.mark.parametrize(("button", "label"), [("withdraw", "Withdraw"), ("expire", "Take down now")])
    def test_taking_one_down_is_confirmed(self, desk, button, label):
        story = make_story(title="Old")
        posted = fields_of(desk.get(page_of(story))) | {"title": "Typed", "reason": "Wrong."}
        page = desk.post(page_of(story), posted | posted_by(button))
        assert story.get_absolute_url() in page.context["adminform"].form.questions[0].text
        assert [str(answer.label) for answer in page.context["adminform"].form.answers] == [label]
        assert (Article.objects.get().title, Article.objects.get().is_visible) == ("Old", True)
        assert desk.post(page_of(story), fields_of(page) | posted_by(f"{button}=yes")).status_code == 302
        assert not Article.objects.get().is_visible
        assert Transition.objects.get().reason == "Wrong."

    def test_withdrawing_a_scheduled_story_asks_nothing(self, desk):
        story = make_story(**STATES["scheduled"])
        desk.post(page_of(story), fields_of(desk.get(page_of(story))) | posted_by("withdraw"))
        assert Article.objects.get().state == State.WITHDRAWN


class TestSlots:
    @pytest.mark.parametrize(("way", "slot"), [("move", 3), ("unpin", None), ("swap", 7)])
    def test_an_occupied_slot_raises_a_question(self, desk, editor, way, slot):
        leading, second = make_story(title="Leading", pin=1), make_story(pin=2)
        story = make_story(pin=7)
        posted = fields_of(desk.get(page_of(story))) | {"pin": 1}
        page = desk.post(page_of(story), posted | posted_by("_continue"))
        (question,) = page.context["adminform"].form.questions
        assert question.text == "Slot 1 holds “Leading”. What happens to that story?"
        assert [value for value, _label in question.choices] == ["swap", "move", "unpin"]
        assert [answer.name for answer in page.context["adminform"].form.answers] == ["_continue"]
        assert Article.objects.get(pk=story.pk).pin == 7
        answer = {"pin_holder": question.subject, "pin_way": way}
        assert desk.post(page_of(story), fields_of(page) | answer).status_code == 302
        pins = dict(Article.objects.values_list("pk", "pin"))
        assert pins == {story.pk: 1, leading.pk: slot, second.pk: 2}
        assert Revision.objects.filter(article=leading, fields=["pin"], actor=editor).count() == 1

    def test_an_answer_about_another_story_does_not_count(self, desk):
        leading, story = make_story(pin=1), make_story()
        posted = fields_of(desk.get(page_of(story))) | {"pin": 1, "pin_holder": story.pk, "pin_way": "unpin"}
        assert desk.post(page_of(story), posted).status_code == 200
        assert Article.objects.get(pk=leading.pk).pin == 1

    def test_publishing_a_pinned_story_asks_about_its_slot(self, desk):
        story = make_story(state=State.INBOX, pin=1)
        make_story(pin=1)
        # What readers do not see holds no slot.
        make_story(state=State.INBOX, pin=1)
        posted = fields_of(desk.get(page_of(story)))
        assert desk.post(page_of(story), posted | {"heat": 3}).status_code == 302
        page = desk.post(page_of(story), posted | posted_by("publish"))
        assert [question.name for question in page.context["adminform"].form.questions] == ["", "pin_way"]

    def test_in_bulk_the_other_story_is_named(self, desk):
        story = make_story(state=State.INBOX, pin=1)
        make_story(title="Leading", pin=1)
        location = desk.post(STORIES, {"action": "publish_selected", "_selected_action": [story.pk]})["Location"]
        (row,) = desk.get(location).context["preview_rows"]
        assert row.message == "Inbox → Published; slot 1 also holds “Leading”"


class TestWrittenAtTheDesk:
    def test_the_page_publishes_and_schedules(self, desk, client):
        page = desk.get(ADD)
        names = [button.name.removeprefix("articles_article_") for button in page.context["buttons"]]
        assert names == ["publish", "schedule", "submit_for_review"]
        posted = fields_of(page) | {"title": "Our own"} | posted_by("publish")
        assert desk.post(ADD, posted).status_code == 302
        story = Article.objects.get()
        assert story.is_visible
        assert (story.published_at, story.state_owner) == (story.visible_from, Owner.DESK)
        client.logout()
        reader = client.get(f"/{timezone.localdate():%Y/%m/%d}/our-own/")
        assert reader.status_code == 200
        assert elements(reader, "//*[contains(@class, 'read-original')]") == []
        assert len(elements(reader, "//article//time")) == 1

    def test_a_provider_without_an_address_is_still_named(self, client, tmp_path):
        (tmp_path / "a.md").write_bytes(as_document(make_values(webUrl=None)))
        import_sources([str(tmp_path)])
        assert "The outlet provided no link" in client.get(Article.objects.get().get_absolute_url()).content.decode()

    def test_it_is_scheduled_with_everything_typed(self, desk):
        typed = {"publish_at": SOON, "visible_until": LATER, "reason": "Agreed.", "pin": 2}
        posted = with_values(fields_of(desk.get(ADD)) | {"title": "Our own"}, typed)
        assert desk.post(ADD, posted | posted_by("schedule")).status_code == 302
        story = Article.objects.get()
        assert (story.visible_from, story.visible_until, story.pin) == (SOON, LATER, 2)
        assert story.published_at == SOON
        assert Transition.objects.get().reason == "Agreed."

    def test_its_day_is_the_sites(self, desk, settings, monkeypatch):
        settings.TIME_ZONE = "Europe/Berlin"
        midnight = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: midnight)
        with timezone.override("Europe/Berlin"):
            desk.post(ADD, fields_of(desk.get(ADD)) | {"title": "Half past midnight"} | posted_by("publish"))
        story = Article.objects.get()
        assert story.get_absolute_url() == "/2026/11/28/half-past-midnight/"
        assert story.dated_at == midnight

    def test_who_may_not_publish_submits(self, client, reporter):
        reporter.user_permissions.add(Permission.objects.get(codename="add_article"))
        client.force_login(reporter)
        page = client.get(ADD)
        assert [str(button.label) for button in page.context["buttons"]] == ["Save and submit for review"]
        posted = fields_of(page) | {"title": "Our own"}
        assert client.post(ADD, posted | posted_by("publish")).status_code == 403
        assert not Article.objects.exists()
        client.post(ADD, posted | posted_by("submit_for_review"))
        assert Article.objects.get().state == State.IN_REVIEW


def test_publish_button_saves_and_publishes(client, editor):
    story = make_story(state=State.INBOX)
    client.force_login(editor)
    page = client.get(page_of(story))
    assert workflow_buttons(page) == ["publish", "schedule", "submit_for_review", "reject"]
    client.post(page_of(story), fields_of(page) | {"title": "Ready", "articles_article_publish": "1"})
    story = Article.objects.get()
    assert (story.state, story.title, story.state_owner) == (State.PUBLISHED, "Ready", Owner.DESK)
    assert workflow_buttons(client.get(page_of(story))) == ["withdraw", "expire"]


def test_forged_button_is_refused(client, reporter):
    story = make_story(state=State.INBOX)
    client.force_login(reporter)
    page = client.get(page_of(story))
    assert workflow_buttons(page) == ["submit_for_review"]
    response = client.post(page_of(story), fields_of(page) | {"articles_article_publish": "1"})
    assert response.status_code == 403
    assert Article.objects.get().state == State.INBOX


def test_button_for_a_state_that_changed_meanwhile_is_refused(client, editor):
    story = make_story(state=State.INBOX)
    client.force_login(editor)
    typed = {"title": "Typed", "reason": "For the history", "articles_article_publish": "1"}
    posted = fields_of(client.get(page_of(story))) | typed
    Article.objects.update(state=State.REJECTED)
    response = client.post(page_of(story), posted)
    assert response.status_code == 200
    # What was typed into a story that waits is not saved into one that does not, and stays in the form.
    assert (Article.objects.get().state, Article.objects.get().title) == (State.REJECTED, story.title)
    assert "is not possible for a story in the state" in response.content.decode()
    fields = fields_of(response)
    assert (fields["title"], fields["reason"]) == ("Typed", "For the history")
    assert client.post(page_of(story), fields).status_code == 302
    assert Article.objects.get().title == "Typed"


def test_forged_button_is_recorded(client, reporter):
    story = make_story(state=State.INBOX, title="Old")
    client.force_login(reporter)
    posted = fields_of(client.get(page_of(story))) | {"title": "New", "articles_article_publish": "1"}
    assert client.post(page_of(story), posted).status_code == 403
    refusal = Transition.objects.get()
    assert (refusal.refused, refusal.actor, refusal.action) == (True, reporter, "publish")
    assert (fresh(story).state, fresh(story).title) == (State.INBOX, "Old")
