"""Suggested topics, and adding them in bulk."""

import pytest

from articles.models import BulkChange, Revision
from articles.topic_suggestions import Suggester, suggest_topics
from tests.desk.pages import STORIES
from tests.desk.topics.pages import topics_of
from tests.factories import make_story, make_topic

pytestmark = pytest.mark.django_db


class TestSuggesting:
    def test_bulk_action_adds_topics_of_headline_and_excerpt(self, desk, editor):
        space = make_topic("Space", keywords=["rocket", "moon landing"])
        make_topic("Sport", keywords=["goal"])
        stories = [
            make_story(title="A rocket is ready", excerpt="", body="goal"),
            make_story(title="Nothing", excerpt="After the Moon-Landing", topics=[space]),
            make_story(title="Nothing", excerpt="", body="rocket"),
        ]
        posted = {"action": "add_suggested_selected", "_selected_action": [story.pk for story in stories]}
        page = desk.post(STORIES, posted).url
        assert [row.message for row in desk.get(page).context["preview_rows"]] == ["Space", "", ""]
        desk.post(page, {"_do": "1"})
        assert [topics_of(story) for story in stories] == [["Space"], ["Space"], []]
        assert BulkChange.objects.get().counts == {"done": 1, "unchanged": 2}
        assert Revision.objects.get().note == "add_suggested"

    def test_at_most_three_are_added(self):
        for number in range(9):
            make_topic(f"word{number}")
        story = make_story(title=" ".join(f"word{number}" for number in range(9)))
        assert len(Suggester().suggest_certain(story)) == 3
        assert len(suggest_topics(story)) == 5

    def test_phrases_begin_and_end_with_words(self):
        make_topic("AI", keywords=["machine learning", "C++", ""])
        for title, is_suggested in (
            ("AI in the air", True),
            ("Rain in Spain", False),
            ("Machine-learning, again", True),
            ("A machine for learning", False),
            ("MACHINE LEARNING", True),
        ):
            assert bool(suggest_topics(make_story(title=title, excerpt=""))) is is_suggested, title

    def test_one_query_for_all_topics_and_none_for_each_story(self, django_assert_num_queries):
        for number in range(30):
            make_topic(f"Topic {number}", keywords=["rocket"])
        stories = [make_story(title="A rocket") for _number in range(3)]
        with django_assert_num_queries(1):
            suggester = Suggester()
            assert all(len(suggester.suggest(story)) == 5 for story in stories)
