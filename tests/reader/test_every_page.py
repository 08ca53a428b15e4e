"""Rules for every page of the reader site: new URL patterns fail here until they keep them or are exempt by name."""

import pytest
from lxml import etree

from reader.urls import urlpatterns
from tests.reader.test_feeds import CHECKS
from tests.reader.test_visibility_walk import FEEDS, addresses, now, visible  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db

NAMES = [pattern.name for pattern in urlpatterns]
# Not shared by @shared_page: two are the same for all by their own headers, one is a form's address.
NOT_SHARED = {"offline", "service-worker", "preferences"}
# The pattern of the page that links each feed in its head, and for all but the front page in its text.
PAGES_OF_FEEDS = {
    "feed": "front-page",
    "topic-feed": "topic",
    "provider-feed": "provider",
    "search-feed": "search",
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_SHARED])
def test_page_is_shared(client, visible, name):  # noqa: F811
    for address in addresses(visible)[name]:
        response = client.get(address)
        assert getattr(response, "is_shared_page", False), f"Decorate the view of {name} with @shared_page."
        assert response["ETag"]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("search")])
def test_unknown_parameters_do_not_change_a_page(client, visible, name):  # noqa: F811
    for address in addresses(visible)[name]:
        assert b"somebody" not in b"".join(client.get(f"{address}?utm_source=somebody"))


def test_each_feed_is_linked_from_its_page(client, visible):  # noqa: F811
    urls = addresses(visible)
    assert {name for name in urls if name.endswith("feed")} == PAGES_OF_FEEDS.keys(), "Add the page of the feed."
    for name, page_name in PAGES_OF_FEEDS.items():
        page = etree.HTML(client.get(urls[page_name][0]).content)
        in_head = page.xpath("//link[@rel='alternate']/@href")
        in_text = page.xpath("//a/@href")
        assert len(urls[name]) == len(FEEDS)
        assert set(urls[name]) <= set(in_head), name
        assert set(urls[name]) <= set(in_text) or name == "feed", name


@pytest.mark.parametrize("name", PAGES_OF_FEEDS)
def test_each_feed_is_valid(client, visible, name):  # noqa: F811
    for feed, address in zip(FEEDS, addresses(visible)[name], strict=True):
        CHECKS[feed](client.get(address).content)
