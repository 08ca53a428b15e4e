"""Every address of the reader site, with stories readers must not see: none shows them, by title or by address."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.choices import State
from reader.urls import urlpatterns
from tests.factories import make_provider, make_related, make_story, make_topic
from tests.page_parts import links, story_slugs

pytestmark = pytest.mark.django_db

FEEDS = ("rss.xml", "atom.xml", "feed.json")
# Pages that show no story; every other page must show the one that is visible, or the test would prove nothing.
WITHOUT_STORIES = {"about", "offline", "service-worker", "preferences", "sitemap-index", "sitemap-pages"}
# A page under the site's own name; lists of topics and outlets name what has visible stories.
LISTS_OF_NAMES = {"topic-list": "Harbours", "provider-list": "Harbour Post", "archive": None}
# Stories that readers must not see, by a word that is in title and address, and what their own address answers.
HIDDEN = {"unpublished": 404, "withdrawn": 410, "rejected": 404, "reviewed": 404, "scheduled": 404, "expired": 410}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def visible(now):
    return make_story(
        title="Lighthouse visible",
        topics=[make_topic("Harbours")],
        provider=make_provider(name="Harbour Post"),
        published_at=now - timedelta(minutes=30),
        visible_from=now - timedelta(minutes=30),
    )


@pytest.fixture
def hidden(visible, now):
    """{word: story}: like the visible story in everything, hotter, and next to it in time on both sides."""
    states = {
        "unpublished": {"state": State.INBOX},
        "withdrawn": {"state": State.WITHDRAWN, "visible_from": now - timedelta(hours=2)},
        "rejected": {"state": State.REJECTED},
        "reviewed": {"state": State.IN_REVIEW},
        "scheduled": {"visible_from": now + timedelta(minutes=1)},
        "expired": {"visible_from": now - timedelta(hours=2), "visible_until": now - timedelta(seconds=1)},
    }
    assert states.keys() == HIDDEN.keys()
    stories = {}
    for number, (word, fields) in enumerate(states.items()):
        # Topics and outlets that no visible story has must not be listed either.
        only_here = make_topic(f"Only {word}")
        story = make_story(
            title=f"Lighthouse {word}",
            topics=[*visible.topics.all(), only_here],
            provider=visible.provider,
            published_at=now - timedelta(minutes=20 + 4 * number),
            heat=99,
            pin=number + 1,
            **fields,
        )
        if story.first_visible_at is None and "visible_from" in fields:
            type(story).objects.filter(pk=story.pk).update(first_visible_at=fields["visible_from"])
        make_story(title=f"Another {word}", provider=make_provider(name=f"Outlet of {word}"), **fields)
        # Coverage that is a story of ours leads to its page, if readers can see it.
        make_related(visible, title="Same event elsewhere", identity=story.identity, provider=make_provider())
        stories[word] = story
    return stories


def addresses(visible):
    """Return {name of a URL pattern: its addresses} of the whole reader site."""
    day, topic = visible.url_date, visible.topics.get()
    year, month, date = f"{day:%Y}", f"{day:%m}", f"{day:%d}"
    undated = make_story(title="Lighthouse visible, undated", published_at=None)
    search = reverse("search")
    return {
        "front-page": [reverse("front-page")],
        "about": [reverse("about")],
        "offline": [reverse("offline")],
        "service-worker": [reverse("service-worker")],
        "preferences": [],  # takes a form only
        "search": [
            f"{search}?q=lighthouse",
            f"{search}?q=lighthouse&sort=newest",
            f"{search}?topic={topic.slug}",
            f"{search}?q=lighthouse&provider={visible.provider.slug}&type=article&since={day}",
        ],
        "search-feed": [f"{reverse('search-feed', args=[feed])}?q=lighthouse" for feed in FEEDS],
        "feed": [reverse("feed", args=[feed]) for feed in FEEDS],
        "topic-list": [reverse("topic-list")],
        "topic": [reverse("topic", args=[topic.slug])],
        "topic-feed": [reverse("topic-feed", args=[topic.slug, feed]) for feed in FEEDS],
        "provider-list": [reverse("provider-list")],
        "provider": [reverse("provider", args=[visible.provider.slug])],
        "provider-feed": [reverse("provider-feed", args=[visible.provider.slug, feed]) for feed in FEEDS],
        "sitemap-index": [reverse("sitemap-index")],
        "sitemap-pages": [reverse("sitemap-pages")],
        "sitemap-news": [reverse("sitemap-news")],
        "sitemap-month": [reverse("sitemap-month", args=[year, month])],
        "archive": [reverse("archive")],
        "undated-story": [undated.get_absolute_url()],
        "archive-year": [reverse("archive-year", args=[year])],
        "archive-month": [reverse("archive-month", args=[year, month])],
        "archive-day": [reverse("archive-day", args=[year, month, date])],
        "story": [visible.get_absolute_url()],
    }


def test_every_address_of_the_reader_site_is_walked(visible):
    missing = {pattern.name for pattern in urlpatterns} - addresses(visible).keys()
    assert not missing, f"Add the addresses of {sorted(missing)} to this test."


@pytest.mark.parametrize("name", [pattern.name for pattern in urlpatterns])
def test_hidden_stories_are_nowhere(client, visible, hidden, name):
    for address in addresses(visible)[name]:
        response = client.get(address)
        text = b"".join(response).decode().lower()
        assert response.status_code == 200, address
        shown = [word for word in hidden if word in text]
        assert not shown, f"{address} shows stories that are {shown}"
        if name in LISTS_OF_NAMES:
            assert (LISTS_OF_NAMES[name] or str(visible.url_date.year)).lower() in text, address
        elif name not in WITHOUT_STORIES:
            assert "lighthouse-visible" in text, f"{address} does not show the visible story"
        assert story_slugs(text) <= {"lighthouse-visible", "lighthouse-visible-undated"}, address


@pytest.mark.parametrize(("word", "status"), HIDDEN.items())
def test_the_address_of_a_hidden_story_answers_404_or_410(client, hidden, word, status):
    response = client.get(hidden[word].get_absolute_url())
    assert response.status_code == status
    assert story_slugs("".join(links(response, "//body"))) == set()
    assert f"lighthouse {word}" not in response.content.decode().lower()
