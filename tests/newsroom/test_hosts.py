"""One site, one host: no request puts another host into a page, and SITE_URL decides what URLs begin with."""

import re
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.urls import set_script_prefix

from reader import page_cache
from tests.factories import make_story

pytestmark = pytest.mark.django_db
SITE = "https://news.example"
ATTACK = "//evil.example"


@pytest.fixture
def pages(settings):
    settings.READER_CACHE = "pages"
    cache.clear()
    # As the test client does: the connection is that of the test's transaction.
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    set_script_prefix("/")


@pytest.fixture
def stored(pages, monkeypatch):
    """Return the keys that pages are stored under."""
    keys = set()
    monkeypatch.setattr(page_cache.cache, "set", lambda key, *args: keys.add(key))
    return keys


@pytest.fixture
def site_url(settings):
    settings.SITE_URL = settings.SITE_ORIGIN = SITE
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "news.example", "www.news.example"]


def serve(path, **environ):
    """Return (status, body) of a request as a WSGI server makes it, with what the test client leaves out."""
    started = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    } | environ
    chunks = WSGIHandler()(environ, lambda status, headers: started.append(status))
    return started[0], b"".join(chunks).decode()


class TestForeignPrefix:
    @pytest.mark.parametrize("forced", ["", None])
    def test_it_is_in_nobodys_page(self, pages, settings, forced):
        """Also where prefixes are trusted: the key of a page has the prefix in it."""
        settings.FORCE_SCRIPT_NAME = forced
        poisoned = serve("/about/", SCRIPT_NAME=ATTACK)
        clean = serve("/about/")
        assert (poisoned[0], clean[0]) == ("200 OK", "200 OK")
        assert ("evil" in poisoned[1]) is (forced is None)
        assert "evil" not in clean[1]
        assert 'href="/about/"' in clean[1]

    def test_the_configured_one_is_used(self, pages, settings):
        settings.FORCE_SCRIPT_NAME = "/paper"
        _status, page = serve("/about/", SCRIPT_NAME=ATTACK)
        assert 'href="/paper/about/"' in page
        assert "evil" not in page

    def test_a_path_with_two_slashes_leads_nowhere(self, client):
        page = client.get("/", PATH_INFO="//evil.example/about/")
        assert page.status_code == 404
        assert re.findall(r'(?:href|src)="[^"]*evil[^"]*"', page.content.decode()) == []


class TestKeptPages:
    def test_pages_for_unknown_hosts_are_not_cached(self, client, stored, settings):
        settings.ALLOWED_HOSTS = ["news.example", ".wild.example"]
        for host in ("news.example", "news.example:80"):
            assert client.get("/about/", headers={"host": host}).status_code == 200
        assert len(stored) == 2
        for host in ("news.example:8081", "news.example:8082", "NEWS.example", "a.wild.example", "b.wild.example"):
            assert client.get("/about/", headers={"host": host}).status_code == 200, host
        assert len(stored) == 2

    def test_a_page_for_a_port_from_the_host_header_is_not_cached(self, client, stored, settings):
        # What gunicorn tells of a request that comes through a Unix socket.
        settings.ALLOWED_HOSTS, settings.IS_PRODUCTION = ["news.example", "[::1]"], True
        for port in ("81", "8081", "8082"):
            response = client.get("/about/", headers={"host": f"news.example:{port}"}, SERVER_PORT=port)
            assert response.status_code == 200
        assert not stored
        for host in ("news.example", "news.example:80", "[::1]"):
            assert client.get("/about/", headers={"host": host}).status_code == 200
        assert len(stored) == 3

    def test_on_a_laptop_the_servers_port_stores_pages(self, client, stored):
        for host in ("localhost:8000", "[::1]:8000"):
            assert client.get("/about/", headers={"host": host}, SERVER_PORT="8000").status_code == 200
        assert len(stored) == 2

    def test_no_query_stores_another_page(self, client, stored):
        story = make_story()
        for url in ("/about/", story.provider.get_absolute_url(), f"/{story.dated_at:%Y}/"):
            assert client.get(url).status_code == 200
        pages = set(stored)
        assert len(pages) == 3
        for query in ("?before=1-1", "?before=2-2", "?before=", "?after=x", "?utm_source=a", "?ref=b"):
            for url in ("/about/", story.provider.get_absolute_url(), f"/{story.dated_at:%Y}/"):
                client.get(url + query)
        assert stored == pages

    def test_later_pages_of_lists_are_right_all_the_same(self, client, pages):
        provider = make_story().provider
        for _number in range(30):
            make_story(provider=provider)
        first = client.get(provider.get_absolute_url())
        older = client.get(provider.get_absolute_url(), {"before": first.context["page"].older})
        assert older.status_code == 200
        assert older.content != first.content
        assert older["ETag"]


class TestRedirects:
    @pytest.mark.parametrize("host", ["www.news.example", "127.0.0.1", "unknown.example", "news.example:8080"])
    def test_other_hosts_are_redirected(self, client, site_url, host):
        for method in (client.get, client.head):
            response = method("/about/?before=1-1", headers={"host": host})
            assert (response.status_code, response["Location"]) == (301, f"{SITE}/about/?before=1-1"), host
            assert response["Cache-Control"] == "no-cache"

    def test_a_redirect_stays_on_the_site_whatever_the_path(self, client, site_url):
        response = client.get("/", PATH_INFO="//evil.example/", headers={"host": "www.news.example"})
        assert response["Location"] == f"{SITE}/evil.example/"

    @pytest.mark.parametrize("host", ["news.example", "news.example:443", "NEWS.example"])
    def test_the_sites_own_host_is_not(self, client, site_url, host):
        assert client.get("/about/", headers={"host": host}, secure=True).status_code == 200

    def test_nor_are_forms(self, client, site_url):
        response = client.post("/preferences/", {"theme": "dark", "next": "/about/"}, headers={"host": "127.0.0.1"})
        assert (response.status_code, response["Location"]) == (302, "/about/")

    def test_nor_are_health_checks(self, client, site_url):
        assert client.get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200

    def test_a_laptop_answers_each_of_its_hosts(self, client):
        for host in ("localhost", "127.0.0.1", "[::1]"):
            page = client.get("/about/", headers={"host": f"{host}:8000"})
            assert f'<link rel="canonical" href="http://{host}:8000/about/">' in page.content.decode()


class TestURLs:
    def test_all_that_name_a_host_name_that_of_site_url(self, client, site_url):
        story = make_story()
        address = f"{SITE}{story.get_absolute_url()}"

        def page(path):
            response = client.get(path, headers={"host": "news.example"}, secure=True)
            assert response.status_code == 200, path
            return response.content.decode()

        html = page(story.get_absolute_url())
        assert f'<link rel="canonical" href="{address}">' in html
        assert f'<meta property="og:url" content="{address}">' in html
        assert f'"url":"{address}"' in html
        assert f'<guid isPermaLink="true">{address}</guid>' in page(
            "/feeds/rss.xml"
        ) or f"<guid>{address}</guid>" in page("/feeds/rss.xml")
        assert f"<id>{address}</id>" in page("/feeds/atom.xml")
        assert f'"id": "{address}"' in page("/feeds/feed.json")
        assert f"<loc>{address}</loc>" in page(f"/sitemap-{story.url_date:%Y-%m}.xml")
        assert f"<loc>{SITE}/sitemap-news.xml</loc>" in page("/sitemap.xml")
        assert f"Sitemap: {SITE}/sitemap.xml" in page("/robots.txt")
        assert f"Canonical: {SITE}/.well-known/security.txt" in page("/.well-known/security.txt")
        assert "Contact: mailto:security@news.example\n" in page("/.well-known/security.txt")

    def test_none_follows_a_host_that_is_merely_allowed(self, client, site_url):
        response = client.post("/feeds/rss.xml", headers={"host": "www.news.example"})
        assert response.status_code == 405
        # A form may come by another host, and what answers it names the site's all the same.
        page = client.post("/nowhere/", headers={"host": "www.news.example"}).content.decode()
        assert "www.news.example" not in page
