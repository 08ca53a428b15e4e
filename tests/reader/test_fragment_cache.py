"""Cached cards: rendered once, and never stale."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from articles import workflow
from articles.choices import Action, Kind
from articles.models import Article, Image, RelatedLink
from reader import fragment_cache
from tests.factories import NOON, make_picture, make_provider, make_related, make_story, make_topic
from tests.page_parts import elements, links, story_slugs, texts
from tests.reader.views.test_stories import TOPIC_QUERIES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cache_cards(settings):
    settings.READER_CACHE = "cards"
    fragment_cache.cached_card.cache_clear()
    fragment_cache.cached_masthead.cache_clear()


@pytest.fixture
def story():
    provider, topic = make_provider(name="The Isobar"), make_topic("Climate")
    make_picture(provider=provider)
    return make_story(title="As it was", provider=provider, topics=[topic], picture=True, outlets=1)


def lists_of(story):
    return [
        "/",
        story.topics.first().get_absolute_url(),
        story.provider.get_absolute_url(),
        f"/{story.dated_at:%Y/%m}/",
    ]


def fetch(client, url, **headers):
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_card_is_rendered_once_for_all_its_pages(client, story, settings):
    _front, *lists = lists_of(story)
    pages = [fetch(client, url) for url in lists]
    assert fragment_cache.cached_card.cache_info().misses == 1
    settings.READER_CACHE = "off"
    assert [fetch(client, url) for url in lists] == pages
    assert fragment_cache.cached_card.cache_info().hits == len(lists) - 1


def test_list_of_cached_cards_needs_no_more_queries(client, story):
    url = story.topics.first().get_absolute_url()
    for _time in range(2):
        with assertNumQueries(TOPIC_QUERIES):
            fetch(client, url)


def statement(text):
    def change(_story):
        with connection.cursor() as cursor:
            cursor.execute(text)

    return change


# What changes, by which statement, and the card's new text.
CHANGES = {
    "its headline": (lambda story: Article.objects.filter(pk=story.pk).update(title="As it is"), "As it is"),
    "its excerpt, by a statement": (statement("UPDATE articles_article SET excerpt = 'Anew'"), "Anew"),
    "what it is": (lambda story: Article.objects.update(kind=Kind.VIDEO), "<span>Video</span>"),
    "its language": (lambda story: Article.objects.update(locale="pt_BR"), 'lang="pt-BR"'),
    "its time": (lambda story: Article.objects.update(published_at="2024-02-29T12:00Z"), "29 Feb 2024"),
    "its address": (lambda story: Article.objects.update(slug="elsewhere"), "/elsewhere/"),
    "its outlet's name": (statement("UPDATE providers_provider SET name = 'The Millibar'"), "The Millibar"),
    "its picture": (lambda story: Image.objects.filter(article=story).update(title="A barrier"), 'alt="A barrier"'),
    "its outlet's logo": (
        lambda story: Image.objects.exclude(provider=None).update(file="pictures/new-logo.png"),
        "new-logo.png",
    ),
    "how many cover it": (make_related, "Also in 2 other outlets"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_of_a_card_shows_at_the_next_request(client, story, name):
    change, text = CHANGES[name]
    pages = [url for url in lists_of(story) if url != f"/{story.dated_at:%Y/%m}/"]
    assert not any(text in fetch(client, url).partition("<body>")[2] for url in pages)
    change(story)
    for url in pages:
        assert text in fetch(client, url).partition("<body>")[2], url


def test_removed_coverage_and_pictures_disappear_from_the_card(client, story):
    url = story.topics.first().get_absolute_url()
    assert "/#coverage" in fetch(client, url)
    RelatedLink.objects.update(is_hidden=True)
    Image.objects.all().delete()
    page = fetch(client, url)
    assert story_slugs(page) == {story.slug}
    assert links(page, "//article") == [story.get_absolute_url()]
    assert elements(page, "//img") == []


def test_withdrawn_story_disappears_at_the_next_request(client, story):
    other = make_story(topics=story.topics.all(), provider=story.provider)
    for url in lists_of(story):
        assert story_slugs(fetch(client, url)) == {story.slug, other.slug}, url
    workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)
    for url in lists_of(story):
        assert story_slugs(fetch(client, url)) == {other.slug}, url


def test_each_language_has_its_own_cards(client, story):
    url = story.topics.first().get_absolute_url()
    assert "Also in 1 other outlet" in fetch(client, url)
    assert "Auch bei einem anderen Medium" in fetch(client, url, **{"accept-language": "de"})
    assert "Also in 1 other outlet" in fetch(client, url)


# The age of a story, the time until its card is read again, and the card's text before and after.
AGES = [
    (timedelta(seconds=10), timedelta(minutes=1), "just now", "1 minute ago"),
    (timedelta(minutes=58), timedelta(minutes=1), "58 minutes ago", "59 minutes ago"),
    (timedelta(minutes=59), timedelta(minutes=1), "59 minutes ago", "1 hour ago"),
    (timedelta(hours=23), timedelta(hours=1), "23 hours ago", "Thursday"),
    (timedelta(days=3), timedelta(days=1), "Tuesday", "Tuesday"),
    (timedelta(days=6, hours=12), timedelta(hours=11, minutes=59), "Saturday", "Saturday"),
    (timedelta(days=6, hours=12), timedelta(hours=12), "Saturday", "14 Nov 2026"),
    (timedelta(hours=-1), timedelta(hours=2), "20 Nov 2026", "1 hour ago"),
]


@pytest.mark.parametrize(("age", "later", "before", "after"), AGES)
def test_age_on_cached_cards_is_current(client, monkeypatch, age, later, before, after):
    story = make_story(published_at=NOON - age, visible_from=NOON - timedelta(days=9), topics=[make_topic("Climate")])
    for now, text in ((NOON, before), (NOON + later, after)):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        card = fetch(client, story.topics.first().get_absolute_url()).partition("<article")[2]
        assert re.search(r"<time[^>]*>(.*?)</time>", card)[1].replace("\xa0", " ") == text


def test_cards_do_not_need_the_shared_cache(client, story, monkeypatch):
    def down(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(cache, "get", down)
    monkeypatch.setattr(cache, "set", down)
    assert all("As it was" in fetch(client, url) for url in lists_of(story))


def test_masthead_shows_renamed_topics(client, story):
    assert ">Climate</a>" in fetch(client, "/")
    story.topics.update(name="Weather", short_name="")
    assert ">Weather</a>" in fetch(client, "/")


def test_masthead_has_the_current_day_and_its_page(client, story, monkeypatch):
    def masthead(url="/"):
        page = fetch(client, url)
        return page[page.index("<header") : page.index("</header>")]

    day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: day)
    first = masthead()
    assert masthead(story.topics.get().get_absolute_url()) != masthead("/about/") != first
    monkeypatch.setattr(timezone, "now", lambda: day + timedelta(days=1, seconds=-1))
    assert masthead() == first
    monkeypatch.setattr(timezone, "now", lambda: day + timedelta(days=1))
    assert masthead() != first


def test_cached_cards_have_the_date_in_the_current_time_zone(client, story, monkeypatch):
    def card_in(zone):
        with timezone.override(zone):
            return texts(fetch(client, story.topics.get().get_absolute_url()), "//article//time")

    monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(days=30))
    Article.objects.update(published_at=NOON + timedelta(hours=11))
    assert (card_in("UTC"), card_in("Asia/Tokyo"), card_in("UTC")) == (
        ["20 Nov 2026"],
        ["21 Nov 2026"],
        ["20 Nov 2026"],
    )


@pytest.mark.parametrize(
    ("setting", "debug", "expected"),
    [("off", False, False), ("cards", False, True), ("pages", False, True), ("cards", True, False)],
)
def test_fragments_are_cached_unless_turned_off_or_in_debug_mode(settings, setting, debug, expected):
    settings.READER_CACHE, settings.DEBUG = setting, debug
    assert fragment_cache.is_enabled() is expected
