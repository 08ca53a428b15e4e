"""The desk's topics: their tree, what is done to one as a whole, and giving stories another."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from articles.bulk_actions import execution
from articles.choices import BulkAction, Origin, State
from articles.editing.restoring import restore, state_at
from articles.editing.topics import delete_topics, merge_topics
from articles.importing.runner import import_sources
from articles.models import Article, ArticleTopic, BulkChange, FormerTopicSlug, Revision, SavedView, Topic, TopicAlias
from articles.topic_suggestions import Suggester, suggest_topics
from articles.topic_tree import ordered
from articles.workflow import COMMAND_LINE, Actor
from desk import form_fields
from desk.topics import topic_previews
from tests.desk.pages import STORIES, fields_of
from tests.factories import as_document, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db
LIST = reverse("admin:articles_topic_changelist")


def page_of(topic):
    return reverse("admin:articles_topic_change", args=[topic.pk])


def asking(what, *topics):
    return f"{reverse(f'admin:topic-{what}')}?{'&'.join(f'of={topic.pk}' for topic in topics)}"


def seen_in(response):
    return {"seen": response.context["preview"].seen}


def text_of(response):
    return " ".join(response.content.decode().split())


def shown_in(response):
    """The list as it is drawn: [(depth, name)]."""
    return [(topic.depth, topic.name) for topic in response.context["cl"].result_list]


def topics_of(story):
    return [link.tag.name for link in ArticleTopic.objects.filter(content_object=story).order_by("pk")]


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def bring(tmp_path):
    """bring(name=fields): import documents, and return the report."""

    def bring(**documents):
        for name, values in documents.items():
            (tmp_path / f"{name}.md").write_bytes(as_document(values))
        return import_sources([str(tmp_path / f"{name}.md") for name in documents], hold=False)

    return bring


class TestTree:
    def test_parents_stand_before_their_children(self, desk):
        science, art = make_topic("Science"), make_topic("art")
        space = make_topic("Space", parent=science)
        for name in ("Moon", "Earth"):
            make_topic(name, parent=space)
        make_topic("Biology", parent=science)
        expected = [(0, "art"), (0, "Science"), (1, "Biology"), (1, "Space"), (2, "Earth"), (2, "Moon")]
        assert shown_in(desk.get(LIST)) == expected
        assert "--depth: 2" in desk.get(LIST).content.decode()
        assert art.children.count() == 0

    def test_found_ones_say_what_they_stand_below(self, desk):
        science = make_topic("Science", keywords=["Überflieger"])
        make_topic("Space", parent=make_topic("Far", parent=science))
        page = desk.get(LIST, {"q": "space"})
        assert shown_in(page) == [(0, "Space")]
        assert "Science › Far › Space" in text_of(page)
        assert shown_in(desk.get(LIST, {"q": "überflieg"})) == [(0, "Science")]
        assert shown_in(desk.get(LIST, {"q": "nothing of it"})) == []

    def test_pages_and_sorting(self, desk, monkeypatch):
        from desk.topics.topic_admin import TopicAdmin

        monkeypatch.setattr(TopicAdmin, "list_per_page", 2)
        top = make_topic("Top")
        for name in "cab":
            make_topic(name, parent=top)
        make_story(topics=[Topic.objects.get(name="a")])
        assert shown_in(desk.get(LIST)) == [(0, "Top"), (1, "a")]
        assert shown_in(desk.get(LIST, {"p": 2})) == [(1, "b"), (1, "c")]
        assert shown_in(desk.get(LIST, {"o": "-3"}))[0] == (0, "a")

    def test_what_is_missing_can_be_asked_for(self, desk):
        top = make_topic("Top", keywords=["x"])
        below, alone = make_topic("Below", parent=top), make_topic("Alone")
        make_story(topics=[below])
        found = {
            lack: {name for _depth, name in shown_in(desk.get(LIST, {"lack": lack}))}
            for lack in ("keywords", "stories", "place", "x")
        }
        assert found["keywords"] == {"Below", "Alone"}
        assert found["stories"] == {"Top", "Alone"}
        assert found["place"] == {alone.name}

    @given(
        st.lists(
            st.tuples(st.integers(1, 9), st.text(max_size=2), st.none() | st.integers(1, 9)),
            unique_by=lambda row: row[0],
        )
    )
    def test_each_stands_there_once_whatever_stands_below_what(self, rows):
        places = ordered(rows)
        assert set(places) == {key for key, _name, _parent in rows}
        parents = {key: parent for key, _name, parent in rows}
        position = {key: number for number, key in enumerate(places)}
        for key, parent in parents.items():
            above, seen = parent, set()
            while above in parents and above not in seen:
                seen.add(above)
                above = parents[above]
            if parent in position and key not in seen and above not in seen:
                assert position[parent] < position[key]
                assert places[key].depth == places[parent].depth + 1

    def test_what_was_published_last_is_nothing_to_come(self, desk):
        topic, noon = make_topic("Space"), timezone.now() - timedelta(days=2)
        make_story(topics=[topic], published_at=noon)
        later = timezone.now() + timedelta(days=2)
        make_story(topics=[topic], published_at=later, visible_from=later)
        assert desk.get(page_of(topic)).context["last"].dated_at == noon

    def test_counts_are_of_the_topic_itself_and_lead_to_them(self, desk):
        top = make_topic("Top")
        below = make_topic("Below", parent=top)
        for state in (State.PUBLISHED, State.INBOX):
            make_story(topics=[top], state=state)
        make_story(topics=[below])
        rows = {topic.name: topic for topic in desk.get(LIST).context["cl"].result_list}
        assert (rows["Top"].stories, rows["Top"].out) == (2, 1)
        numbers = desk.get(page_of(top)).context["numbers"]
        assert [words for _label, words, _url in numbers] == ["2", "1"]
        for _label, words, url in numbers:
            assert len(desk.get(url).context["cl"].result_list) == int(words)

    @pytest.mark.parametrize("where", ["list", "found", "one", "merge", "delete", "retag"])
    def test_no_page_makes_more_queries_as_rows_grow(self, desk, where):
        one, two = make_topic("One", keywords=["x"]), make_topic("Two")
        url = {
            "list": LIST,
            "found": f"{LIST}?q=one",
            "one": page_of(one),
            "merge": asking("merge", one, two),
            "delete": asking("delete", one),
            "retag": reverse("admin:topic-retag", args=[one.pk]),
        }[where]

        def ask():
            return desk.post(url, {"target": two.pk, "_preview": "1"}) if where == "merge" else desk.get(url)

        def fill(count):
            for _number in range(count):
                make_topic(f"One {Topic.objects.count()}", parent=one, keywords=["y"])
                make_story(topics=[one, two])
                TopicAlias.objects.create(name=f"Name {TopicAlias.objects.count()}", topic=one)

        fill(2)
        ask()
        with CaptureQueriesContext(connection) as few:
            assert ask().status_code == 200
        fill(20)
        with CaptureQueriesContext(connection) as many:
            ask()
        assert len(many) == len(few)
        assert len(few) < 25


class TestForm:
    @pytest.mark.parametrize("steps", [0, 1, 2])
    def test_a_circle_is_refused_with_a_clear_word(self, desk, steps):
        top = below = make_topic("Top")
        for number in range(steps):
            below = make_topic(f"Below {number}", parent=below)
        response = desk.post(page_of(top), fields_of(desk.get(page_of(top))) | {"parent": below.pk})
        assert "A topic cannot stand below itself." in text_of(response)
        assert Topic.objects.get(pk=top.pk).parent is None

    def test_a_new_name_keeps_the_old_and_a_new_address_leads_on(self, desk, client, bring):
        topic = make_topic("Old", slug="old")
        make_story(topics=[topic])
        posted = fields_of(desk.get(page_of(topic))) | {"name": "New", "slug": "new"}
        assert desk.post(page_of(topic), posted).status_code == 302
        response = client.get("/topics/old/")
        assert (response.status_code, response.url, response["Cache-Control"]) == (301, "/topics/new/", "no-cache")
        assert client.get("/topics/old/feeds/atom.xml").url == "/topics/new/feeds/atom.xml"
        values = make_values(topics=["Old"])
        bring(a=values)
        assert topics_of(Article.objects.get(web_url=values["webUrl"])) == ["New"]

    def test_two_editors_at_one_topic(self, desk):
        topic, parent = make_topic("Old", keywords=["a"]), make_topic("Parent")
        posted = fields_of(desk.get(page_of(topic)))
        Topic.objects.filter(pk=topic.pk).update(keywords=["theirs"], parent=parent)
        response = desk.post(page_of(topic), posted | {"keywords": "mine", "short_name": "Mine, too"})
        assert "it is “theirs” now" in text_of(response)
        again = fields_of(response)
        assert (again["keywords"], again["short_name"], str(again["parent"])) == ("mine", "Mine, too", str(parent.pk))
        assert desk.post(page_of(topic), again).status_code == 302
        topic.refresh_from_db()
        assert (topic.keywords, topic.short_name, topic.parent) == (["mine"], "Mine, too", parent)


class TestMerging:
    def test_everything_becomes_the_targets(self, desk, client, bring, editor):
        gone = make_topic("Gone", slug="gone", keywords=["a", "b"], hashtags=["#g"], description="Kept.")
        target = make_topic("Stays", slug="stays", keywords=["b", "c"])
        child, both = make_topic("Child", parent=gone), make_story(topics=[gone, target])
        other = make_topic("Other")
        story = make_story(topics=[other, gone], state=State.INBOX)
        shown = desk.post(asking("merge", gone), {"target": target.pk, "_preview": "1"})
        html = text_of(shown)
        for sentence in (
            "The stories of the others get Stays in their place",
            "come to /topics/gone/ or its feeds are led to /topics/stays/",
            "The next import finds it by: Gone, Stays.",
            "Its keywords take in: a.",
            "Below Stays stand then: Child.",
        ):
            assert sentence in html, sentence
        assert shown.context["preview"].rows[1] == ("Gone", [(2, ""), (1, ""), (1, ""), (1, "")])
        desk.post(asking("merge", gone), {"target": target.pk, "_do": "1"} | seen_in(shown))
        assert not Topic.objects.filter(pk=gone.pk).exists()
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

    def test_places_in_lists_are_kept(self):
        gone, target = make_topic("Gone"), make_topic("Stays")
        story = make_story(topics=[gone])
        merge_topics(target, [gone], COMMAND_LINE)
        link = ArticleTopic.objects.get()
        assert (link.tag, link.published, link.dated_at) == (target, True, story.dated_at)

    def test_into_one_far_below_makes_no_circle(self):
        top = make_topic("Top")
        gone = make_topic("Gone", parent=top)
        middle = make_topic("Middle", parent=gone)
        target = make_topic("Stays", parent=middle)
        merge_topics(target, [gone], COMMAND_LINE)
        for topic in (target, middle):
            topic.refresh_from_db()
        assert (target.parent, middle.parent) == (top, target)

    def test_several_of_one_branch(self):
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

    def test_saved_views_lead_on(self, desk, editor):
        gone, target, other = make_topic("Gone"), make_topic("Stays"), make_topic("Other")
        views = {
            "of it": (f"state=inbox&topic_links__tag__id__exact={gone.pk}", target),
            "of it alone": (f"o=-5&topic_itself={gone.pk}", target),
            "of another": (f"topic_itself={other.pk}", other),
        }
        for name, (query, _topic) in views.items():
            SavedView.objects.create(owner=editor, name=name, query=query)
        # A provider may have the same key, which is another thing.
        of_provider = SavedView.objects.create(owner=editor, name="provider", query=f"provider__id__exact={gone.pk}")
        merge_topics(target, [gone], COMMAND_LINE)
        for name, (query, topic) in views.items():
            assert SavedView.objects.get(name=name).query == query.rpartition("=")[0] + f"={topic.pk}"
        of_provider.refresh_from_db()
        assert of_provider.query == f"provider__id__exact={gone.pk}"
        delete_topics([target], COMMAND_LINE)
        assert "gone since" in text_of(desk.get(f"{STORIES}?{SavedView.objects.get(name='of it').query}"))

    def test_of_too_many_stories_it_is_refused_and_says_what_to_do(self, desk, monkeypatch):
        monkeypatch.setattr(topic_previews, "MOST_AT_ONCE", 1)
        gone, small, target = make_topic("Gone"), make_topic("Small"), make_topic("Stays")
        for _number in range(2):
            make_story(topics=[gone])
        posted = {"target": target.pk, "_preview": "1"}
        shown = desk.post(asking("merge", gone), posted)
        assert "These are 2 stories. No more than 1 are changed at once" in text_of(shown)
        assert f'href="{reverse("admin:topic-retag", args=[gone.pk])}"' in text_of(shown)
        assert 'name="_do"' not in text_of(shown)
        desk.post(asking("merge", gone), posted | {"_do": "1"} | seen_in(shown))
        assert Topic.objects.filter(pk=gone.pk).exists()
        shown = desk.get(asking("delete", gone, small))
        assert 'name="_do"' not in text_of(shown)
        desk.post(asking("delete", gone, small), {"_do": "1"} | seen_in(shown))
        assert Topic.objects.count() == 3
        assert 'name="_do"' in text_of(desk.get(asking("delete", small)))

    def test_one_of_very_many_is_searched_for(self, desk, monkeypatch):
        gone, target = make_topic("Gone"), make_topic("Stays", parent=make_topic("Top"))
        assert "Top › Stays" in text_of(desk.get(asking("merge", gone)))
        monkeypatch.setattr(form_fields, "MOST_OPTIONS", 1)
        for page in (asking("merge", gone), reverse("admin:topic-retag", args=[gone.pk])):
            html = text_of(desk.get(page))
            assert "admin-autocomplete" in html
            assert "autocomplete.js" in html
            assert "Stays" not in html
        # What was chosen is still there when something else is wrong, or to be looked at.
        shown = text_of(desk.post(asking("merge", gone), {"target": target.pk, "_preview": "1"}))
        assert f'<option value="{target.pk}" selected>Stays</option>' in shown

    @pytest.mark.parametrize("meanwhile", ["name", "child", "gone"])
    def test_what_somebody_else_did_meanwhile_is_noticed(self, desk, meanwhile):
        gone, target = make_topic("Gone"), make_topic("Stays")
        posted = {"target": target.pk, "_do": "1"}
        seen = seen_in(desk.post(asking("merge", gone), {"target": target.pk, "_preview": "1"}))
        if meanwhile == "name":
            gone.name = "Renamed"
            gone.save()
        elif meanwhile == "child":
            make_topic("New", parent=gone)
        else:
            target.delete()
        response = desk.post(asking("merge", gone), posted | seen, follow=True)
        assert Topic.objects.filter(pk=gone.pk).exists()
        if meanwhile != "gone":
            assert "Somebody else changed this" in text_of(response)

    def test_selected_ones_are_merged_into_one_of_them(self, desk):
        one, two = make_topic("One"), make_topic("Two")
        posted = {"action": "merge_selected", "_selected_action": [one.pk, two.pk]}
        assert desk.post(LIST, posted).url == asking("merge", one, two)
        posted["_selected_action"] = [one.pk]
        assert "Select two topics" in text_of(desk.post(LIST, posted, follow=True))


class TestDeleting:
    def test_it_is_shown_first_and_stays_deleted(self, desk, client, bring):
        parent = make_topic("Parent", slug="parent")
        topic = make_topic("Gone", slug="gone", parent=parent)
        topic.name = "Gone now"
        topic.save()
        child, other = make_topic("Child", parent=topic), make_topic("Other")
        values = make_values(topics=["Gone", "Other"])
        bring(a=values)
        story = Article.objects.get()
        assert topics_of(story) == ["Gone now", "Other"]
        shown = desk.get(reverse("admin:articles_topic_delete", args=[topic.pk]), follow=True)
        html = text_of(shown)
        for sentence in (
            "come to /topics/gone/ or its feeds are led to /topics/parent/",
            "Below Parent stand then: Child.",
            "Imports leave out what upstream calls: Gone, Gone now.",
        ):
            assert sentence in html, sentence
        desk.post(asking("delete", topic), {"_do": "1"} | seen_in(shown))
        assert not Topic.objects.filter(pk=topic.pk).exists()
        child.refresh_from_db()
        assert (child.parent, topics_of(story)) == (parent, ["Other"])
        assert client.get("/topics/gone/").url == "/topics/parent/"
        # Upstream goes on naming it: in a known story, in new ones, and by itself.
        bring(a=values | {"title": "Changed"}, b=make_values(topics=["Gone now"]))
        report = bring(t={"taxonomy": "topic", "name": "Gone", "keywords": ["x"]})
        assert "left so" in report.outcomes[0].problems[0].message
        bring(u={"taxonomy": "topic", "name": "Below it", "parent": "Gone"})
        assert set(Topic.objects.values_list("name", flat=True)) == {"Parent", "Child", "Other", "Below it"}
        assert topics_of(story) == ["Other"]
        assert restore(story, 0, COMMAND_LINE) == ["topics"]
        assert topics_of(story) == [other.name]

    def test_lifted_it_comes_back(self, desk, bring):
        topic = make_topic("Gone")
        delete_topics([topic], COMMAND_LINE)
        url = reverse("admin:articles_topicalias_changelist")
        assert "Gone" in text_of(desk.get(url))
        name = TopicAlias.objects.get()
        desk.post(url, {"action": "lift", "_selected_action": [name.pk]})
        bring(a=make_values(topics=["Gone"]))
        assert topics_of(Article.objects.get()) == ["Gone"]

    def test_made_anew_at_the_desk_it_is_meant_again(self, bring):
        delete_topics([make_topic("Gone")], COMMAND_LINE)
        topic = make_topic("Gone")
        bring(a=make_values(topics=["Gone"]))
        assert Article.objects.get().topics.get() == topic
        assert not FormerTopicSlug.objects.exists()

    def test_whichever_way_it_is_deleted_it_stays_so(self, bring):
        make_topic("Gone").delete()
        make_topic("Gone, too")
        Topic.objects.all().delete()
        bring(a=make_values(topics=["Gone", "Gone, too", "Stays"]))
        assert topics_of(Article.objects.get()) == ["Stays"]

    def test_without_a_parent_readers_are_led_to_the_list(self, client):
        delete_topics([make_topic("Gone", slug="gone")], COMMAND_LINE)
        response = client.get("/topics/gone/?before=1-1")
        assert (response.status_code, response.url) == (301, "/topics/")
        assert client.get("/topics/gone/feeds/rss.xml").status_code == 404

    def test_several_at_once(self, desk):
        top = make_topic("Top")
        below = make_topic("Below", parent=make_topic("Middle", parent=top))
        middle = below.parent
        posted = {"action": "delete_all_selected", "_selected_action": [top.pk, middle.pk]}
        url = desk.post(LIST, posted).url
        assert url == asking("delete", top, middle)
        desk.post(url, {"_do": "1"} | seen_in(desk.get(url)))
        assert Topic.objects.get() == below
        assert Topic.objects.get().parent is None

    @pytest.mark.parametrize("turned", [1, -1])
    def test_in_whatever_order_those_below_move_past_all_of_them(self, turned):
        top = make_topic("Top")
        middle = make_topic("Middle", parent=top, slug="middle")
        below = make_topic("Below", parent=middle)
        delete_topics([top, middle][::turned], COMMAND_LINE)
        assert Topic.objects.values_list("pk", "parent_id").get() == (below.pk, None)
        assert FormerTopicSlug.objects.get(slug="middle").topic is None

    def test_a_child_that_came_meanwhile_is_noticed(self, desk):
        topic = make_topic("Gone")
        seen = seen_in(desk.get(asking("delete", topic)))
        make_topic("Child", parent=topic)
        response = desk.post(asking("delete", topic), {"_do": "1"} | seen, follow=True)
        assert "Somebody else changed this" in text_of(response)
        assert Topic.objects.filter(pk=topic.pk).exists()


class TestRetagging:
    def act(self, editor, action, **options):
        return execution.Act(action, options, Actor(Origin.ADMIN, editor))

    def test_a_topic_is_replaced_in_its_place(self, editor):
        old, new, other = make_topic("Old"), make_topic("New"), make_topic("Other")
        story, both, none = make_story(topics=[old, other]), make_story(topics=[new, old]), make_story(topics=[other])
        act = self.act(editor, BulkAction.REPLACE_TOPIC, topic=old.pk, other_topic=new.pk)
        results = [execution.do(act, one.pk).result for one in (story, both, none)]
        assert results == ["done", "done", "unchanged"]
        assert (set(topics_of(story)), topics_of(both), topics_of(none)) == ({"Other", "New"}, ["New"], ["Other"])
        revision = Revision.objects.get(article=story)
        assert (revision.note, revision.fields) == ("replace_topic: Old → New", ["topics"])

    def test_over_a_whole_topic(self, desk):
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

    def test_what_a_reporter_may_not_change_is_refused_story_by_story(self, client, reporter):
        old, new = make_topic("Old"), make_topic("New")
        out, waiting = make_story(topics=[old]), make_story(topics=[old], state=State.INBOX)
        client.force_login(reporter)
        page = client.post(
            reverse("admin:topic-retag", args=[old.pk]), {"action": "replace_topic", "other": new.pk}
        ).url
        client.post(page, {"topic": old.pk, "other_topic": new.pk, "_do": "1"})
        assert (topics_of(out), topics_of(waiting)) == (["Old"], ["New"])
        assert BulkChange.objects.get().counts == {"refused": 1, "done": 1}


class TestSuggesting:
    def test_many_stories_get_what_headline_or_excerpt_say(self, desk, editor):
        space = make_topic("Space", keywords=["rocket", "moon landing"])
        make_topic("Sport", keywords=["goal"])
        stories = [
            make_story(title="A rocket is ready", excerpt="", body="goal"),
            make_story(title="Nothing", excerpt="After the Moon-Landing", topics=[space]),
            make_story(title="Nothing", excerpt="", body="rocket"),
        ]
        posted = {"action": "add_suggested_selected", "_selected_action": [story.pk for story in stories]}
        page = desk.post(STORIES, posted).url
        assert [row.message for row in desk.get(page).context["tried"]] == ["Space", "", ""]
        desk.post(page, {"_do": "1"})
        assert [topics_of(story) for story in stories] == [["Space"], ["Space"], []]
        assert BulkChange.objects.get().counts == {"done": 1, "unchanged": 2}
        assert Revision.objects.get().note == "add_suggested"

    def test_at_most_three_are_added(self):
        for number in range(9):
            make_topic(f"word{number}")
        story = make_story(title=" ".join(f"word{number}" for number in range(9)))
        assert len(Suggester().sure(story)) == 3
        assert len(suggest_topics(story)) == 5

    def test_phrases_begin_and_end_with_words(self):
        make_topic("AI", keywords=["machine learning", "C++", ""])
        for title, found in (
            ("AI in the air", True),
            ("Rain in Spain", False),
            ("Machine-learning, again", True),
            ("A machine for learning", False),
            ("MACHINE LEARNING", True),
        ):
            assert bool(suggest_topics(make_story(title=title, excerpt=""))) is found, title

    def test_one_query_for_all_topics_and_none_for_each_story(self, django_assert_num_queries):
        for number in range(30):
            make_topic(f"Topic {number}", keywords=["rocket"])
        stories = [make_story(title="A rocket") for _number in range(3)]
        with django_assert_num_queries(1):
            suggester = Suggester()
            assert all(len(suggester.suggest(story)) == 5 for story in stories)


class TestPermissions:
    def test_a_reporter_looks_and_changes_no_topic(self, client, reporter):
        one, two = make_topic("One"), make_topic("Two")
        client.force_login(reporter)
        assert client.get(LIST).status_code == client.get(page_of(one)).status_code == 200
        for url in (asking("merge", one), asking("delete", one), reverse("admin:articles_topic_delete", args=[one.pk])):
            assert client.get(url).status_code == 403
            assert client.post(url, {"target": two.pk, "_do": "1"}).status_code == 403
        for action in ("merge_selected", "delete_all_selected", "delete_selected"):
            client.post(LIST, {"action": action, "_selected_action": [one.pk, two.pk], "post": "yes"})
        assert Topic.objects.count() == 2
        assert client.get(reverse("admin:articles_topicalias_changelist")).status_code == 200

    @pytest.mark.parametrize("of", ["", "?of=", "?of=x&of=-1", "?of=99999999999999999999", "?of=%00"])
    @pytest.mark.parametrize("what", ["merge", "delete"])
    def test_hostile_addresses_find_nothing(self, desk, what, of):
        url = reverse(f"admin:topic-{what}") + of
        assert desk.get(url).status_code == desk.post(url, {"_do": "1"}).status_code == 404

    @pytest.mark.parametrize("asked", ["x", "-1", "0", "9" * 30, "1..2", ""])
    def test_hostile_filters_filter_nothing(self, desk, asked):
        make_story()
        for name in ("topic_itself", "out", "lack"):
            assert len(desk.get(STORIES, {name: asked}, follow=True).context["cl"].result_list) == 1
