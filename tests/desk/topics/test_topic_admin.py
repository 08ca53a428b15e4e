"""The desk's tree of topics, their pages, and who may do what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from articles.choices import State
from articles.models import Article, Topic, TopicAlias
from articles.topic_tree import ordered
from tests.desk.pages import STORIES, fields_of
from tests.desk.topics.pages import LIST, action_url, page_of, rows_in, text_of, topics_of
from tests.factories import make_story, make_topic, make_values

pytestmark = pytest.mark.django_db


class TestTree:
    def test_parents_come_before_their_children(self, desk):
        science, art = make_topic("Science"), make_topic("art")
        space = make_topic("Space", parent=science)
        for name in ("Moon", "Earth"):
            make_topic(name, parent=space)
        make_topic("Biology", parent=science)
        expected = [(0, "art"), (0, "Science"), (1, "Biology"), (1, "Space"), (2, "Earth"), (2, "Moon")]
        assert rows_in(desk.get(LIST)) == expected
        assert "--depth: 2" in desk.get(LIST).content.decode()
        assert art.children.count() == 0

    def test_search_results_show_their_path(self, desk):
        science = make_topic("Science", keywords=["Überflieger"])
        make_topic("Space", parent=make_topic("Far", parent=science))
        page = desk.get(LIST, {"q": "space"})
        assert rows_in(page) == [(0, "Space")]
        assert "Science › Far › Space" in text_of(page)
        assert rows_in(desk.get(LIST, {"q": "überflieg"})) == [(0, "Science")]
        assert rows_in(desk.get(LIST, {"q": "nothing of it"})) == []

    def test_pages_and_sorting(self, desk, monkeypatch):
        from desk.topics.topic_admin import TopicAdmin

        monkeypatch.setattr(TopicAdmin, "list_per_page", 2)
        top = make_topic("Top")
        for name in "cab":
            make_topic(name, parent=top)
        make_story(topics=[Topic.objects.get(name="a")])
        assert rows_in(desk.get(LIST)) == [(0, "Top"), (1, "a")]
        assert rows_in(desk.get(LIST, {"p": 2})) == [(1, "b"), (1, "c")]
        assert rows_in(desk.get(LIST, {"o": "-3"}))[0] == (0, "a")

    def test_filter_by_what_is_missing(self, desk):
        top = make_topic("Top", keywords=["x"])
        below, alone = make_topic("Below", parent=top), make_topic("Alone")
        make_story(topics=[below])
        names = {
            lack: {name for _depth, name in rows_in(desk.get(LIST, {"lack": lack}))}
            for lack in ("keywords", "stories", "place", "x")
        }
        assert names["keywords"] == {"Below", "Alone"}
        assert names["stories"] == {"Top", "Alone"}
        assert names["place"] == {alone.name}

    @given(
        st.lists(
            st.tuples(st.integers(1, 9), st.text(max_size=2), st.none() | st.integers(1, 9)),
            unique_by=lambda row: row[0],
        )
    )
    def test_each_topic_occurs_once_even_in_circles(self, rows):
        places = ordered(rows)
        assert set(places) == {key for key, _name, _parent in rows}
        parents = {key: parent for key, _name, parent in rows}
        position = {key: number for number, key in enumerate(places)}
        for key, parent in parents.items():
            above, visited = parent, set()
            while above in parents and above not in visited:
                visited.add(above)
                above = parents[above]
            if parent in position and key not in visited and above not in visited:
                assert position[parent] < position[key]
                assert places[key].depth == places[parent].depth + 1

    def test_last_published_is_in_the_past(self, desk):
        topic, noon = make_topic("Space"), timezone.now() - timedelta(days=2)
        make_story(topics=[topic], published_at=noon)
        later = timezone.now() + timedelta(days=2)
        make_story(topics=[topic], published_at=later, visible_from=later)
        assert desk.get(page_of(topic)).context["last"].dated_at == noon

    def test_counts_link_to_the_stories_of_the_topic_itself(self, desk):
        top = make_topic("Top")
        below = make_topic("Below", parent=top)
        for state in (State.PUBLISHED, State.INBOX):
            make_story(topics=[top], state=state)
        make_story(topics=[below])
        rows = {topic.name: topic for topic in desk.get(LIST).context["cl"].result_list}
        assert (rows["Top"].stories, rows["Top"].published_stories) == (2, 1)
        numbers = desk.get(page_of(top)).context["numbers"]
        assert [words for _label, words, _url in numbers] == ["2", "1"]
        for _label, words, url in numbers:
            assert len(desk.get(url).context["cl"].result_list) == int(words)

    @pytest.mark.parametrize("where", ["list", "found", "one", "merge", "delete", "retag"])
    def test_number_of_queries_is_constant(self, desk, where):
        one, two = make_topic("One", keywords=["x"]), make_topic("Two")
        url = {
            "list": LIST,
            "found": f"{LIST}?q=one",
            "one": page_of(one),
            "merge": action_url("merge", one, two),
            "delete": action_url("delete", one),
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
    def test_circle_is_refused(self, desk, steps):
        top = below = make_topic("Top")
        for number in range(steps):
            below = make_topic(f"Below {number}", parent=below)
        response = desk.post(page_of(top), fields_of(desk.get(page_of(top))) | {"parent": below.pk})
        assert "A topic cannot be below itself." in text_of(response)
        assert Topic.objects.get(pk=top.pk).parent is None

    def test_renamed_topic_keeps_its_alias_and_redirects(self, desk, client, bring):
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

    def test_concurrent_changes(self, desk):
        topic, parent = make_topic("Old", keywords=["a"]), make_topic("Parent")
        posted = fields_of(desk.get(page_of(topic)))
        Topic.objects.filter(pk=topic.pk).update(keywords=["theirs"], parent=parent)
        response = desk.post(page_of(topic), posted | {"keywords": "mine", "short_name": "Mine, too"})
        assert "Someone else changed this to “theirs”" in text_of(response)
        again = fields_of(response)
        assert (again["keywords"], again["short_name"], str(again["parent"])) == ("mine", "Mine, too", str(parent.pk))
        assert desk.post(page_of(topic), again).status_code == 302
        topic.refresh_from_db()
        assert (topic.keywords, topic.short_name, topic.parent) == (["mine"], "Mine, too", parent)


class TestPermissions:
    def test_reporter_sees_but_cannot_change(self, client, reporter):
        one, two = make_topic("One"), make_topic("Two")
        client.force_login(reporter)
        assert client.get(LIST).status_code == client.get(page_of(one)).status_code == 200
        for url in (
            action_url("merge", one),
            action_url("delete", one),
            reverse("admin:articles_topic_delete", args=[one.pk]),
        ):
            assert client.get(url).status_code == 403
            assert client.post(url, {"target": two.pk, "_do": "1"}).status_code == 403
        for action in ("merge_selected", "delete_all_selected", "delete_selected"):
            client.post(LIST, {"action": action, "_selected_action": [one.pk, two.pk], "post": "yes"})
        assert Topic.objects.count() == 2
        page = client.get(reverse("admin:articles_topicalias_changelist"))
        assert page.status_code == 200
        (heading,) = etree.HTML(page.content).xpath("//h1")
        assert "".join(heading.itertext()).split() == ["Deleted", "topics"]

    @pytest.mark.parametrize("of", ["", "?of=", "?of=x&of=-1", "?of=99999999999999999999", "?of=%00"])
    @pytest.mark.parametrize("what", ["merge", "delete"])
    def test_invalid_keys_return_404(self, desk, what, of):
        url = reverse(f"admin:topic-{what}") + of
        assert desk.get(url).status_code == desk.post(url, {"_do": "1"}).status_code == 404

    @pytest.mark.parametrize("value", ["x", "-1", "0", "9" * 30, "1..2", ""])
    def test_invalid_filters_are_ignored(self, desk, value):
        make_story()
        for name in ("topic_itself", "out", "lack"):
            assert len(desk.get(STORIES, {name: value}, follow=True).context["cl"].result_list) == 1
