"""Merging, deleting and retagging topics: shown first, done when confirmed."""

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.urls import reverse

from articles.bulk_actions import execution
from articles.choices import BulkAction, Origin, State
from articles.editing.restoring import restore, state_at
from articles.editing.topics import delete_topics, merge_topics
from articles.models import Article, ArticleTopic, BulkChange, FormerTopicSlug, Revision, SavedView, Topic, TopicAlias
from articles.workflow import COMMAND_LINE, Actor
from desk import confirmation, form_fields
from tests.desk.pages import STORIES
from tests.desk.topics.pages import LIST, action_url, signature_in, text_of, topics_of
from tests.factories import make_story, make_topic, make_values
from tests.page_parts import buttons, elements

pytestmark = pytest.mark.django_db


class TestMerging:
    def test_everything_of_the_source_moves_to_the_target(self, desk, client, bring, editor):
        source = make_topic("Gone", slug="gone", keywords=["a", "b"], hashtags=["#g"], description="Kept.")
        target = make_topic("Stays", slug="stays", keywords=["b", "c"])
        child, both = make_topic("Child", parent=source), make_story(topics=[source, target])
        other = make_topic("Other")
        story = make_story(topics=[other, source], state=State.INBOX)
        preview = desk.post(action_url("merge", source), {"target": target.pk, "_preview": "1"})
        html = text_of(preview)
        for sentence in (
            "Stories of the other topics move to Stays",
            "/topics/gone/ and its feeds redirect to /topics/stays/",
            "Future imports will match: Gone, Stays.",
            "Keywords added: a.",
            "These topics will move under Stays: Child.",
        ):
            assert sentence in html, sentence
        assert preview.context["preview"].rows[1] == ("Gone", [(2, ""), (1, ""), (1, ""), (1, "")])
        desk.post(action_url("merge", source), {"target": target.pk, "_do": "1"} | signature_in(preview))
        assert not Topic.objects.filter(pk=source.pk).exists()
        target.refresh_from_db()
        child.refresh_from_db()
        assert (target.keywords, target.hashtags, target.description) == (["b", "c", "a"], ["#g"], "Kept.")
        assert child.parent == target
        assert (topics_of(both), topics_of(story)) == (["Stays"], ["Other", "Stays"])
        assert client.get("/topics/gone/").url == "/topics/stays/"
        values = make_values(topics=["Gone"])
        bring(a=values)
        assert topics_of(Article.objects.get(web_url=values["webUrl"])) == ["Stays"]
        assert not Topic.objects.filter(name="Gone").exists()
        revision = Revision.objects.get(article=story)
        assert (revision.actor, revision.changes["topics"]) == (editor, [["Other", "Gone"], ["Other", "Stays"]])
        assert Revision.objects.get(article=both).changes["topics"] == [["Gone", "Stays"], ["Stays"]]
        assert state_at(story, 0)["topics"] == ["Other", "Gone"]
        assert restore(story, 0, COMMAND_LINE) == []
        assert topics_of(story) == ["Other", "Stays"]
        assert LogEntry.objects.get(action_flag=DELETION).object_repr == "Gone"

    def test_order_in_lists_stays(self):
        source, target = make_topic("Gone"), make_topic("Stays")
        story = make_story(topics=[source])
        merge_topics(target, [source], COMMAND_LINE)
        link = ArticleTopic.objects.get()
        assert (link.tag, link.published, link.dated_at) == (target, True, story.dated_at)

    def test_target_below_the_source_makes_no_circle(self):
        top = make_topic("Top")
        source = make_topic("Gone", parent=top)
        middle = make_topic("Middle", parent=source)
        target = make_topic("Stays", parent=middle)
        merge_topics(target, [source], COMMAND_LINE)
        for topic in (target, middle):
            topic.refresh_from_db()
        assert (target.parent, middle.parent) == (top, target)

    def test_several_topics_of_one_branch(self):
        top = make_topic("Top")
        middle = make_topic("Middle", parent=top)
        target = make_topic("Stays", parent=middle)
        merge_topics(target, [top, middle], COMMAND_LINE)
        assert Topic.objects.get().parent is None
        assert set(TopicAlias.objects.values_list("name", "topic__name")) == {
            (name, "Stays") for name in ("Top", "Middle", "Stays")
        }

    def test_a_topic_is_not_merged_into_itself(self):
        topic = make_topic("A")
        with pytest.raises(ValueError, match="itself"):
            merge_topics(topic, [topic], COMMAND_LINE)

    def test_saved_views_filter_by_the_target(self, desk, editor):
        source, target, other = make_topic("Gone"), make_topic("Stays"), make_topic("Other")
        views = {
            "of it": (f"state=inbox&topic_links__tag__id__exact={source.pk}", target),
            "of it alone": (f"o=-5&topic_itself={source.pk}", target),
            "of another": (f"topic_itself={other.pk}", other),
        }
        for name, (query, _topic) in views.items():
            SavedView.objects.create(owner=editor, name=name, query=query)
        # A provider may have the same key, which is another thing.
        of_provider = SavedView.objects.create(owner=editor, name="provider", query=f"provider__id__exact={source.pk}")
        merge_topics(target, [source], COMMAND_LINE)
        for name, (query, topic) in views.items():
            assert SavedView.objects.get(name=name).query == query.rpartition("=")[0] + f"={topic.pk}"
        of_provider.refresh_from_db()
        assert of_provider.query == f"provider__id__exact={source.pk}"
        delete_topics([target], COMMAND_LINE)
        assert "no longer exists" in text_of(desk.get(f"{STORIES}?{SavedView.objects.get(name='of it').query}"))

    def test_too_many_stories_need_retagging_first(self, desk, monkeypatch):
        monkeypatch.setattr(confirmation, "STORIES_MOVED_AT_ONCE", 1)
        source, small, target = make_topic("Gone"), make_topic("Small"), make_topic("Stays")
        for _number in range(2):
            make_story(topics=[source])
        posted = {"target": target.pk, "_preview": "1"}
        preview = desk.post(action_url("merge", source), posted)
        assert "At most 1 stories can change at once, and these are 2." in text_of(preview)
        assert f'href="{reverse("admin:topic-retag", args=[source.pk])}"' in text_of(preview)
        assert [name for _address, name in buttons(preview)] == ["_preview"]
        desk.post(action_url("merge", source), posted | {"_do": "1"} | signature_in(preview))
        assert Topic.objects.filter(pk=source.pk).exists()
        preview = desk.get(action_url("delete", source, small))
        assert buttons(preview) == []
        desk.post(action_url("delete", source, small), {"_do": "1"} | signature_in(preview))
        assert Topic.objects.count() == 3
        assert [name for _address, name in buttons(desk.get(action_url("delete", small)))] == ["_do"]

    def test_many_topics_are_offered_by_a_search(self, desk, monkeypatch):
        source, target = make_topic("Gone"), make_topic("Stays", parent=make_topic("Top"))
        assert "Top › Stays" in text_of(desk.get(action_url("merge", source)))
        monkeypatch.setattr(form_fields, "MAX_OPTIONS", 1)
        for page in (action_url("merge", source), reverse("admin:topic-retag", args=[source.pk])):
            html = text_of(desk.get(page))
            assert "admin-autocomplete" in html
            assert "autocomplete.js" in html
            offered = elements(html, "//select[contains(@class, 'admin-autocomplete')]/option/@value")
            assert [value for value in offered if value] == []
        # What was chosen is still there when something else is wrong, or to be looked at.
        preview = text_of(desk.post(action_url("merge", source), {"target": target.pk, "_preview": "1"}))
        assert f'<option value="{target.pk}" selected>Stays</option>' in preview

    @pytest.mark.parametrize("change", ["name", "child", "gone"])
    def test_concurrent_change_is_refused(self, desk, change):
        source, target = make_topic("Gone"), make_topic("Stays")
        posted = {"target": target.pk, "_do": "1"}
        signature = signature_in(desk.post(action_url("merge", source), {"target": target.pk, "_preview": "1"}))
        if change == "name":
            source.name = "Renamed"
            source.save()
        elif change == "child":
            make_topic("New", parent=source)
        else:
            target.delete()
        response = desk.post(action_url("merge", source), posted | signature, follow=True)
        assert Topic.objects.filter(pk=source.pk).exists()
        if change != "gone":
            assert "Someone else has changed this" in text_of(response)

    def test_selected_topics_are_merged_into_one_of_them(self, desk):
        one, two = make_topic("One"), make_topic("Two")
        posted = {"action": "merge_selected", "_selected_action": [one.pk, two.pk]}
        assert desk.post(LIST, posted).url == action_url("merge", one, two)
        posted["_selected_action"] = [one.pk]
        assert "Select at least two topics" in text_of(desk.post(LIST, posted, follow=True))


class TestDeleting:
    def test_preview_then_confirmation(self, desk, client, bring):
        parent = make_topic("Parent", slug="parent")
        topic = make_topic("Gone", slug="gone", parent=parent)
        topic.name = "Gone now"
        topic.save()
        child, other = make_topic("Child", parent=topic), make_topic("Other")
        values = make_values(topics=["Gone", "Other"])
        bring(a=values)
        story = Article.objects.get()
        assert topics_of(story) == ["Gone now", "Other"]
        preview = desk.get(reverse("admin:articles_topic_delete", args=[topic.pk]), follow=True)
        html = text_of(preview)
        for sentence in (
            "/topics/gone/ and its feeds redirect to /topics/parent/",
            "These topics will move under Parent: Child.",
            "Imports will skip these upstream names: Gone, Gone now.",
        ):
            assert sentence in html, sentence
        desk.post(action_url("delete", topic), {"_do": "1"} | signature_in(preview))
        assert not Topic.objects.filter(pk=topic.pk).exists()
        child.refresh_from_db()
        assert (child.parent, topics_of(story)) == (parent, ["Other"])
        assert client.get("/topics/gone/").url == "/topics/parent/"
        # Upstream goes on naming it: in a known story, in new ones, and by itself.
        bring(a=values | {"title": "Changed"}, b=make_values(topics=["Gone now"]))
        report = bring(t={"taxonomy": "topic", "name": "Gone", "keywords": ["x"]})
        assert "allow re-import" in report.outcomes[0].problems[0].message
        bring(u={"taxonomy": "topic", "name": "Below it", "parent": "Gone"})
        assert set(Topic.objects.values_list("name", flat=True)) == {"Parent", "Child", "Other", "Below it"}
        assert topics_of(story) == ["Other"]
        assert restore(story, 0, COMMAND_LINE) == ["topics"]
        assert topics_of(story) == [other.name]

    def test_lifted_name_lets_imports_create_the_topic(self, desk, bring):
        topic = make_topic("Gone")
        delete_topics([topic], COMMAND_LINE)
        url = reverse("admin:articles_topicalias_changelist")
        assert "Gone" in text_of(desk.get(url))
        name = TopicAlias.objects.get()
        desk.post(url, {"action": "allow_reimport", "_selected_action": [name.pk]})
        bring(a=make_values(topics=["Gone"]))
        assert topics_of(Article.objects.get()) == ["Gone"]

    def test_topic_created_again_gets_its_alias_back(self, bring):
        delete_topics([make_topic("Gone")], COMMAND_LINE)
        topic = make_topic("Gone")
        bring(a=make_values(topics=["Gone"]))
        assert Article.objects.get().topics.get() == topic
        assert not FormerTopicSlug.objects.exists()

    def test_imports_leave_out_a_topic_deleted_in_any_way(self, bring):
        make_topic("Gone").delete()
        make_topic("Gone, too")
        Topic.objects.all().delete()
        bring(a=make_values(topics=["Gone", "Gone, too", "Stays"]))
        assert topics_of(Article.objects.get()) == ["Stays"]

    def test_address_without_parent_redirects_to_the_list(self, client):
        delete_topics([make_topic("Gone", slug="gone")], COMMAND_LINE)
        response = client.get("/topics/gone/?before=1-1")
        assert (response.status_code, response.url) == (301, "/topics/")
        assert client.get("/topics/gone/feeds/rss.xml").status_code == 404

    def test_several_topics_together(self, desk):
        top = make_topic("Top")
        below = make_topic("Below", parent=make_topic("Middle", parent=top))
        middle = below.parent
        posted = {"action": "delete_all_selected", "_selected_action": [top.pk, middle.pk]}
        url = desk.post(LIST, posted).url
        assert url == action_url("delete", top, middle)
        desk.post(url, {"_do": "1"} | signature_in(desk.get(url)))
        assert Topic.objects.get() == below
        assert Topic.objects.get().parent is None

    @pytest.mark.parametrize("turned", [1, -1])
    def test_children_move_above_all_deleted_topics(self, turned):
        top = make_topic("Top")
        middle = make_topic("Middle", parent=top, slug="middle")
        below = make_topic("Below", parent=middle)
        delete_topics([top, middle][::turned], COMMAND_LINE)
        assert Topic.objects.values_list("pk", "parent_id").get() == (below.pk, None)
        assert FormerTopicSlug.objects.get(slug="middle").topic is None

    def test_concurrent_child_is_refused(self, desk):
        topic = make_topic("Gone")
        signature = signature_in(desk.get(action_url("delete", topic)))
        make_topic("Child", parent=topic)
        response = desk.post(action_url("delete", topic), {"_do": "1"} | signature, follow=True)
        assert "Someone else has changed this" in text_of(response)
        assert Topic.objects.filter(pk=topic.pk).exists()


class TestRetagging:
    def act(self, editor, action, **options):
        return execution.BulkOperation(action, options, Actor(Origin.ADMIN, editor))

    def test_replaced_topic_keeps_its_position(self, editor):
        old, new, other = make_topic("Old"), make_topic("New"), make_topic("Other")
        story, both, none = make_story(topics=[old, other]), make_story(topics=[new, old]), make_story(topics=[other])
        act = self.act(editor, BulkAction.REPLACE_TOPIC, topic=old.pk, other_topic=new.pk)
        results = [execution.apply_to_story(act, one.pk).result for one in (story, both, none)]
        assert results == ["done", "done", "unchanged"]
        assert (set(topics_of(story)), topics_of(both), topics_of(none)) == ({"Other", "New"}, ["New"], ["Other"])
        revision = Revision.objects.get(article=story)
        assert (revision.note, revision.fields) == ("replace_topic: Old → New", ["topics"])

    def test_retagging_all_stories_of_a_topic(self, desk):
        old, new = make_topic("Old"), make_topic("New")
        stories = [make_story(topics=[old]) for _number in range(3)]
        make_story(topics=[new])
        url = reverse("admin:topic-retag", args=[old.pk])
        assert "other" in desk.post(url, {"action": "replace_topic"}).context["form"].errors
        assert "action" in desk.post(url, {"action": "publish", "other": new.pk}).context["form"].errors
        page = desk.post(url, {"action": "replace_topic", "other": new.pk}).url
        change = BulkChange.objects.get()
        assert (set(change.keys), change.options) == (
            {story.pk for story in stories},
            {"topic": old.pk, "other_topic": new.pk},
        )
        html = text_of(desk.get(page))
        assert f'<option value="{new.pk}" selected>' in html
        posted = {"topic": old.pk, "other_topic": new.pk}
        assert "3" in text_of(desk.post(page, posted | {"_preview": "1"}))
        desk.post(page, posted | {"_do": "1"})
        assert {name for story in stories for name in topics_of(story)} == {"New"}
        assert BulkChange.objects.get().counts == {"done": 3}

    @pytest.mark.parametrize(
        ("posted", "options"),
        [({"action": "remove_topic"}, ["topic"]), ({"action": "add_topic", "other": "new"}, ["topic"])],
    )
    def test_adding_and_removing(self, desk, posted, options):
        old, new = make_topic("Old"), make_topic("New")
        story = make_story(topics=[old])
        posted = {key: new.pk if value == "new" else value for key, value in posted.items()}
        page = desk.post(reverse("admin:topic-retag", args=[old.pk]), posted).url
        desk.post(page, BulkChange.objects.get().options | {"_do": "1"})
        assert set(topics_of(story)) == ({"Old", "New"} if "other" in posted else set())

    def test_a_topic_is_not_replaced_by_itself(self, desk, editor):
        topic = make_topic("Same")
        make_story(topics=[topic])
        change = BulkChange.objects.create(
            action=BulkAction.REPLACE_TOPIC, actor=editor, keys=[Article.objects.get().pk], total=1
        )
        response = desk.post(
            reverse("admin:story-bulk", args=[change.pk]), {"topic": topic.pk, "other_topic": topic.pk, "_do": "1"}
        )
        assert "other_topic" in response.context["form"].errors

    def test_reporter_is_refused_for_each_published_story(self, client, reporter):
        old, new = make_topic("Old"), make_topic("New")
        out, waiting = make_story(topics=[old]), make_story(topics=[old], state=State.INBOX)
        client.force_login(reporter)
        page = client.post(
            reverse("admin:topic-retag", args=[old.pk]), {"action": "replace_topic", "other": new.pk}
        ).url
        client.post(page, {"topic": old.pk, "other_topic": new.pk, "_do": "1"})
        assert (topics_of(out), topics_of(waiting)) == (["Old"], ["New"])
        assert BulkChange.objects.get().counts == {"refused": 1, "done": 1}
