"""The preview beside a story's form."""

import pytest
from django.urls import reverse

from articles.choices import State
from articles.models import Article, Revision
from tests.desk.pages import fields_of, fresh, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_preview_shows_the_form_and_saves_nothing(desk):
    story = make_story(state=State.INBOX, title="Old", outlets=2, picture=True)
    posted = fields_of(desk.get(page_of(story))) | {"title": "As it would be", "related_links-0-is_hidden": "on"}
    drawn = desk.post(reverse("admin:story-preview", args=[story.pk]), posted).json()
    assert "As it would be" in drawn["page"]
    assert "As it would be" in drawn["card"]
    assert fresh(story).title == "Old"
    assert not Revision.objects.exists()
    assert not story.related_links.filter(is_hidden=True).exists()
    assert desk.post(reverse("admin:story-preview", args=[story.pk]), posted | {"title": ""}).json()["errors"]
    drawn = desk.post(
        reverse("admin:story-preview-new"),
        fields_of(desk.get(reverse("admin:articles_article_add"))) | {"title": "Brand new"},
    ).json()
    assert "Brand new" in drawn["page"]
    assert Article.objects.count() == 1


def test_preview_requires_the_permission_to_change(client, reporter):
    story = make_story()
    client.force_login(reporter)
    assert client.post(reverse("admin:story-preview", args=[story.pk]), {"title": "x"}).status_code == 403
