"""Cached pages: never stale, never another reader's, and one query each."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles import workflow
from articles.choices import Action, State
from articles.models import Article, ArticleTopic, Image, RelatedLink
from articles.models.image import UNRATED
from newsroom.circuit_breaker import CircuitBreaker
from reader import page_cache
from reader.front_page import compose_front_page
from tests.factories import make_picture, make_provider, make_related, make_story, make_topic

# The cache version changes once in each transaction, so each write needs its own.
pytestmark = pytest.mark.django_db(transaction=True)
TICK = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def cache_pages(settings):
    settings.READER_CACHE = "pages"
    cache.clear()


def counts(client, pages, text):
    return sum(shows(client, url, text) for url in pages)


def shows(client, url, text):
    response = client.get(url)
    assert response.status_code == 200
    return text in response.content.decode()


def pages_with(story):
    """Return the addresses of the pages that list a published story."""
    return [
        "/",
        story.provider.get_absolute_url(),
        story.topics.first().get_absolute_url(),
        f"/{story.dated_at:%Y/%m}/",
    ]


@pytest.fixture
def story():
    # With another story, so that the pages exist without it.
    topic, provider = make_topic("Climate"), make_provider(name="The Isobar")
    make_story(title="Stays", topics=[topic], provider=provider)
    return make_story(title="Comes and goes", topics=[topic], provider=provider, state=State.INBOX)


def test_cached_page_needs_one_query(client, story, monkeypatch):
    # A page older than two seconds has one more header.
    start = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: start)
    for url in [*pages_with(story), Article.objects.get(title="Stays").get_absolute_url()]:
        first = client.get(url)
        with assertNumQueries(1):
            second = client.get(url)
        assert second.content == first.content
        assert dict(second.items()) == dict(first.items())


def test_publishing_and_withdrawing_show_at_the_next_request(client, story):
    pages = pages_with(story)
    assert counts(client, pages, "Comes and goes") == 0
    workflow.apply(Action.PUBLISH, story, workflow.COMMAND_LINE)
    assert counts(client, pages, "Comes and goes") == len(pages)
    assert shows(client, story.get_absolute_url(), "Comes and goes")
    workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)
    assert counts(client, pages, "Comes and goes") == 0
    assert client.get(story.get_absolute_url()).status_code == 410


def rename_by_update():
    Article.objects.filter(title="Stays").update(title="Renamed")


def rename_by_statement():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_article SET title = 'Renamed' WHERE title = 'Stays'")


def rename_provider():
    story = Article.objects.get(title="Stays")
    story.provider.name = "Renamed"
    story.provider.save()


def rename_topic():
    topic = Article.objects.get(title="Stays").topics.first()
    topic.name = "Renamed"
    topic.save()


def cover_elsewhere():
    make_related(Article.objects.get(title="Stays"), title="Renamed")


def cover_in_bulk():
    story = Article.objects.get(title="Stays")
    RelatedLink.objects.bulk_create([RelatedLink(article=story, title="Renamed", web_url="https://other.example/1")])


def picture_in_bulk():
    story = Article.objects.get(title="Stays")
    Image.objects.bulk_create(
        [Image(article=story, url="https://img.example/1", file="pictures/1.png", title="Renamed", lead_score=UNRATED)]
    )


def file_in_bulk():
    story, topic = Article.objects.get(title="Stays"), make_topic("Renamed")
    ArticleTopic.objects.bulk_create([ArticleTopic(content_object=story, tag=topic)])


CHANGES = [
    *(rename_by_update, rename_by_statement, rename_provider, rename_topic),
    *(cover_elsewhere, cover_in_bulk, picture_in_bulk, file_in_bulk),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_page_shows_at_the_next_request(client, story, change):
    url = Article.objects.get(title="Stays").get_absolute_url()
    assert not shows(client, url, "Renamed")
    change()
    assert shows(client, url, "Renamed")


def test_new_picture_shows_at_the_next_request(client, story):
    other = Article.objects.get(title="Stays")
    assert not shows(client, other.get_absolute_url(), "/media/pictures/")
    make_picture(article=other)
    assert shows(client, other.get_absolute_url(), "/media/pictures/")


def test_change_of_a_hidden_story_keeps_the_cache_version(client, story):
    client.get("/")
    story.title = "Still in the inbox"
    story.save()
    with assertNumQueries(1):
        client.get("/")


def test_page_of_a_rolled_back_change_is_not_served(client, story):
    try:
        with transaction.atomic():
            rename_by_update()
            client.get("/")
            raise ValueError
    except ValueError:
        pass
    assert not shows(client, "/", "Renamed")


def test_scheduled_times_take_effect_on_cached_pages(client, story, monkeypatch):
    start = timezone.now()
    workflow.apply(Action.PUBLISH, story, workflow.COMMAND_LINE, visible_from=start + timedelta(seconds=20))
    Article.objects.filter(pk=story.pk).update(visible_until=start + timedelta(seconds=40))
    for seconds, visible in ((0, False), (15, False), (20, True), (39, True), (40, False)):
        monkeypatch.setattr(timezone, "now", lambda seconds=seconds: start + timedelta(seconds=seconds))
        assert shows(client, "/", "Comes and goes") is visible, seconds


def test_cached_page_expires_after_a_minute(client, story, monkeypatch):
    start = timezone.now()
    minute = timedelta(minutes=1)
    for later, is_cached in ((0 * minute, False), (minute - TICK, True), (minute, False), (2 * minute, False)):
        monkeypatch.setattr(timezone, "now", lambda later=later: start + later)
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        assert (len(queries) == 1) is is_cached, later


def test_page_that_changed_while_it_was_rendered_is_not_served_again(client, story, monkeypatch):
    def compose_and_change():
        front = compose_front_page()
        rename_by_update()
        return front

    monkeypatch.setattr("reader.views.stories.compose_front_page", compose_and_change)
    assert not shows(client, "/", "Renamed")
    monkeypatch.undo()
    assert shows(client, "/", "Renamed")


@pytest.mark.parametrize("setting", ["off", "cards"])
def test_pages_are_not_cached_unless_the_setting_says_so(client, story, settings, setting):
    client.get("/")
    settings.READER_CACHE = setting
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert len(queries) > 1


class TestConditionalGet:
    def test_by_tag(self, client, story):
        tag = client.get("/")["ETag"]
        response = client.get("/", headers={"if-none-match": tag})
        assert (response.status_code, response.content) == (304, b"")
        rename_by_update()
        assert client.get("/", headers={"if-none-match": tag}).status_code == 200

    def test_by_time(self, client, story, monkeypatch):
        start = timezone.now()
        client.get("/")
        monkeypatch.setattr(timezone, "now", lambda: start + timedelta(seconds=5))
        modified = client.get("/")["Last-Modified"]
        assert client.get("/", headers={"if-modified-since": modified}).status_code == 304
        rename_by_update()
        assert client.get("/", headers={"if-modified-since": modified}).status_code == 200

    def test_new_page_has_no_last_modified(self, client, story, monkeypatch):
        """HTTP's times are whole seconds: another page may follow within the same one."""
        start, delay = timezone.now(), timedelta(seconds=2)
        for age, has_header in ((0 * TICK, False), (TICK, False), (delay, False), (delay + TICK, True)):
            monkeypatch.setattr(timezone, "now", lambda age=age: start + age)
            assert client.get("/").has_header("Last-Modified") is has_header, age

    def test_without_the_cache_too(self, client, story, settings):
        settings.READER_CACHE = "off"
        tag = client.get("/")["ETag"]
        assert client.get("/", headers={"if-none-match": tag}).status_code == 304


class TestKeys:
    def test_language_and_theme(self, client, story):
        plain = client.get("/").content
        client.cookies["theme"] = "dark"
        dark = client.get("/").content
        assert b'data-theme="dark"' in dark
        assert b"data-theme" not in plain
        german = client.get("/", headers={"accept-language": "de"}).content
        assert b'<html lang="de"' in german
        assert client.get("/")["Vary"] == "Accept-Language, Cookie"

    def test_host_and_scheme(self, client, story):
        assert b"http://localhost/" in client.get("/", headers={"host": "localhost"}).content
        assert b"http://127.0.0.1/" in client.get("/", headers={"host": "127.0.0.1"}).content

    def test_unknown_host_is_refused(self, story, client):
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400

    def test_unknown_parameters_share_a_page(self, client, story):
        client.get("/?utm_source=x")
        with assertNumQueries(1):
            client.get("/?fbclid=y")

    def test_cached_page_does_not_contain_unknown_parameters(self, client, story):
        other = Article.objects.get(title="Stays")
        for url in ("/", other.get_absolute_url(), f"{other.provider.get_absolute_url()}feeds/atom.xml"):
            assert not shows(client, f"{url}?utm_source=somebody", "somebody"), url

    def test_each_page_of_a_list_is_separate(self, client, story):
        provider = story.provider
        for _number in range(30):
            make_story(provider=provider)
        first = client.get(provider.get_absolute_url())
        older = first.context["page"].older
        assert client.get(provider.get_absolute_url(), {"before": older}).content != first.content

    def test_desk_is_not_cached(self, django_user_model, story):
        client = Client()
        client.force_login(django_user_model.objects.create_superuser("chief"))
        assert client.get("/admin/").status_code == 200
        assert Client().get("/admin/").status_code == 302

    def test_errors_are_not_cached(self, client, story):
        url = story.get_absolute_url()
        assert client.get(url).status_code == 404
        # Nor by a proxy, which may store a 404 that says nothing about it.
        assert client.get(url)["Cache-Control"] == "no-cache"
        assert client.get(url)["Vary"] == "Accept-Language, Cookie"
        Article.objects.filter(pk=story.pk).update(state=State.PUBLISHED, visible_from=timezone.now())
        assert client.get(url).status_code == 200
        workflow.apply(Action.WITHDRAW, Article.objects.get(pk=story.pk), workflow.COMMAND_LINE)
        for status, address in ((410, url), (404, "/1999/01/")):
            response = client.get(address)
            assert (response.status_code, response["Cache-Control"]) == (status, "no-cache")
            assert (response["Vary"], response.has_header("ETag")) == ("Accept-Language, Cookie", False)


def test_readers_get_their_pages_when_the_cache_is_down(client, story, monkeypatch, caplog):
    def down(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(page_cache, "breaker", CircuitBreaker("The page cache", pause=0))
    with monkeypatch.context() as patch:
        patch.setattr(page_cache.cache, "get", down)
        patch.setattr(page_cache.cache, "set", down)
        assert shows(client, "/", "Stays")
    assert "The page cache does not answer" in caplog.text
    assert page_cache.breaker.is_failing
    assert shows(client, "/", "Stays")
    assert not page_cache.breaker.is_failing
