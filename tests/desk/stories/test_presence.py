"""Who has a story open."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.editing.fields import edit
from articles.models import OpenStory
from tests.desk.pages import STORIES, by, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_others_who_have_a_story_open_are_shown(desk, editor, other, django_user_model):
    story = make_story()
    OpenStory.objects.create(article=story, user=other)
    assert "other is also editing this story." in desk.get(page_of(story)).content.decode()
    assert "other is editing" in desk.get(STORIES).content.decode()
    url = reverse("admin:story-open", args=[story.pk])
    assert "other" in desk.post(url, {"seen": "0"}).json()["open"]
    assert OpenStory.objects.filter(user=editor).exists()
    edit(story, {"title": "New"}, by(other))
    assert "other has just changed" in desk.post(url, {"seen": "0"}).json()["changed"]
    desk.post(url, {"closed": "1"})
    assert not OpenStory.objects.filter(user=editor).exists()
    OpenStory.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert desk.get(page_of(story)).context["open_by"] == ""
    assert desk.post(reverse("admin:story-open", args=[story.pk + 9])).status_code == 404
