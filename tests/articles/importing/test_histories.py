"""Imports of one document one after the other, with changes at the desk in between."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError
from django.urls import reverse

from articles import workflow
from articles.bulk_actions.actions import BulkOperation
from articles.canonical_urls import identity_of
from articles.choices import Action, BulkAction, MergePolicy, Origin, State
from articles.editing.fields import edit
from articles.editing.restoring import restore
from articles.history.recording import recording
from articles.importing.conflicts import settle
from articles.importing.policies import effective_policies, set_policies
from articles.importing.runner import import_sources
from articles.importing.undo import Undone, undo_batch
from articles.models import Article, Conflict, DeskDecisions, FieldPolicy, ImportBatch, Topic, UpstreamDocument
from articles.workflow import COMMAND_LINE
from newsroom.environment import MERGE_POLICIES
from providers.models import Provider
from tests.articles.importing.expected import only
from tests.factories import as_document, make_provider, make_values

pytestmark = pytest.mark.django_db


def coverage(name, **values):
    return {"title": f"Coverage {name}", "webUrl": f"https://other.example/{name}", **values}


def picture(name, **values):
    return {"url": f"https://img.example/{name}.png", **values}


@pytest.fixture
def by(editor):
    return workflow.Actor(Origin.ADMIN, editor)


@pytest.fixture
def send(tmp_path):
    """Import a document and return its Outcome: send(values)."""

    def send(values):
        (tmp_path / "a.md").write_bytes(as_document(values))
        return only(import_sources([str(tmp_path)]))

    return send


@pytest.fixture
def values():
    return make_values(title="A", heat=50, quality=50, topics=["AI", "Film"])


def story():
    return Article.objects.get()


def names(rows):
    return [row.title.removeprefix("Coverage ") for row in rows.all()]


def open_fields():
    return sorted(Conflict.objects.filter(settlement="").values_list("field", flat=True))


def change_rows(by, change):
    """Change rows of the story as its page does: call `change(story)` and record it."""
    article = story()
    with recording(article, by):
        change(article)
        article.save(update_fields=["updated_at"])


class TestRemovals:
    def test_removed_coverage_stays_away(self, send, values, by):
        send(values | {"related": [coverage("A"), coverage("B")]})
        change_rows(by, lambda article: article.related_links.get(title="Coverage B").delete())
        send(values | {"related": [coverage("A")]})
        outcome = send(values | {"related": [coverage("A"), coverage("B")]})
        assert (outcome.action, names(story().related_links)) == ("unchanged", ["A"])

    def test_removed_picture_and_topic_stay_away(self, send, values, by):
        both = values | {"images": [picture(1), picture(2)]}
        send(both)

        def remove(article):
            article.images.first().delete()
            article.topics.remove("AI")

        change_rows(by, remove)
        send(values | {"images": [picture(2)], "topics": ["Film"]})
        send(both)
        assert [image.url for image in story().images.all()] == [picture(2)["url"]]
        assert list(story().topics.names()) == ["Film"]

    def test_removals_from_before_they_were_recorded_count(self, send, values):
        send(values | {"related": [coverage("A"), coverage("B")]})
        story().related_links.get(title="Coverage B").delete()
        send(values | {"related": [coverage("A")]})
        send(values | {"related": [coverage("A"), coverage("B")]})
        assert names(story().related_links) == ["A"]

    def test_what_the_desk_added_and_removed_is_not_added_by_upstream(self, send, values, by):
        send(values)
        change_rows(by, lambda article: article.topics.add("Space"))
        change_rows(by, lambda article: article.topics.remove("Space"))
        send(values | {"topics": ["AI", "Film", "Space"]})
        assert "Space" not in story().topics.names()

    def test_adding_it_again_forgets_the_removal(self, send, values, by):
        send(values)
        change_rows(by, lambda article: article.topics.remove("AI"))
        send(values | {"topics": ["Film"]})
        change_rows(by, lambda article: article.topics.add("AI"))
        assert DeskDecisions.objects.get().removed["topics"] == []
        send(values)
        send(values | {"topics": ["Film"]})
        send(values)
        assert sorted(story().topics.names()) == ["AI", "Film"]

    def test_restoring_a_version_forgets_the_removal(self, send, values, by):
        send(values | {"related": [coverage("A"), coverage("B")]})
        change_rows(by, lambda article: article.related_links.get(title="Coverage B").delete())
        restore(story(), 0, by)
        assert names(story().related_links) == ["A", "B"]
        for related in ([coverage("A")], [coverage("A"), coverage("B")]):
            send(values | {"related": related})
        assert names(story().related_links) == ["A", "B"]

    def test_renamed_topic_stays_removed(self, send, values, by):
        send(values)
        change_rows(by, lambda article: article.topics.remove("AI"))
        topic = Topic.objects.get(name="AI")
        topic.name = "Artificial intelligence"
        topic.save()
        send(values | {"topics": ["Film"]})
        send(values)
        assert list(story().topics.names()) == ["Film"]

    def test_coverage_with_another_url_removes_the_former_one(self, send, values, by):
        send(values | {"related": [coverage("A")]})

        def move(article):
            link = article.related_links.get()
            link.web_url, link.identity = "https://other.example/moved", "f" * 32
            link.save()

        change_rows(by, move)
        assert DeskDecisions.objects.get().removed["related"] == [["https://other.example/A", 0]]
        send(values)
        send(values | {"related": [coverage("A")]})
        assert story().related_links.get().web_url == "https://other.example/moved"

    def test_one_of_two_items_with_one_url(self, send, values, by):
        twins = [coverage("A"), coverage("A", title="Coverage A, again")]
        send(values | {"related": twins})
        change_rows(by, lambda article: article.related_links.last().delete())
        send(values | {"related": twins[:1]})
        send(values | {"related": twins})
        assert names(story().related_links) == ["A"]

    def test_undo_restores_what_was_removed_exactly(self, send, values, by):
        send(values)
        story().topics.remove("AI")
        before = list(DeskDecisions.objects.values())
        send(values | {"topics": ["Film"], "title": "B"})
        assert DeskDecisions.objects.get().removed["topics"] == ["AI"]
        assert undo_batch(ImportBatch.objects.latest("pk"), by) == Undone(1, 0)
        assert list(DeskDecisions.objects.values()) == before

    def test_undoing_an_import_is_no_removal(self, send, values, by):
        send(values)
        more = values | {"topics": ["AI", "Film", "Space"], "related": [coverage("A")]}
        send(more)
        undo_batch(ImportBatch.objects.latest("pk"), by)
        assert not DeskDecisions.objects.exists()
        send(more)
        assert names(story().related_links) == ["A"]

    def test_upstreams_version_forgets_the_removals(self, send, values, by):
        send(values | {"related": [coverage("A"), coverage("B")]})

        def change(article):
            article.related_links.get(title="Coverage B").delete()
            article.related_links.update(title="Coverage ours")

        change_rows(by, change)
        send(values | {"related": [coverage("A", title="Coverage theirs"), coverage("B")]})
        settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, by)
        assert names(story().related_links) == ["theirs", "B"]
        assert DeskDecisions.objects.get().removed["related"] == []


class TestOrder:
    def test_coverage_that_the_desk_put_first_stays_first(self, send, values, by):
        send(values | {"related": [coverage("A")]})

        def add_first(article):
            article.related_links.update(position=1)
            article.related_links.create(title="Coverage C", position=0, web_url="https://other.example/C")

        change_rows(by, add_first)
        send(values | {"related": [coverage("A"), coverage("D")]})
        assert names(story().related_links) == ["C", "A", "D"]

    def test_lead_picture_of_the_desk_stays_the_lead(self, send, values, by):
        send(values | {"images": [picture(1)]})

        def add_first(article):
            article.images.update(position=1)
            article.images.create(position=0, **picture(2))

        change_rows(by, add_first)
        send(values | {"images": [picture(3), picture(1)]})
        assert [image.url for image in story().images.all()] == [picture(n)["url"] for n in (2, 3, 1)]

    def test_what_the_desk_put_first_stays_first_after_upstream_left_the_others_out(self, send, values, by):
        send(values | {"related": [coverage("A"), coverage("B")], "images": [picture(1), picture(2)]})

        def put_last_first(article):
            article.related_links.filter(title="Coverage A").update(position=2)
            article.images.filter(url=picture(1)["url"]).update(position=2)

        change_rows(by, put_last_first)
        send(values | {"related": [coverage("B")], "images": [picture(2)]})
        send(values | {"related": [coverage("D"), coverage("B")], "images": [picture(3), picture(2)]})
        assert names(story().related_links) == ["B", "D"]
        assert [image.url for image in story().images.all()] == [picture(2)["url"], picture(3)["url"]]

    def test_what_is_first_because_the_former_first_was_removed_may_be_second(self, send, values, by):
        send(values | {"related": [coverage("A"), coverage("B")]})
        change_rows(by, lambda article: article.related_links.get(title="Coverage A").delete())
        send(values | {"related": [coverage("D"), coverage("B")]})
        assert names(story().related_links) == ["D", "B"]

    def test_upstreams_version_has_upstreams_order_again(self, send, values, by):
        send(values | {"images": [picture(1), picture(2, title="A")]})

        def change(article):
            article.images.filter(url=picture(1)["url"]).update(position=2)
            article.images.filter(url=picture(2)["url"]).update(title="Ours")

        change_rows(by, change)
        assert DeskDecisions.objects.get().first == {"images": picture(2)["url"]}
        send(values | {"images": [picture(1), picture(2, title="B")]})
        settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, by)
        assert DeskDecisions.objects.get().first == {}

    def test_coverage_that_both_added_is_one_item(self, send, values, by):
        send(values)
        ours = {"title": "Coverage ours", "web_url": "https://other.example/A", "position": 0}
        change_rows(by, lambda article: article.related_links.create(**ours, identity=identity_of(ours["web_url"])))
        theirs = coverage("A", excerpt="Their teaser", quality=7, images=[picture(9)])
        send(values | {"related": [theirs]})
        link = story().related_links.get()
        assert (link.title, link.excerpt, link.quality) == ("Coverage ours", "Their teaser", 7)
        assert link.images.get().url == picture(9)["url"]
        assert link.provider is not None
        # Later changes by upstream do not replace the desk's words, and those of other fields are taken.
        send(values | {"related": [theirs | {"quality": 9}]})
        assert (story().related_links.get().title, story().related_links.get().quality) == ("Coverage ours", 9)
        assert open_fields() == []


class TestConflictsThatClose:
    @pytest.fixture
    def contested(self, send, values, by):
        """Return the values of a document whose title was A, then B; the desk's is X."""
        send(values)
        edit(story(), {"title": "X"}, by)
        assert send(values | {"title": "B"}).conflicts == ["title"]
        return values | {"title": "B"}

    def settlement(self):
        return Conflict.objects.get(field="title").settlement

    def test_if_the_editor_types_upstreams_value(self, contested, by):
        edit(story(), {"title": "B"}, by)
        assert self.settlement() == "agreed"

    def test_if_upstream_changes_it_back(self, contested, send):
        outcome = send(contested | {"title": "A"})
        assert (outcome.action, self.settlement(), story().title) == ("unchanged", "returned", "X")
        # The desk's value is not lost later either.
        assert send(contested | {"title": "A", "excerpt": "New"}).changed == ["excerpt"]
        assert (story().title, open_fields()) == ("X", [])

    def test_if_upstream_changes_it_to_ours(self, contested, send):
        send(contested | {"title": "X"})
        assert self.settlement() == "agreed"

    def test_by_restoring_a_version(self, send, values, by):
        send(values | {"title": "B"})
        edit(story(), {"title": "X"}, by)
        send(values | {"title": "C"})
        edit(story(), {"title": "C", "excerpt": "Ours"}, by)
        edit(story(), {"title": "Y"}, by)
        send(values | {"title": "B"})
        assert open_fields() == ["title"]
        restore(story(), 0, by)
        assert (story().title, open_fields()) == ("B", [])

    def test_by_a_bulk_change(self, send, values, by):
        set_policies({"heat": "ask"}, None)
        send(values)
        edit(story(), {"heat": 77}, by)
        send(values | {"heat": 60})
        assert open_fields() == ["heat"]
        BulkOperation(BulkAction.SET_HEAT, {"heat": 60}, by).apply(story())
        assert open_fields() == []

    def test_by_publishing(self, send, values, by):
        send(values | {"published": False})
        workflow.apply(Action.REJECT, story(), by, reason="No.")
        send(values | {"published": True})
        assert open_fields() == ["published"]
        workflow.apply(Action.RESTORE, story(), by)
        assert open_fields() == ["published"]
        workflow.apply(Action.PUBLISH, story(), by)
        assert open_fields() == []

    def test_on_coverage(self, send, values, by):
        send(values | {"related": [coverage("A"), coverage("B")]})
        change_rows(by, lambda article: article.related_links.filter(title="Coverage A").update(title="Ours"))
        send(values | {"related": [coverage("A", title="Theirs"), coverage("B")]})
        assert open_fields() == ["related"]

        def add(article):
            article.related_links.create(title="Coverage C", web_url="https://other.example/C", position=3)

        change_rows(by, add)
        assert open_fields() == ["related"]
        change_rows(by, lambda article: article.related_links.filter(title="Ours").update(title="Theirs"))
        assert open_fields() == []

    def test_it_shows_and_settles_present_values(self, contested, send, by):
        edit(story(), {"title": "Y"}, by)
        send(contested | {"title": "C"})
        conflict = Conflict.objects.get(settlement="")
        assert (conflict.base, conflict.ours, conflict.theirs) == ("A", "Y", "C")
        settle(conflict, Conflict.Settlement.THEIRS, by)
        assert story().title == "C"

    def test_desk_value_of_before_is_a_choice_while_the_conflict_is_open(self, contested, send, by):
        edit(story(), {"title": "A"}, by)
        assert open_fields() == ["title"]
        send(contested | {"excerpt": "New"})
        assert (story().title, open_fields()) == ("A", ["title"])


class TestPolicies:
    def test_new_heat_for_adjusted_stories_is_no_conflict(self, tmp_path, by):
        documents = {f"{number}.md": make_values(heat=50, quality=30) for number in range(12)}
        for name, values in documents.items():
            (tmp_path / name).write_bytes(as_document(values))
        import_sources([str(tmp_path)])
        adjusted = list(Article.objects.order_by("pk")[:6])
        for number, article in enumerate(adjusted):
            edit(article, {"heat": 50 if number == 0 else 77}, by)
        for name, values in documents.items():
            (tmp_path / name).write_bytes(as_document(values | {"heat": 60}))
        report = import_sources([str(tmp_path)], hold=False)
        # Setting a heat to the value that it has is no change.
        assert (report.counts["conflict"], report.counts["updated"], report.counts["unchanged"]) == (0, 7, 5)
        assert sorted(Article.objects.values_list("heat", flat=True)) == [60] * 7 + [77] * 5
        assert not Conflict.objects.exists()

    def test_heat_of_the_desk_stays_even_if_upstream_had_the_same(self, send, values, by):
        send(values)
        edit(story(), {"heat": 77}, by)
        send(values | {"heat": 77})
        send(values | {"heat": 90})
        assert story().heat == 77

    def test_upstreams_heat_typed_by_the_desk_follows_upstream_again(self, send, values, by):
        send(values)
        edit(story(), {"heat": 77}, by)
        send(values | {"heat": 60})
        edit(story(), {"heat": 60}, by)
        send(values | {"heat": 90})
        assert story().heat == 90

    @pytest.mark.parametrize(("policy", "conflicts"), [("until_desk", []), ("desk", []), ("ask", ["quality"])])
    def test_quality_that_upstream_drops(self, send, values, by, policy, conflicts):
        set_policies({"quality": policy}, by.user)
        send(values)
        edit(story(), {"quality": 80}, by)
        send({key: value for key, value in values.items() if key != "quality"})
        assert (story().quality, open_fields()) == (80, conflicts)
        for conflict in Conflict.objects.all():
            settle(conflict, Conflict.Settlement.THEIRS, by)
            assert (story().quality, open_fields()) == (None, [])

    def test_desk_wins_silently(self, send, values, by, settings):
        settings.IMPORT_POLICIES = {"title": "desk"}
        send(values)
        edit(story(), {"title": "X"}, by)
        assert send(values | {"title": "B"}).conflicts == []
        edit(story(), {"title": "B"}, by)
        send(values | {"title": "C"})
        assert story().title == "C"

    def test_choice_of_the_desk_overrides_the_setting(self, settings, editor):
        settings.IMPORT_POLICIES = {"title": "desk", "heat": "ask"}
        set_policies({"title": "until_desk"}, editor)
        policies = effective_policies()
        assert [policies[key].policy for key in ("title", "heat", "quality", "excerpt")] == [
            "until_desk",
            "ask",
            "until_desk",
            "ask",
        ]
        assert (policies["title"].desk.changed_by, policies["title"].fallback) == (editor, "desk")
        assert set_policies({"title": "", "heat": ""}, editor) == ["title"]
        assert not FieldPolicy.objects.exists()

    def test_lists_until_the_desk_changes_them(self, send, values, by):
        set_policies({"topics": "until_desk", "related": "until_desk"}, None)
        send(values | {"related": [coverage("A")]})
        send(values | {"related": [coverage("A"), coverage("B")], "topics": ["AI"]})
        assert names(story().related_links) == ["A", "B"]
        change_rows(by, lambda article: article.topics.add("Space"))
        change_rows(by, lambda article: article.related_links.filter(title="Coverage B").update(is_hidden=True))
        send(values | {"related": [coverage("C")], "topics": ["Film"]})
        assert names(story().related_links) == ["A", "B"]
        assert sorted(story().topics.names()) == ["AI", "Space"]

    def test_state_that_a_person_changed(self, send, values, by):
        set_policies({"published": "desk"}, None)
        send(values)
        workflow.apply(Action.WITHDRAW, story(), by)
        workflow.apply(Action.PUBLISH, story(), by)
        assert send(values | {"published": False}).action == "unchanged"
        assert (story().state, open_fields()) == (State.PUBLISHED, [])

    def test_always_our_version_comes_first(self, send, values, by):
        send(values)
        article = story()
        article.kept_fields = ["title"]
        article.save(update_fields=["kept_fields"])
        send(values | {"title": "B"})
        assert story().title == "A"

    def test_policies_of_the_setting_are_those_of_the_choices(self):
        assert set(MERGE_POLICIES) == set(MergePolicy.values)

    def test_stored_policy_is_a_known_one(self):
        with pytest.raises(IntegrityError, match="field_policy_is_a_known_policy"):
            FieldPolicy.objects.create(field="title", policy="coin")

    def test_unknown_field_in_the_setting_is_reported(self, settings):
        settings.IMPORT_POLICIES = {"headline": "desk"}
        with pytest.raises(SystemCheckError, match="headline"):
            call_command("check")


class TestUndo:
    def test_base_of_an_unchanged_document_is_restored(self, send, values, by):
        send(values)
        edit(story(), {"heat": 77}, by)
        before = list(UpstreamDocument.objects.values())
        assert send(values | {"heat": 60}).action == "unchanged"
        batch = ImportBatch.objects.latest("pk")
        assert batch.can_be_undone
        assert undo_batch(batch, by) == Undone(1, 0)
        assert list(UpstreamDocument.objects.values()) == before
        assert story().heat == 77

    def test_confirmation_names_unchanged_stories(self, send, values, by, client):
        send(values)
        edit(story(), {"heat": 77}, by)
        send(values | {"heat": 60})
        client.force_login(by.user)
        page = client.get(reverse("admin:import-undo", args=[ImportBatch.objects.latest("pk").pk]))
        assert "For 1 unchanged story, upstream's earlier values will be restored." in page.content.decode()

    def test_conflict_that_an_import_closed_is_open_again(self, send, values, by):
        send(values)
        edit(story(), {"title": "X"}, by)
        send(values | {"title": "B"})
        before = list(Conflict.objects.values())
        send(values | {"title": "X"})
        assert open_fields() == []
        assert undo_batch(ImportBatch.objects.latest("pk"), COMMAND_LINE) == Undone(1, 0)
        assert list(Conflict.objects.values()) == before

    def test_import_in_between_that_moved_the_base_keeps_the_older_one_from_being_undone(self, send, values, by):
        send(values)
        edit(story(), {"heat": 77}, by)
        send(values | {"heat": 60, "title": "B"})
        batch = ImportBatch.objects.latest("pk")
        send(values | {"heat": 70, "title": "B"})
        assert undo_batch(batch, COMMAND_LINE) == Undone(0, 1)


class TestPublication:
    def test_document_without_published_changes_nothing(self, send, values):
        send(values)
        truncated = {key: value for key, value in values.items() if key != "published"}
        assert send(truncated).action == "unchanged"
        assert story().state == State.PUBLISHED
        assert send(values | {"published": False}).changed == ["published"]
        assert story().state == State.WITHDRAWN

    def test_proposal_counts_once_even_if_it_is_left_out_in_between(self, send, values, tmp_path):
        (tmp_path / "a.md").write_bytes(as_document(values))
        import_sources([str(tmp_path)], publish="never")
        send({key: value for key, value in values.items() if key != "published"})
        send(values)
        assert story().state == State.INBOX

    def test_story_without_a_proposal_is_published_by_its_first_one(self, send, values):
        send({key: value for key, value in values.items() if key != "published"})
        send(values)
        assert story().state == State.PUBLISHED

    def test_conflict_stays_open_if_the_proposal_is_left_out(self, send, values, by):
        send(values)
        workflow.apply(Action.WITHDRAW, story(), by)
        workflow.apply(Action.PUBLISH, story(), by)
        send(values | {"published": False})
        send({key: value for key, value in values.items() if key != "published"})
        assert Conflict.objects.get(settlement="").theirs is False


class TestRemovedUpstream:
    def test_an_editor_is_asked(self, send, values, by):
        send(values)
        outcome = send(values | {"removed": True})
        assert (outcome.changed, outcome.conflicts) == (["removed"], ["removed"])
        assert (story().state, story().is_removed) == (State.PUBLISHED, True)
        settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, by)
        assert (story().state, open_fields()) == (State.WITHDRAWN, [])

    def test_withdrawing_it_settles_the_question(self, send, values, by):
        send(values)
        send(values | {"removed": True})
        workflow.apply(Action.WITHDRAW, story(), by)
        assert open_fields() == []

    def test_the_question_ends_when_upstream_takes_it_back(self, send, values):
        send(values)
        send(values | {"removed": True})
        send(values)
        assert (story().state, story().is_removed, open_fields()) == (State.PUBLISHED, False, [])

    def test_it_is_withdrawn_and_published_again(self, send, values, settings):
        settings.IMPORT_REMOVED = "withdraw"
        send(values)
        assert send(values | {"removed": True}).changed == ["removed", "published"]
        assert story().state == State.WITHDRAWN
        send(values)
        assert story().state == State.PUBLISHED

    def test_desk_that_published_it_is_asked(self, send, values, settings, by):
        settings.IMPORT_REMOVED = "withdraw"
        send(values | {"published": False})
        workflow.apply(Action.PUBLISH, story(), by)
        send(values | {"published": False, "removed": True})
        assert (story().state, open_fields()) == (State.PUBLISHED, ["removed"])

    def test_it_is_only_marked(self, send, values, settings):
        settings.IMPORT_REMOVED = "ignore"
        send(values)
        send(values | {"removed": True})
        assert (story().state, story().is_removed, open_fields()) == (State.PUBLISHED, True, [])

    @pytest.mark.parametrize(
        ("policy", "state"), [("ask", State.INBOX), ("withdraw", State.INBOX), ("ignore", State.PUBLISHED)]
    )
    def test_new_story(self, send, values, settings, policy, state):
        settings.IMPORT_REMOVED = policy
        send(values | {"removed": True})
        assert story().state == state


def test_provider_of_the_desk_and_upstream_agree(send, values, by):
    send(values)
    edit(story(), {"provider": make_provider(name="Ours", domain="ours.example")}, by)
    send(values | {"provider": {"name": "Theirs", "domain": "theirs.example"}})
    assert open_fields() == ["provider"]
    edit(story(), {"provider": Provider.objects.get(name="Theirs")}, by)
    assert open_fields() == []
