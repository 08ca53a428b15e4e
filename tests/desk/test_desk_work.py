"""The desk: two editors at one story, bulk changes, views, the first page, the preview."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles import workflow
from articles.bulk_actions import execution
from articles.choices import BulkAction, Origin, RowResult, State
from articles.editing.fields import edit
from articles.importing.runner import import_sources
from articles.models import (
    Article,
    ArticleTopic,
    BulkChange,
    Conflict,
    ImportBatch,
    OpenStory,
    Revision,
    SavedView,
    Transition,
)
from articles.topic_suggestions import suggest_topics
from desk.charts import column_chart
from tests.conftest import make_user
from tests.desk.test_desk import STORIES, fields_of, page_of
from tests.factories import as_document, make_provider, make_related, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


@pytest.fixture
def other(db):
    return make_user("other", "editor")


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def page_text(response):
    return " ".join(response.content.decode().split())


def fresh(story):
    return Article.objects.get(pk=story.pk)


class TestTwoEditors:
    def test_disjoint_fields_are_merged(self, desk, other):
        story = make_story(title="Old", excerpt="Old", heat=1)
        posted = fields_of(desk.get(page_of(story)))
        edit(story, {"excerpt": "Theirs", "heat": 9}, by(other))
        response = desk.post(page_of(story), posted | {"title": "Mine"}, follow=True)
        assert (fresh(story).title, fresh(story).excerpt, fresh(story).heat) == ("Mine", "Theirs", 9)
        assert "Others changed this story while you had it open" in response.content.decode()
        assert Revision.objects.first().fields == ["title"]

    def test_the_same_field_is_refused_and_both_are_shown(self, desk, other):
        story = make_story(title="Old", excerpt="Old")
        posted = fields_of(desk.get(page_of(story)))
        edit(story, {"title": "Theirs"}, by(other))
        response = desk.post(page_of(story), posted | {"title": "Mine", "excerpt": "Mine, too"})
        assert response.status_code == 200
        html = response.content.decode()
        assert "other changed this at" in html
        assert "Theirs" in html
        assert (fresh(story).title, fresh(story).excerpt) == ("Theirs", "Old")
        again = fields_of(response)
        assert (again["title"], again["excerpt"]) == ("Mine", "Mine, too")
        # Having seen it, the editor's word counts.
        assert desk.post(page_of(story), again).status_code == 302
        assert (fresh(story).title, fresh(story).excerpt) == ("Mine", "Mine, too")

    def test_who_says_the_same_has_no_quarrel(self, desk, other):
        story = make_story(title="Old")
        posted = fields_of(desk.get(page_of(story)))
        edit(story, {"title": "Better"}, by(other))
        assert desk.post(page_of(story), posted | {"title": "Better"}).status_code == 302

    def test_a_page_that_does_not_say_what_it_has_seen_undoes_nothing(self, desk, other):
        story = make_story(title="Old")
        posted = fields_of(desk.get(page_of(story)))
        edit(story, {"title": "Theirs"}, by(other))
        for seen in ("", "x", "-1"):
            desk.post(page_of(story), posted | {"seen": seen})
            assert fresh(story).title == "Theirs"

    @pytest.mark.parametrize(
        ("theirs", "field", "value"),
        [
            ({"levels": ["Expert"]}, "levels", "Beginner"),
            ({"duration": timedelta(minutes=5)}, "duration", "00:07:00"),
            ({"kind": "video"}, "kind", "course"),
            ({"is_removed": True}, "quality", "3"),
            ({"pin": 3}, "pin", "4"),
        ],
    )
    def test_fields_of_every_kind(self, desk, other, theirs, field, value):
        story = make_story()
        posted = fields_of(desk.get(page_of(story)))
        edit(story, theirs, by(other))
        # Untouched here, theirs stays; touched, it is a clash.
        assert desk.post(page_of(story), posted | {"title": "Mine"}).status_code == 302
        for name, kept in theirs.items():
            assert getattr(fresh(story), name) == kept
        response = desk.post(page_of(story), posted | {field: value})
        assert (response.status_code == 200) == (field in theirs)

    def test_times_topics_and_provider_are_merged(self, desk, other):
        story, space = make_story(), make_topic("Space")
        provider = make_provider(name="Theirs")
        posted = fields_of(desk.get(page_of(story)))
        until = timezone.now() + timedelta(days=3)
        edit(story, {"provider": provider, "visible_until": until}, by(other))
        execution.apply_to_story(
            execution.BulkOperation(BulkAction.ADD_TOPIC, {"topic": space.pk}, by(other)), story.pk
        )
        assert desk.post(page_of(story), posted | {"title": "Mine"}).status_code == 302
        found = fresh(story)
        assert (found.title, found.provider, found.visible_until) == ("Mine", provider, until)
        assert list(found.topics.all()) == [space]

    def test_rows_are_merged_cell_by_cell(self, desk, other, client):
        story = make_story()
        first, second = make_related(story, title="First"), make_related(story, title="Second")
        gone = make_related(story, title="Gone")
        mine, theirs = (fields_of(desk.get(page_of(story))) for _number in range(2))
        places = {mine[f"related_links-{n}-id"]: f"related_links-{n}" for n in range(3)}
        theirs |= {f"{places[first.pk]}-title": "Theirs", f"{places[second.pk]}-is_hidden": "on"}
        theirs |= {f"{places[gone.pk]}-DELETE": "on"}
        desk.force_login(other)
        assert desk.post(page_of(story), theirs).status_code == 302
        response = desk.post(page_of(story), mine | {f"{places[second.pk]}-title": "Mine"}, follow=True)
        assert not story.related_links.filter(pk=gone.pk).exists()
        titles = dict(story.related_links.values_list("pk", "title"))
        assert titles == {first.pk: "Theirs", second.pk: "Mine"}
        assert story.related_links.get(pk=second.pk).is_hidden
        response = desk.post(page_of(story), mine | {f"{places[first.pk]}-title": "Mine", "title": "Kept"})
        assert response.status_code == 200
        assert fields_of(response)["title"] == "Kept"
        assert story.related_links.get(pk=first.pk).title == "Theirs"

    def test_a_row_that_was_removed_is_said_if_it_was_edited(self, desk, other):
        story = make_story()
        link = make_related(story, title="Gone")
        posted = fields_of(desk.get(page_of(story)))
        with_removal = posted | {"related_links-0-DELETE": "on"}
        desk.post(page_of(story), with_removal)
        response = desk.post(page_of(story), posted | {"related_links-0-title": "Edited"}, follow=True)
        assert "Gone" in response.content.decode()
        assert not story.related_links.filter(pk=link.pk).exists()

    def test_in_the_list_a_number_that_changed_meanwhile_is_refused(self, desk, other):
        first, second = make_story(heat=10, quality=1), make_story(heat=10, quality=1)
        posted = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
        for number, story in enumerate((second, first)):
            posted |= {f"form-{number}-id": story.pk}
            for name, value in (("quality", 1), ("heat", 10)):
                posted |= {f"form-{number}-{name}": value, f"initial-form-{number}-{name}": value}
        edit(first, {"heat": 70}, by(other))
        # Untouched here, it stays what another made of it.
        assert desk.post(STORIES, posted | {"form-0-heat": 5}).status_code == 302
        assert (fresh(first).heat, fresh(second).heat) == (70, 5)
        response = desk.post(STORIES, posted | {"form-1-heat": 33})
        assert response.status_code == 200
        assert "other set this to 70" in response.content.decode()
        assert fresh(first).heat == 70
        assert Revision.objects.filter(article=second).get().fields == ["heat"]
        # Who has been told saves again, unless it has changed once more.
        again = re.findall(
            r'name="((?:initial-)?form-\d-(?:heat|id))" (?:id="[^"]*" )?value="(-?\d*)"', page_text(response)
        )
        again = posted | dict(again)
        assert (again["form-1-heat"], again["initial-form-1-heat"]) == ("33", "70")
        edit(first, {"heat": 71}, by(other))
        response = desk.post(STORIES, again)
        assert "other set this to 71" in response.content.decode()
        assert desk.post(STORIES, again | {"initial-form-1-heat": 71}).status_code == 302
        assert fresh(first).heat == 33

    def test_who_has_it_open_is_shown(self, desk, editor, other, django_user_model):
        story = make_story()
        OpenStory.objects.create(article=story, user=other)
        assert "other is also editing this story." in desk.get(page_of(story)).content.decode()
        assert "other has it open" in desk.get(STORIES).content.decode()
        url = reverse("admin:story-open", args=[story.pk])
        assert "other" in desk.post(url, {"seen": "0"}).json()["open"]
        assert OpenStory.objects.filter(user=editor).exists()
        edit(story, {"title": "New"}, by(other))
        assert "other has just changed" in desk.post(url, {"seen": "0"}).json()["changed"]
        desk.post(url, {"closed": "1"})
        assert not OpenStory.objects.filter(user=editor).exists()
        OpenStory.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
        assert desk.get(page_of(story)).context["open_by"] == ""
        assert desk.post(reverse("admin:story-open", args=[story.pk + 9])).status_code == 404

    def test_conflicts_are_settled_on_the_page(self, desk, editor, tmp_path):
        values, path = make_values(title="One", excerpt="One", heat=1), tmp_path / "a.md"
        path.write_bytes(as_document(values))
        import_sources([str(path)])
        story = Article.objects.get()
        edit(story, {"title": "Ours", "excerpt": "Ours"}, by(editor))
        path.write_bytes(as_document(values | {"title": "Theirs", "excerpt": "Theirs"}))
        import_sources([str(path)], hold=False)
        page = desk.get(page_of(story))
        html = page.content.decode()
        assert "2 fields changed both here and upstream" in html
        assert re.findall(r"<legend>\s*(.*?)\s*</legend>", html) == ["Headline", "Excerpt"]
        listed = desk.get(reverse("admin:articles_conflict_changelist")).content.decode()
        assert "Headline" in listed
        title, excerpt = (Conflict.objects.get(field=field) for field in ("title", "excerpt"))
        posted = fields_of(page) | {f"settle-{title.pk}": "theirs", f"settle-{excerpt.pk}": "ours", "heat": 7}
        assert desk.post(page_of(story), posted).status_code == 302
        assert (fresh(story).title, fresh(story).excerpt, fresh(story).heat) == ("Theirs", "Ours", 7)
        assert not Conflict.objects.filter(settlement="").exists()


class TestStoryPage:
    def test_where_one_is_stands_there_once(self, desk):
        story = make_story(title="A headline")
        for page, parts in {
            STORIES: ["Stories"],
            page_of(story): ["Stories", "A headline"],
            reverse("admin:articles_article_history", args=[story.pk]): ["Stories", "A headline"],
            reverse("admin:providers_provider_change", args=[story.provider.pk]): ["Providers", story.provider.name],
        }.items():
            html = desk.get(page).content.decode()
            assert re.findall(r'class="desk-part"[^>]*>([^<]*)<', html) == parts, page

    def test_scheduling_rejecting_and_what_they_lack(self, desk):
        story = make_story(state=State.INBOX)
        posted = fields_of(desk.get(page_of(story))) | {"title": "Typed"}
        for button, field in (("schedule", "publish_at"), ("reject", "reason")):
            response = desk.post(page_of(story), posted | {f"articles_article_{button}": "1"})
            assert response.status_code == 200
            assert field in response.context["adminform"].form.errors
            assert fields_of(response)["title"] == "Typed"
        later = timezone.localtime() + timedelta(days=1)
        posted |= {"publish_at_0": f"{later:%Y-%m-%d}", "publish_at_1": f"{later:%H:%M:%S}"}
        response = desk.post(page_of(story), posted | {"articles_article_schedule": "1"})
        assert response.status_code == 302, response.context["adminform"].form.errors
        assert fresh(story).is_scheduled
        assert Transition.objects.get().visible_from == fresh(story).visible_from
        story = make_story(state=State.INBOX)
        posted = fields_of(desk.get(page_of(story))) | {"reason": "Told twice.", "articles_article_reject": "1"}
        desk.post(page_of(story), posted)
        assert Transition.objects.first().reason == "Told twice."

    @pytest.mark.parametrize("length", [2_001, 100_000])
    def test_an_endless_reason_is_said_beside_its_field(self, desk, length):
        story = make_story(state=State.INBOX)
        posted = fields_of(desk.get(page_of(story))) | {"reason": "x" * length, "articles_article_reject": "1"}
        response = desk.post(page_of(story), posted)
        assert "reason" in response.context["adminform"].form.errors
        assert fresh(story).state == State.INBOX

    def test_what_a_reporter_may_not_set_is_only_theirs(self, client, editor, reporter):
        story = make_story(state=State.INBOX)
        for user, disabled in ((reporter, True), (editor, False)):
            client.force_login(user)
            fields = client.get(page_of(story)).context["adminform"].form.fields
            assert fields["visible_until"].disabled is fields["pin"].disabled is disabled
            assert fields["topics"].help_text.count('"desk-said"') == 1

    def test_a_forged_button_is_refused_and_kept(self, client, reporter):
        story = make_story(state=State.INBOX, title="Old")
        client.force_login(reporter)
        posted = fields_of(client.get(page_of(story))) | {"title": "New", "articles_article_publish": "1"}
        assert client.post(page_of(story), posted).status_code == 403
        refusal = Transition.objects.get()
        assert (refusal.refused, refusal.actor, refusal.action) == (True, reporter, "publish")
        assert (fresh(story).state, fresh(story).title) == (State.INBOX, "Old")

    def test_a_forged_bulk_change_is_refused_and_kept(self, client, reporter):
        story = make_story(state=State.INBOX)
        client.force_login(reporter)
        posted = {"action": "publish_selected", "_selected_action": [story.pk]}
        assert client.post(STORIES, posted).status_code == 403
        assert Transition.objects.get().refused
        assert not BulkChange.objects.exists()

    def test_who_said_what_stands_beside_the_field(self, desk, editor, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(as_document(make_values(title="One", topics=["AI"])))
        import_sources([str(path)])
        story = Article.objects.get()
        edit(story, {"title": "Ours"}, by(editor))
        page = desk.get(page_of(story))
        html = page.content.decode()
        assert "desk-said-upstream" in html
        assert "editor, " in html
        # Upstream never speaks of a place on the front page; whoever sets one does.
        helps = {name: field.help_text for name, field in page.context["adminform"].form.fields.items()}
        assert "upstream, " in helps["excerpt"]
        assert "upstream, " not in helps["pin"] + helps["visible_until"] + helps["slug"]
        editor.first_name, editor.last_name = "Ada", "Editor"
        editor.save()
        edit(story, {"pin": 3}, by(editor))
        page = desk.get(page_of(story))
        assert "Ada Editor, " in page.context["adminform"].form.fields["pin"].help_text
        assert "Ada Editor" in desk.get(reverse("admin:articles_article_history", args=[story.pk])).content.decode()
        assert "Use upstream version" in html
        assert "&quot;title&quot;: &quot;One&quot;" in html

    def test_the_preview_is_what_would_be_saved_and_saves_nothing(self, desk):
        story = make_story(state=State.INBOX, title="Old", outlets=2, picture=True)
        posted = fields_of(desk.get(page_of(story))) | {"title": "As it would be", "related_links-0-is_hidden": "on"}
        drawn = desk.post(reverse("admin:story-preview", args=[story.pk]), posted).json()
        assert "As it would be" in drawn["page"]
        assert "As it would be" in drawn["card"]
        assert fresh(story).title == "Old"
        assert not Revision.objects.exists()
        assert not story.related_links.filter(is_hidden=True).exists()
        assert desk.post(reverse("admin:story-preview", args=[story.pk]), posted | {"title": ""}).json()["errors"]
        drawn = desk.post(
            reverse("admin:story-preview-new"),
            fields_of(desk.get(reverse("admin:articles_article_add"))) | {"title": "Brand new"},
        ).json()
        assert "Brand new" in drawn["page"]
        assert Article.objects.count() == 1

    def test_a_reporter_has_no_preview_of_what_they_may_not_change(self, client, reporter):
        story = make_story()
        client.force_login(reporter)
        assert client.post(reverse("admin:story-preview", args=[story.pk]), {"title": "x"}).status_code == 403

    def test_the_history_tells_people_from_upstream_and_brings_back(self, desk, editor):
        story = make_story(title="One", state=State.INBOX)
        for number in range(3):
            edit(story, {"heat": number + 500}, workflow.UPSTREAM)
        edit(story, {"title": "Two words"}, by(editor))
        edit(story, {"title": "Two <b>other</b> words"}, by(editor))
        workflow.apply(workflow.Action.REJECT, story, by(editor), "Not ours")
        url = reverse("admin:articles_article_history", args=[story.pk])
        html = desk.get(url).content.decode()
        assert "3 changes by upstream" in html
        assert "<ins>&lt;b&gt;other&lt;/b&gt; </ins>" in html
        assert "Not ours" in html
        assert "changes by upstream" not in desk.get(url, {"by": "people"}).content.decode()
        second = Revision.objects.filter(actor=editor).last()
        seen = {"seen": Revision.objects.first().pk}
        response = desk.post(reverse("admin:story-restore-version", args=[story.pk, second.pk]), seen, follow=True)
        assert fresh(story).title == "Two words"
        assert "Version restored" in response.content.decode()
        assert fresh(story).state == State.REJECTED
        seen = {"seen": Revision.objects.first().pk}
        desk.post(reverse("admin:story-restore-version", args=[story.pk, 0]), seen)
        assert fresh(story).title == "One"
        assert desk.post(reverse("admin:story-restore-version", args=[story.pk, 10**9])).status_code == 404

    def test_the_history_costs_the_same_however_long_it_is(self, desk, editor, django_assert_num_queries):
        story = make_story()
        url = reverse("admin:articles_article_history", args=[story.pk])
        edit(story, {"heat": 1}, by(editor))
        desk.get(url)
        with django_assert_num_queries(20, exact=False) as few:
            desk.get(url)
        for number in range(40):
            edit(story, {"heat": 2 + number}, by(editor))
        with assertNumQueries(len(few)):
            desk.get(url)

    def test_a_story_written_here_says_by_whom(self, desk, editor):
        url = reverse("admin:articles_article_add")
        desk.post(url, fields_of(desk.get(url)) | {"title": "Our own"})
        assert Revision.objects.get().actor == editor

    def test_topics_are_suggested_by_words(self):
        space = make_topic("Space", keywords=["rocket", "moon landing"])
        make_topic("Sports", keywords=["goal"])
        story = make_story(title="A rocket for the Moon-Landing", excerpt="", topics=[])
        assert suggest_topics(story) == [space]
        assert suggest_topics(story, without=[space.pk]) == []


def results(change):
    return dict(change.rows.values_list("article", "result"))


class TestBulk:
    def begin(self, desk, action, *stories):
        posted = {"action": f"{action}_selected", "_selected_action": [story.pk for story in stories]}
        response = desk.post(STORIES, posted)
        assert response.status_code == 302, response.content
        return response["Location"]

    def test_publishing_shows_what_it_would_do_and_then_what_it_did(self, desk, editor):
        inbox, rejected = make_story(state=State.INBOX), make_story(state=State.REJECTED)
        url = self.begin(desk, "publish", inbox, rejected)
        page = desk.get(url)
        tried = {row.key: row.result for row in page.context["tried"]}
        assert tried == {inbox.pk: RowResult.DONE, rejected.pk: RowResult.REFUSED}
        assert page.context["tried"][0].message == "Inbox → Published"
        assert not Transition.objects.exists()
        assert fresh(inbox).state == State.INBOX
        html = desk.post(url, {"_do": "1"}, follow=True).content.decode()
        assert fresh(inbox).state == State.PUBLISHED
        assert "cannot take" in html
        change = BulkChange.objects.get()
        assert (change.state, change.counts) == ("finished", {"done": 1, "refused": 1})
        assert results(change) == {inbox.pk: "done", rejected.pk: "refused"}
        # Asked for twice it is done once.
        desk.post(url, {"_do": "1"})
        assert Transition.objects.count() == 1

    @pytest.mark.parametrize(
        ("action", "options", "told", "check"),
        [
            ("set_heat", {"heat": 70}, "50 → 70", lambda story: story.heat == 70 and story.rank is not None),
            ("set_heat", {"heat": -1}, "50 → –", lambda story: story.heat == -1 and story.rank is None),
            ("shift_heat", {"by": -20}, "50 → 30", lambda story: story.heat == 30),
            ("set_quality", {"quality": 9}, "5 → 9", lambda story: story.quality == 9),
            ("withdraw", {"reason": ""}, "Published → Withdrawn", lambda story: story.state == State.WITHDRAWN),
        ],
    )
    def test_every_act(self, desk, action, options, told, check):
        story = make_story(heat=50, quality=5)
        url = self.begin(desk, action, story)
        row = desk.post(url, options).context["tried"][0]
        assert (row.result, row.message) == (RowResult.DONE, told)
        assert not check(fresh(story))
        desk.post(url, options | {"_do": "1"})
        assert check(fresh(story))

    def test_topics_and_providers(self, desk):
        story, topic, provider = make_story(), make_topic("Space"), make_provider(name="Other")
        for action, options in (("add_topic", {"topic": topic.pk}), ("change_provider", {"provider": provider.pk})):
            desk.post(self.begin(desk, action, story), options | {"_do": "1"})
        assert list(fresh(story).topics.all()) == [topic]
        assert fresh(story).provider == provider
        again = self.begin(desk, "add_topic", story)
        assert desk.post(again, {"topic": topic.pk}).context["tried"][0].result == RowResult.UNCHANGED
        desk.post(self.begin(desk, "remove_topic", story), {"topic": topic.pk, "_do": "1"})
        assert not ArticleTopic.objects.filter(content_object=story).exists()
        assert Revision.objects.filter(article=story).count() == 3

    def test_scheduling_and_rejecting_ask_for_time_and_reason(self, desk):
        story = make_story(state=State.INBOX)
        for action in ("schedule", "reject"):
            url = self.begin(desk, action, story)
            assert desk.post(url, {"_do": "1"}).context["form"].errors
        assert "maxlength" not in str(desk.get(url).context["form"]["reason"])
        assert desk.post(url, {"reason": "x" * 2001, "_do": "1"}).context["form"].errors
        desk.post(url, {"reason": "Old news", "_do": "1"})
        assert Transition.objects.get().reason == "Old news"

    @pytest.mark.parametrize("heat", ["1000000000000", "hot", "-2", ""])
    def test_an_impossible_number_is_said(self, desk, heat):
        url = self.begin(desk, "set_heat", make_story())
        assert desk.post(url, {"heat": heat, "_do": "1"}).context["form"].errors["heat"]

    def test_many_go_on_in_the_background(self, desk, monkeypatch):
        monkeypatch.setattr("desk.bulk.bulk_page.FOREGROUND_LIMIT", 2)
        monkeypatch.setattr(execution, "STORIES_PER_TRANSACTION", 2)
        stories = [make_story(heat=1) for _number in range(5)]
        url = self.begin(desk, "set_heat", *stories)
        desk.post(url, {"heat": 8, "_do": "1"})
        change = BulkChange.objects.get()
        assert (change.state, change.done, change.counts) == ("finished", 5, {"done": 5})
        assert set(Article.objects.values_list("heat", flat=True)) == {8}
        assert desk.get(reverse("admin:story-bulk-progress", args=[change.pk])).json()["over"]

    def test_one_that_fails_stops_no_other_and_is_listed(self, editor, monkeypatch):
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

    def test_cut_off_it_goes_on_where_it_was(self, desk, editor, monkeypatch):
        for _number in range(4):
            make_story(heat=1)
        monkeypatch.setattr(execution, "STORIES_PER_TRANSACTION", 2)
        change = execution.create_change(BulkAction.SHIFT_HEAT, Article.objects.order_by("pk"), editor)
        change.options, change.state = {"by": 10}, "queued"
        change.save()
        apply_to_story, calls = execution.apply_to_story, []

        def die(operation, key):
            calls.append(key)
            if len(calls) == 4:
                raise KeyboardInterrupt
            return apply_to_story(operation, key)

        monkeypatch.setattr(execution, "apply_to_story", die)
        with pytest.raises(KeyboardInterrupt):
            execution.run_change(change)
        monkeypatch.setattr(execution, "apply_to_story", apply_to_story)
        assert sorted(Article.objects.values_list("heat", flat=True)) == [1, 1, 11, 11]
        change.refresh_from_db()
        assert change.done == 2
        BulkChange.objects.update(state="interrupted")
        url = reverse("admin:story-bulk", args=[change.pk])
        assert "cut off after 2 of 4" in desk.get(url).content.decode()
        desk.post(reverse("admin:story-bulk-again", args=[change.pk]))
        assert set(Article.objects.values_list("heat", flat=True)) == {11}

    def test_of_others_it_is_seen_by_those_who_publish_and_done_by_nobody(self, client, editor, other, reporter):
        story = make_story(state=State.INBOX)
        change = execution.create_change(BulkAction.PUBLISH, Article.objects.all(), editor)
        url = reverse("admin:story-bulk", args=[change.pk])
        for user in (other, reporter):
            client.force_login(user)
            assert client.post(url, {"_do": "1"}).status_code == 403
        assert fresh(story).state == State.INBOX


class TestList:
    def found(self, desk, **asked):
        return {story.pk for story in desk.get(STORIES, asked).context["cl"].result_list}

    def test_filters(self, desk, editor):
        now = timezone.now()
        space, moon = make_topic("Space"), make_topic("Moon")
        moon.parent = space
        moon.save()
        inbox = make_story(state=State.INBOX, quality=None, heat=-1, topics=[moon])
        scheduled = make_story(visible_from=now + timedelta(days=1), quality=85, heat=250)
        expired = make_story(visible_from=now - timedelta(days=2), visible_until=now - timedelta(days=1), heat=10)
        pictured = make_story(picture=True, quality=50, heat=60, topics=[space])
        Conflict.objects.create(article=pictured, field="title", ours="a", theirs="b")
        everything = {inbox.pk, scheduled.pk, expired.pk, pictured.pk}
        for asked, wanted in (
            ({"state": "inbox"}, {inbox.pk}),
            ({"state": "published"}, everything - {inbox.pk}),
            ({"state": "scheduled"}, {scheduled.pk}),
            ({"state": "expired"}, {expired.pk}),
            ({"quality": "none"}, {inbox.pk}),
            ({"quality": "80"}, {scheduled.pk}),
            ({"heat": "200"}, {scheduled.pk}),
            ({"heat": "none"}, {inbox.pk}),
            ({"picture": "yes"}, {pictured.pk}),
            ({"picture": "no"}, everything - {pictured.pk}),
            ({"conflict": "yes"}, {pictured.pk}),
            ({"topic_links__tag__id__exact": space.pk}, {inbox.pk, pictured.pk}),
            ({"topic_links__tag__id__exact": moon.pk}, {inbox.pk}),
            ({"topic_links__tag__id__exact": space.pk, "state": "inbox"}, {inbox.pk}),
            ({"batch": "999999999999999999999999"}, everything),
            ({"quality": "'--"}, everything),
        ):
            assert self.found(desk, **asked) == wanted, asked

    def test_a_topic_of_many_is_found_the_other_way_round(self, desk, monkeypatch):
        monkeypatch.setattr("articles.querysets.KEY_LOOKUP_LIMIT", 1)
        topic = make_topic("Space")
        stories = {make_story(topics=[topic]).pk for _number in range(3)}
        make_story()
        assert self.found(desk, topic_links__tag__id__exact=topic.pk) == stories

    def test_what_an_import_brought(self, desk, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(as_document(make_values()))
        import_sources([str(path)])
        story = Article.objects.get()
        make_story()
        assert self.found(desk, batch=ImportBatch.objects.get().pk) == {story.pk}

    def test_no_list_is_counted_through(self, desk, monkeypatch):
        monkeypatch.setattr("desk.stories.story_list.COUNTED", 60)
        for _number in range(70):
            make_story()
        page = desk.get(STORIES)
        assert page.context["cl"].result_count == 60
        assert "more than 60" in page.content.decode()
        assert len(self.found(desk, p=2)) == 10
        # Beyond the last page, which may have been emptied since, that page is shown.
        assert len(self.found(desk, p=3)) == 10
        # So many are they, and all of them can be selected.
        assert "Select all stories of this list (more than" in desk.get(STORIES).content.decode()

    def test_views_are_kept_shared_and_dropped(self, desk, editor, other, client):
        keep = reverse("admin:story-view-keep")
        response = desk.post(keep, {"name": " My  morning ", "query": "state=inbox&o=-5&p=3&kind__exact="}, follow=True)
        view = SavedView.objects.get()
        assert (view.name, view.query) == ("My morning", "o=-5&state=inbox")
        assert "My morning" in response.content.decode()
        desk.post(keep, {"name": "My morning", "query": "state=inbox", "is_shared": "on"})
        assert SavedView.objects.get().is_shared
        desk.post(keep, {"name": "x" * 61, "query": "state=inbox"})
        desk.post(keep, {"name": "", "query": "state=inbox"})
        assert SavedView.objects.count() == 1
        client.force_login(other)
        assert "My morning" in client.get(STORIES).content.decode()
        assert client.post(reverse("admin:story-view-drop", args=[view.pk])).status_code == 403
        assert SavedView.objects.exists()
        client.force_login(editor)
        client.post(reverse("admin:story-view-drop", args=[view.pk]))
        assert not SavedView.objects.exists()


class TestDashboard:
    def test_it_tells_what_waits(self, desk, editor, django_assert_num_queries):
        now = timezone.now()
        make_story(state=State.INBOX, published_at=now - timedelta(hours=3))
        make_story(title="Soon", visible_from=now + timedelta(seconds=1))
        make_story(topics=[make_topic("Space")], provider=make_provider(name="The Loop"))
        story = make_story(state=State.IN_REVIEW)
        Conflict.objects.create(article=story, field="title", ours="a", theirs="b")
        BulkChange.objects.create(action="publish", state="interrupted", total=3, actor=editor)
        ImportBatch.objects.create(sources=["feed.tar"], state="interrupted", finished_at=now)
        page = desk.get(reverse("admin:index"))
        html = page.content.decode()
        for text in ("Soon", "The Loop", "Space", "feed.tar", "0/3"):
            assert text in html, text
        assert (page.context["inbox"], page.context["in_review"], page.context["conflicts"]) == (1, 1, 1)
        assert sum(bar["number"] for bar in page.context["chart"]["bars"]) == 1
        with django_assert_num_queries(30, exact=False) as few:
            desk.get(reverse("admin:index"))
        for _number in range(10):
            make_story(provider=make_provider(), topics=[make_topic(f"T{_number}")])
        with assertNumQueries(len(few)):
            desk.get(reverse("admin:index"))

    def test_each_number_leads_to_what_it_counts(self, desk):
        now = timezone.now()
        space, loop = make_topic("Space"), make_provider(name="The Loop")
        moon = make_topic("Moon", parent=space)
        for hours in (1, 30, 30):
            make_story(topics=[space], provider=loop, visible_from=now - timedelta(hours=hours))
        make_story(topics=[moon], visible_from=now - timedelta(hours=1))
        make_story(topics=[space], provider=loop, visible_from=now - timedelta(days=20))
        make_story(topics=[space], provider=loop, visible_from=now + timedelta(days=2))
        context = desk.get(reverse("admin:index")).context
        told = [(bar["number"], bar["url"]) for bar in context["chart"]["bars"] if bar["number"]]
        told.append((context["published_total"], context["published_url"]))
        for ranking in context["rankings"]:
            told += [(number, url) for _name, number, _percent, url in ranking["rows"]]
        assert (context["published_total"], len(told)) == (4, 7)
        for number, url in told:
            assert len(desk.get(url).context["cl"].result_list) == number, url

    def test_bars_stand_over_their_numbers(self):
        chart = column_chart("", [("day", 3, "")] * 14)
        middles = [bar["x"] + bar["width"] / 2 for bar in chart["bars"]]
        assert middles == pytest.approx([chart["width"] * (place + 0.5) / 14 for place in range(14)], abs=0.2)

    def test_conflicts_are_counted_as_the_list_has_them(self, desk):
        story = make_story()
        for field in ("title", "excerpt"):
            Conflict.objects.create(article=story, field=field)
        assert desk.get(reverse("admin:index")).context["conflicts"] == 1

    def test_what_was_killed_has_failed(self, desk, editor):
        gone = timezone.now() - timedelta(minutes=10)
        ImportBatch.objects.create(sources=["killed.tar"], state="running", alive_at=gone)
        ImportBatch.objects.create(sources=["alive.tar"], state="running", alive_at=timezone.now())
        change = BulkChange.objects.create(action="publish", state="running", total=7, actor=editor, alive_at=gone)
        failed = desk.get(reverse("admin:index")).context["failed"]
        assert [batch.sources for batch in failed["batches"]] == [["killed.tar"]]
        assert failed["changes"] == [change]

    def test_who_may_not_see_stories_sees_none(self, client):
        client.force_login(make_user("guest"))
        make_story(state=State.INBOX)
        assert "board-waiting" not in client.get(reverse("admin:index")).content.decode()
