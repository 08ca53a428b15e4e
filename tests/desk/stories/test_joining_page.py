"""Stories that may be one: where the desk shows them, and the page that joins them."""

import json

import pytest
from django.urls import reverse

from articles import workflow
from articles.editing.joining import join_stories
from articles.models import Article, Image, PossibleDuplicate, RelatedLink, Revision
from tests.desk.pages import keys_shown, page_of
from tests.factories import make_related, make_story, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    target = make_story(title="Gates close")
    other = make_story(title="Barrier shut", topics=[make_topic("Space")])
    make_related(other, title="Seen from the shore")
    Image.objects.create(article=other, url="https://pictures.example/a.jpg")
    PossibleDuplicate.objects.create(first=target, second=other, path="a.md")
    return target, other


def join_url(target, other):
    return reverse("admin:story-join", args=[target.pk, other.pk])


def dismiss_url(target, other):
    return reverse("admin:story-not-the-same", args=[target.pk, other.pk])


def test_suggestion_is_on_both_pages_and_on_the_dashboard(desk, pair):
    for story, other in (pair, pair[::-1]):
        page = desk.get(page_of(story)).content.decode()
        assert "Possible duplicates" in page
        assert join_url(story, other) in page
    assert "?duplicate=yes" in desk.get(reverse("admin:index")).content.decode()
    PossibleDuplicate.objects.all().delete()
    assert "Possible duplicates" not in desk.get(page_of(pair[0])).content.decode()
    assert "?duplicate=yes" not in desk.get(reverse("admin:index")).content.decode()


def test_page_shows_what_moves(desk, pair):
    target, other = pair
    page = desk.get(join_url(target, other)).content.decode()
    for text in (
        *("Gates close", "Barrier shut", "Topics added: Space.", "Seen from the shore", "1 picture is added."),
        *(f"{other.get_absolute_url()} redirects to {target.get_absolute_url()}.", join_url(other, target)),
    ):
        assert text in page
    assert Article.objects.count() == 2


def test_key_that_is_too_long_for_the_database_is_not_found(desk, pair):
    target, _other = pair
    for keys in ([target.pk, 2**63], [10**30, target.pk]):
        assert desk.get(reverse("admin:story-join", args=keys)).status_code == 404
        assert desk.post(reverse("admin:story-not-the-same", args=keys)).status_code == 404


def test_joining(desk, pair):
    target, other = pair
    signature = desk.get(join_url(target, other)).context["preview"].signature
    response = desk.post(join_url(target, other), {"_do": "", "seen": signature}, follow=True)
    assert "The stories are joined." in response.content.decode()
    assert list(Article.objects.all()) == [target]
    assert Revision.objects.get().actor is not None


def test_changed_story_is_not_joined(desk, pair):
    target, other = pair
    signature = desk.get(join_url(target, other)).context["preview"].signature
    other.save()
    desk.post(join_url(target, other), {"_do": "", "seen": signature})
    assert Article.objects.count() == 2


def test_dismissed_suggestion_does_not_return(desk, pair):
    target, other = pair
    assert desk.get(dismiss_url(target, other)).status_code == 405
    desk.post(dismiss_url(other, target))
    suggestion = PossibleDuplicate.objects.get()
    assert suggestion.dismissed_at
    assert suggestion.dismissed_by
    assert "Possible duplicates" not in desk.get(page_of(target)).content.decode()


def test_joining_requires_the_permissions_to_delete_and_publish(client, reporter, pair):
    target, other = pair
    Article.objects.update(state="inbox")
    client.force_login(reporter)
    assert join_url(target, other) not in client.get(page_of(target)).content.decode()
    assert client.get(join_url(target, other)).status_code == 403
    assert client.post(join_url(target, other), {"_do": "", "seen": ""}).status_code == 403
    assert client.post(dismiss_url(target, other)).status_code == 403


def test_story_that_does_not_exist(desk, pair):
    target, _other = pair
    for key in (0, 10**15, target.pk):
        assert desk.get(reverse("admin:story-join", args=[target.pk, key])).status_code == 404


def test_joined_story_is_found_by_the_url_of_the_other(desk, pair):
    target, other = pair
    link = make_related(make_story(), web_url=other.web_url, identity=other.identity)
    join_stories(target, other, workflow.COMMAND_LINE)
    assert keys_shown(desk, q=other.web_url) == [target.pk]
    assert link.linked_article == target
    own_story = RelatedLink.objects.with_own_story().get(pk=link.pk).own_story
    assert json.loads(own_story)["slug"] == target.slug
