"""Parameters of the list of stories: former names work, and wrong values are reported."""

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.urls import reverse

from articles.models import ImportBatch, SavedView
from desk.stories.list_parameters import with_current_names
from tests.desk.pages import STORIES, keys_shown
from tests.factories import make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db


def warnings_of(response):
    assert response.status_code == 200
    texts = [str(message) for message in get_messages(response.wsgi_request)]
    page = response.content.decode()
    assert all(text.split(" “")[0] in page for text in texts)
    return texts


class TestFormerNames:
    @pytest.mark.parametrize("name", ["type", "kind", "kind__exact"])
    def test_each_name_filters_by_type(self, desk, name):
        make_story(title="An article")
        video = make_story(title="A video", kind="video")
        assert keys_shown(desk, **{name: "video"}) == [video.pk]
        page = desk.get(STORIES, {name: "video", "o": "-5"})
        assert '<option value="video" selected>' in page.content.decode()
        assert warnings_of(page) == []

    def test_present_name_wins(self):
        parameters = with_current_names(QueryDict("kind=video&type=course&o=1&o=2"))
        assert parameters.urlencode() == "type=course&o=1&o=2"

    def test_saved_view_with_a_former_name(self, desk, editor):
        video = make_story(kind="video")
        make_story()
        SavedView.objects.create(owner=editor, name="Videos", query="kind=video&o=-5")
        view = next(view for view in desk.get(STORIES).context["views"]["views"] if view["name"] == "Videos")
        page = desk.get(f"{STORIES}?{view['query']}")
        assert [story.pk for story in page.context["cl"].result_list] == [video.pk]
        assert [view["name"] for view in page.context["views"]["views"] if view["is_shown"]] == ["Videos"]

    def test_view_is_saved_with_the_present_name(self, desk):
        desk.post(reverse("admin:story-view-save"), {"name": "Videos", "query": "kind=video"})
        assert SavedView.objects.get().query == "type=video"


class TestWrongValues:
    @pytest.mark.parametrize(
        ("parameters", "label"),
        [
            ({"state": "nothing"}, "state “nothing”"),
            ({"type": "nothing"}, "type “nothing”"),
            ({"kind": "nothing"}, "type “nothing”"),
            ({"quality": "41"}, "quality “41”"),
            ({"heat": "x"}, "heat “x”"),
            ({"picture": "maybe"}, "picture “maybe”"),
            ({"conflict": "no"}, "conflicts “no”"),
            ({"since": "year"}, "time “year”"),
            ({"batch": "x"}, "import “x”"),
            ({"out": "2026-11-14..2026-11-01"}, "published on “2026-11-14..2026-11-01”"),
            ({"topic_itself": "999"}, "this topic only “999”"),
            ({"topic_links__tag__id__exact": "x"}, "topic “x”"),
            ({"provider__id__exact": "9" * 30}, "provider “999"),
            ({"utm_source": "mail"}, "utm_source “mail”"),
            ({"dated_at__gte": "yesterday"}, "dated_at__gte “yesterday”"),
        ],
    )
    def test_each_is_reported_and_ignored(self, desk, parameters, label):
        story = make_story()
        response = desk.get(STORIES, parameters)
        (text,) = warnings_of(response)
        assert label in text
        assert [row.pk for row in response.context["cl"].result_list] == [story.pk]

    def test_the_right_ones_stay(self, desk):
        make_story()
        video = make_story(kind="video")
        response = desk.get(STORIES, {"type": "video", "state": "nothing", "utm_source": "mail", "o": "-5"})
        assert len(warnings_of(response)) == 2
        assert [story.pk for story in response.context["cl"].result_list] == [video.pk]

    def test_right_values_are_not_reported(self, desk):
        topic, provider = make_topic("Space"), make_provider()
        make_story(topics=[topic], provider=provider)
        batch = ImportBatch.objects.create()
        parameters = {
            "state": "published",
            "type": "article",
            "quality": "none",
            "picture": "no",
            "since": "",
            "batch": batch.pk,
            "topic_itself": topic.pk,
            "topic_links__tag__id__exact": topic.pk,
            "provider__id__exact": provider.pk,
            "out": "2026-11-01..2026-11-14",
            "q": "words",
            "p": "1",
        }
        assert warnings_of(desk.get(STORIES, parameters)) == []
