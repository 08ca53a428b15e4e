"""Deleting and exporting selected stories, and downloading their pictures."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission

from articles.models import Article
from desk.stories import list_actions
from tests.conftest import make_user
from tests.desk.pages import STORIES
from tests.factories import make_story

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", ["delete_selected", "export_selected"])
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


class TestDownloadingPictures:
    def post(self, client, keys):
        return client.post(STORIES, {"action": "download_pictures", "_selected_action": keys}, follow=True)

    def test_a_task_is_started_for_the_selected_stories(self, client, editor, monkeypatch):
        enqueued = []
        monkeypatch.setattr(list_actions, "download_for_stories", SimpleNamespace(enqueue=enqueued.append))
        first, second, _third = (make_story().pk for _number in range(3))
        client.force_login(editor)
        page = self.post(client, [first, second]).content.decode()
        assert [sorted(keys) for keys in enqueued] == [sorted([first, second])]
        assert "The pictures of 2 stories are being downloaded." in page

    def test_too_many_are_refused(self, client, editor, monkeypatch):
        enqueued = []
        monkeypatch.setattr(list_actions, "download_for_stories", SimpleNamespace(enqueue=enqueued.append))
        monkeypatch.setattr(list_actions, "MAX_DOWNLOADED", 1)
        client.force_login(editor)
        assert "At most 1 stories" in self.post(client, [make_story().pk for _number in range(2)]).content.decode()
        assert enqueued == []

    def test_it_takes_the_permission_to_change_stories(self, client, monkeypatch):
        enqueued = []
        monkeypatch.setattr(list_actions, "download_for_stories", SimpleNamespace(enqueue=enqueued.append))
        user = make_user("viewer")
        user.user_permissions.add(Permission.objects.get(codename="view_article"))
        client.force_login(user)
        self.post(client, [make_story().pk])
        assert enqueued == []
