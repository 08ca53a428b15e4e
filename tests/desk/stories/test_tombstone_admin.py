"""Deleting stories, and lifting their tombstones."""

import pytest
from django.urls import reverse

from articles.models import Article, RelatedLink, Tombstone
from newsroom.dates import format_time
from tests.desk.pages import STORIES
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_deleted_story_leaves_a_signed_tombstone_that_can_be_lifted(client, editor, reporter):
    story, other = make_story(outlets=2), make_story()
    url = reverse("admin:articles_article_delete", args=[story.pk])
    client.force_login(reporter)
    assert client.post(url, {"post": "yes"}).status_code == 403
    client.force_login(editor)
    html = client.get(url).content.decode()
    assert f"Readers will find no page at {story.get_absolute_url()}." in html
    assert "Imports skip it until you use “Allow re-import”" in html
    client.post(url, {"post": "yes"})
    client.post(STORIES, {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"})
    assert not Article.objects.exists()
    assert not RelatedLink.objects.exists()
    assert list(Tombstone.objects.values_list("identity", "deleted_by")) == [
        (other.identity, editor.pk),
        (story.identity, editor.pk),
    ]
    stones = reverse("admin:articles_tombstone_changelist")
    html = client.get(stones).content.decode()
    assert story.title in html
    assert f'title="{format_time(Tombstone.objects.first().deleted_at)}">just now</time>' in html
    posted = {"action": "allow_reimport", "_selected_action": list(Tombstone.objects.values_list("pk", flat=True))}
    client.post(stones, posted)
    assert not Tombstone.objects.exists()
