"""The form of a topic."""

import pytest
from django.urls import reverse

from articles.models import Topic
from tests.desk.pages import fields_of
from tests.factories import make_topic

pytestmark = pytest.mark.django_db


def test_keywords_are_typed_one_a_line(client, editor):
    topic = make_topic("AI", keywords=["llm"])
    client.force_login(editor)
    url = reverse("admin:articles_topic_change", args=[topic.pk])
    page = client.get(url)
    client.post(url, fields_of(page) | {"keywords": "llm\nmachine learning\n\nllm"})
    topic.refresh_from_db()
    assert topic.keywords == ["llm", "machine learning"]


def test_new_topic_gets_a_slug(client, editor):
    client.force_login(editor)
    url = reverse("admin:articles_topic_add")
    client.post(url, fields_of(client.get(url)) | {"name": "Outer Space"})
    assert Topic.objects.get().slug == "outer-space"


def test_circle_of_parents_is_refused(client, editor):
    top = make_topic("Top")
    below = make_topic("Below", parent=top)
    client.force_login(editor)
    url = reverse("admin:articles_topic_change", args=[top.pk])
    response = client.post(url, fields_of(client.get(url)) | {"parent": below.pk})
    assert "parent" in response.context["adminform"].form.errors
