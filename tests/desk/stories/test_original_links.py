"""Every story of the list, and every item of related coverage, links to the original in a new tab."""

import re

import pytest
from django.urls import reverse
from pytest_django.asserts import assertInHTML

from tests.desk.pages import STORIES, fields_of, page_of
from tests.factories import make_related, make_story

pytestmark = pytest.mark.django_db


def links_on(page):
    """Return (address, text) of each link to an original on a page."""
    html = page.content.decode()
    links = re.findall(
        r'<a href="([^"]*)" class="desk-original" target="_blank" rel="noopener noreferrer".*?>(.*?)</a>', html
    )
    return [(url, " ".join(re.sub("<.*?>", "", text).split())) for url, text in links]


def test_each_row_of_the_list(client, reporter):
    client.force_login(reporter)
    make_story(title="First", web_url="https://outlet.example/?a=1&b=2")
    make_story(title="<b>Second</b>", web_url="", original_url="https://origin.example/2")
    make_story(title="At the desk", web_url="", original_url="")
    assert links_on(client.get(STORIES)) == [
        ("https://outlet.example/?a=1&amp;b=2", "Original: First ↗"),
        ("https://origin.example/2", "Original: Second ↗"),
    ]


def test_each_related_item_of_a_story(client, reporter):
    client.force_login(reporter)
    story = make_story(state="inbox")
    make_related(story, title="Also here", web_url="https://other.example/1")
    make_related(story, title="No address", web_url="")
    page = client.get(page_of(story))
    assert ("https://other.example/1", "Original: Also here ↗") in links_on(page)
    assert [text for _url, text in links_on(page) if "No address" in text] == []


def test_the_link_opens_without_telling_where_from(client, reporter):
    client.force_login(reporter)
    story = make_story()
    words = '<a href="{}" class="desk-original" target="_blank" rel="noopener noreferrer" title="Opens in a new tab">'
    link = f'Original<span class="desk-unseen">: {story.title}</span> <span aria-hidden="true">↗</span></a>'
    assertInHTML(words.format(story.web_url) + link, client.get(STORIES).content.decode())


def test_head_of_the_page_links_to_the_original(desk):
    story = make_story(web_url="https://outlet.example/original")
    html = desk.get(page_of(story)).content.decode()
    link = re.search(r'<a class="desk-original"([^>]*)>', html)[1]
    assert 'href="https://outlet.example/original"' in link
    assert 'target="_blank"' in link


def test_links_of_the_preview_open_in_a_new_tab(desk):
    story = make_story()
    page = desk.get(page_of(story))
    sandboxes = re.findall(r'sandbox="([^"]*)"', page.content.decode())
    assert sandboxes == ["allow-same-origin allow-popups allow-popups-to-escape-sandbox"] * 2
    drawn = desk.post(reverse("admin:story-preview", args=[story.pk]), fields_of(page)).json()
    assert ['<base target="_blank">' in drawn[part] for part in ("page", "card")] == [True, True]
