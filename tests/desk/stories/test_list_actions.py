"""Deleting and exporting selected stories."""

import pytest

from articles.models import Article
from tests.desk.pages import STORIES
from tests.factories import make_story

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", ["delete_selected", "export_selected", "export_plain"])
def test_too_many_stories_are_refused_with_advice(client, editor, monkeypatch, action):
    keys = [make_story().pk for _number in range(3)]
    for limit in ("MAX_DELETED", "MAX_EXPORTED"):
        monkeypatch.setattr(f"desk.stories.list_actions.{limit}", 2)
    client.force_login(editor)
    posted = {"action": action, "_selected_action": keys, "post": "yes"}
    assert "At most 2 stories" in client.post(STORIES, posted, follow=True).content.decode()
    assert Article.objects.count() == 3
    posted["_selected_action"] = keys[:2]
    response = client.post(STORIES, posted)
    assert response.status_code == (302 if action == "delete_selected" else 200)
    response.close()
