"""Requests that cannot be read: too large ones say so, all others are the plain 400."""

import pytest
from django.urls import reverse

from articles.choices import State
from articles.models import Article
from tests.desk.pages import fields_of, page_of
from tests.factories import make_related, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def test_a_reason_of_ten_megabytes_is_refused_with_a_message(desk):
    story = make_story(state=State.INBOX, title="Old")
    posted = fields_of(desk.get(page_of(story)))
    posted |= {"title": "New", "reason": "x" * 10_000_000, "articles_article_reject": "1"}
    response = desk.post(page_of(story), posted)
    html = response.content.decode()
    assert response.status_code == 413
    assert "This form is too large to send" in html
    assert f'href="{page_of(story)}"' in html
    assert "2.5\xa0MB" in html
    assert (Article.objects.get().title, Article.objects.get().state) == ("Old", State.INBOX)


def test_too_many_fields_are_reported(desk, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    response = desk.post(reverse("admin:articles_article_changelist"), {f"a{n}": "1" for n in range(9)})
    assert response.status_code == 413


def test_a_story_of_very_many_outlets_can_be_saved(desk):
    story = make_story(title="Old")
    provider = story.provider
    for _number in range(170):
        make_related(story, provider=provider)
    posted = fields_of(desk.get(page_of(story))) | {"title": "New"}
    assert len(posted) > 1000
    assert desk.post(page_of(story), posted).status_code == 302
    assert Article.objects.get().title == "New"


def test_an_unreadable_request_gets_the_plain_400(client):
    response = client.get("/", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert "We couldn't read that request." in response.content.decode()
