"""Topics that an import looks up while editors delete them."""

from unittest import mock

import pytest

from articles.db.pending_rows import PendingRows
from articles.editing.topics import delete_topics
from articles.importing.writing.context import TopicDirectory
from articles.importing.writing.related_rows import set_topics
from articles.querysets import TopicQuerySet
from articles.workflow import COMMAND_LINE
from tests.factories import make_story, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def deleted_before_use():
    """Create and delete each topic directly before it is looked up on its own, as another process may."""
    get_or_create_by_upstream_name = TopicQuerySet.get_or_create_by_upstream_name

    def delete_first(topics, name):
        delete_topics([make_topic(name)], COMMAND_LINE)
        return get_or_create_by_upstream_name(topics, name)

    with mock.patch.object(TopicQuerySet, "get_or_create_by_upstream_name", autospec=True, side_effect=delete_first):
        yield


@pytest.mark.usefixtures("deleted_before_use")
class TestTopicDeletedDuringImport:
    def test_directory_has_no_key_for_it(self):
        directory = TopicDirectory()
        directory.load(["AI"])
        assert directory == {"AI": None}

    def test_deleted_topic_is_not_added_to_a_known_story(self):
        story = make_story(topics=[])
        pending = PendingRows()
        assert set_topics(story, [], ["AI"], TopicDirectory(), pending) == []
        pending.write()
        assert list(story.topics.all()) == []
