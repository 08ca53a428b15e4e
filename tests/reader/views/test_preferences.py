"""A reader's theme and language: two cookies, and back to where they were."""

import pytest
from django.test import Client
from lxml import etree

URL = "/preferences/"


def test_theme_is_stored_and_reset(client):
    response = client.post(URL, {"theme": "dark", "next": "/archive/"})
    assert (response.status_code, response["Location"]) == (302, "/archive/")
    cookie = response.cookies["theme"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("dark", "Lax", True)
    assert client.post(URL, {"theme": "auto"}).cookies["theme"].value == ""


def test_language_is_stored(client):
    response = client.post(URL, {"language": "de", "next": "/"})
    assert response.cookies["django_language"].value == "de"


@pytest.mark.parametrize("given", [{"theme": "<script>"}, {"language": "xx"}, {"language": "../../etc"}, {}])
def test_unknown_values_are_not_stored(client, given):
    response = client.post(URL, given)
    assert response.status_code == 302
    assert not response.cookies


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "", "\0"]
)
def test_it_leads_nowhere_else(client, target):
    assert client.post(URL, {"theme": "dark", "next": target})["Location"] == "/"


def test_preferences_are_changed_only_by_post(client):
    assert client.get(URL, {"theme": "dark"}).status_code == 405


def test_it_needs_no_token_because_pages_are_shared():
    assert Client(enforce_csrf_checks=True).post(URL, {"theme": "dark"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/search/?q=rain&type=video&sort=newest", "/search/?since=2026-01-01&page=2"])
def test_a_search_is_preserved_in_full(client, url):
    form = etree.HTML(client.get(url).content).find(".//form[@class='preferences']")
    assert client.post(URL, {"theme": "dark", "next": form.find("input").get("value")})["Location"] == url


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["dark", "light", '"><script>', "purple"])
def test_a_page_accepts_only_existing_themes(client, cookie):
    client.cookies["theme"] = cookie
    page = client.get("/about/").content.decode()
    assert ("data-theme" in page) == (cookie in ("dark", "light"))
    assert '"><script>' not in page
