"""Topics suggested by words."""

import pytest

from articles.topic_suggestions import suggest_topics
from tests.factories import make_story, make_topic

pytestmark = pytest.mark.django_db


def test_topics_are_suggested_by_words():
    space = make_topic("Space", keywords=["rocket", "moon landing"])
    make_topic("Sports", keywords=["goal"])
    story = make_story(title="A rocket for the Moon-Landing", excerpt="", topics=[])
    assert suggest_topics(story) == [space]
    assert suggest_topics(story, without=[space.pk]) == []
