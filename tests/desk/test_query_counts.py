"""The number of queries of the desk's pages does not grow with their rows."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from articles.models import Topic
from tests.desk.pages import PROVIDERS, STORIES, page_of
from tests.factories import make_picture, make_provider, make_related, make_story, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, editor):
    client.force_login(editor)
    return client


def fill(count):
    topic = make_topic(f"Topic {Topic.objects.count()}")
    for _number in range(count):
        story = make_story(topics=[topic], picture=True, outlets=2)
        make_picture(provider=story.provider)


@pytest.mark.parametrize(
    "url",
    [
        STORIES,
        f"{STORIES}?q=story&state=published&kind__exact=article",
        reverse("admin:articles_topic_changelist"),
        PROVIDERS,
    ],
)
def test_lists(signed_in, url, django_assert_num_queries):
    fill(3)
    with django_assert_num_queries(100, exact=False) as few:
        assert signed_in.get(url).status_code == 200
    fill(20)
    with assertNumQueries(len(few)):
        assert signed_in.get(url).status_code == 200
    assert len(few) <= 16


def test_story_page(signed_in, django_assert_num_queries):
    story = make_story(outlets=1, picture=True, topics=[make_topic("First")])
    signed_in.get(page_of(story))
    with django_assert_num_queries(100, exact=False) as few:
        assert signed_in.get(page_of(story)).status_code == 200
    for _number in range(15):
        make_related(story, own_story=make_story())
        make_picture(article=story)
        story.topics.add(make_topic(f"More {_number}"))
    with assertNumQueries(len(few)):
        assert signed_in.get(page_of(story)).status_code == 200


def test_provider_page(signed_in, django_assert_num_queries):
    provider = make_provider()
    url = reverse("admin:providers_provider_change", args=[provider.pk])
    signed_in.get(url)
    with django_assert_num_queries(100, exact=False) as few:
        assert signed_in.get(url).status_code == 200
    for number in range(10):
        provider.aliases.create(domain="outlet.example", name=f"Name {number}")
        make_picture(provider=provider)
    with assertNumQueries(len(few)):
        assert signed_in.get(url).status_code == 200
