"""Saving a story's page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.choices import Owner, State
from articles.importing.runner import import_sources
from articles.models import Article, Revision
from tests.desk.pages import STORIES, fields_of, page_of
from tests.factories import as_document, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db


def test_saving_the_form_as_shown_changes_nothing(client, editor):
    story = make_story(outlets=2, picture=True, topics=[make_topic("AI")], levels=["Beginner"], body="Text")
    before = Article.objects.filter(pk=story.pk).values().get()
    client.force_login(editor)
    response = client.post(page_of(story), fields_of(client.get(page_of(story))))
    assert response.status_code == 302, response.context["errors"]
    after = Article.objects.filter(pk=story.pk).values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert story.related_links.count() == 2
    assert story.images.count() == 1
    assert [topic.name for topic in story.topics.all()] == ["AI"]


def test_edit_is_saved(client, editor):
    story, topic = make_story(outlets=1), make_topic("Space")
    client.force_login(editor)
    posted = fields_of(client.get(page_of(story)))
    posted |= {"title": "Better headline", "heat": 120, "topics": [topic.pk], "related_links-0-is_hidden": "on"}
    client.post(page_of(story), posted)
    story = Article.objects.get(pk=story.pk)
    assert (story.title, story.heat) == ("Better headline", 120)
    assert list(story.topics.all()) == [topic]
    assert story.related_links.get().is_hidden


def test_pins_require_the_permission_to_publish(client, editor, reporter):
    story = make_story()
    tried = ((reporter, 1, None), (editor, 1, 1), (reporter, "", 1), (editor, 16, 1), (editor, "", None))
    for user, pin, expected in tried:
        client.force_login(user)
        client.post(page_of(story), fields_of(client.get(page_of(story))) | {"pin": pin})
        assert Article.objects.get().pin == expected, (user, pin)


def test_new_story(client, editor):
    client.force_login(editor)
    url = reverse("admin:articles_article_add")
    posted = fields_of(client.get(url)) | {"title": "Our own", "heat": 5}
    response = client.post(url, posted)
    assert response.status_code == 302, response.context["errors"]
    story = Article.objects.get()
    assert (story.state, story.get_absolute_url()) == (State.INBOX, f"/{timezone.localdate():%Y/%m/%d}/our-own/")
    assert story.state_owner == Owner.DESK


def test_saving_one_field_leaves_the_others_to_upstream(client, editor, tmp_path):
    related = [{"title": "Other ", "webUrl": "https://other.example/1"}]
    values = make_values(title="Title ", excerpt="One.\nTwo.\n", related=related)
    values["publishedDateTime"] = "2026-11-20T09:30:00.123456Z"
    path = tmp_path / "a.md"
    path.write_bytes(as_document(values, "Body\n\nMore.\n"))
    import_sources([str(path)])
    story = Article.objects.get()
    client.force_login(editor)
    posted = fields_of(client.get(page_of(story)))
    posted = {key: value.replace("\n", "\r\n") if isinstance(value, str) else value for key, value in posted.items()}
    response = client.post(page_of(story), posted | {"heat": 99})
    assert response.status_code == 302, response.context["errors"]
    theirs = {**values, "title": "Later", "excerpt": "Later.", "publishedDateTime": "2026-11-21T09:30:00Z"}
    path.write_bytes(as_document(theirs, "Later.\n"))
    (outcome,) = import_sources([str(path)]).outcomes
    assert outcome.conflicts == []
    assert {"title", "excerpt", "body", "publishedDateTime"} <= set(outcome.changed)
    assert Article.objects.get().heat == 99


def test_reporter_cannot_change_a_published_story(client, reporter):
    story = make_story(title="Live", heat=5)
    client.force_login(reporter)
    assert client.get(page_of(story)).status_code == 200
    assert client.post(page_of(story), {"title": "Defaced"}).status_code == 403
    row = {"form-0-id": story.pk, "form-0-quality": 1, "form-0-heat": 99}
    posted = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", **row}
    client.post(STORIES, posted)
    story.refresh_from_db()
    assert (story.title, story.heat) == ("Live", 5)


def test_history_of_a_new_story_names_its_author(desk, editor):
    url = reverse("admin:articles_article_add")
    desk.post(url, fields_of(desk.get(url)) | {"title": "Our own"})
    assert Revision.objects.get().actor == editor
