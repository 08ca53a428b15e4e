"""The page of a story, and of one that was deleted in the meantime."""

import re

import pytest
from django.urls import reverse

from articles.choices import State
from articles.models import UpstreamDocument, UpstreamSecret
from tests.desk.pages import STORIES, fields_of, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_deleted_story_returns_the_typed_text(client, editor):
    story = make_story(state=State.INBOX)
    client.force_login(editor)
    posted = fields_of(client.get(page_of(story))) | {"title": "Typed in vain", "excerpt": "<b>And this</b>"}
    client.post(reverse("admin:articles_article_delete", args=[story.pk]), {"post": "yes"})
    response = client.post(page_of(story), posted)
    html = response.content.decode()
    assert response.status_code == 410
    assert "Typed in vain" in html
    assert "&lt;b&gt;And this&lt;/b&gt;" in html
    assert "Deleted by editor" in html
    # The draft that the browser keeps is not thrown away.
    assert list(response.cookies) == ["csrftoken", "messages"]
    assert client.get(page_of(story)).status_code == 302


def test_upstream_document_is_shown_without_the_secured_blob(client, editor):
    story = make_story()
    upstream = UpstreamDocument.objects.create(article=story, values={"title": "Said so"}, digest="d")
    UpstreamSecret.objects.create(upstream=upstream, text="hush")
    client.force_login(editor)
    page = client.get(page_of(story)).content.decode()
    assert "Said so" in page
    assert "hush" not in page


@pytest.mark.parametrize("key", ["0", "999999", "x", "_2Fchange", "1_00"])
def test_unknown_story_is_no_error(client, editor, key):
    client.force_login(editor)
    response = client.get(f"/admin/articles/article/{key}/change/")
    assert response.status_code in (302, 404)


def test_breadcrumb_has_each_part_once(desk):
    story = make_story(title="A headline")
    for page, parts in {
        STORIES: ["Stories"],
        page_of(story): ["Stories", "A headline"],
        reverse("admin:articles_article_history", args=[story.pk]): ["Stories", "A headline"],
        reverse("admin:providers_provider_change", args=[story.provider.pk]): ["Providers", story.provider.name],
    }.items():
        html = desk.get(page).content.decode()
        assert re.findall(r'class="desk-part"[^>]*>([^<]*)<', html) == parts, page
