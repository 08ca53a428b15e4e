"""Pictures on the pages and in the feeds of the reader site: which, how they are loaded, and from where."""

import json
import re

import pytest
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage
from lxml import etree
from pytest_django.asserts import assertNumQueries

from articles.models import Article, Image
from articles.models.image import CHOSEN
from pictures.renditions import base_name
from reader import fragment_cache
from tests.conftest import ROOT
from tests.factories import make_picture, make_provider, make_related, make_story, make_topic
from tests.page_parts import elements
from tests.reader.test_visibility_walk import addresses
from tests.reader.views.test_stories import FRONT_PAGE_QUERIES

pytestmark = pytest.mark.django_db
# Files of pictures on pages, without the logos of outlets.
PICTURES = "//div[@class='picture']//img"


def file_name(number, width=1600, height=1067):
    return base_name(f"{number:032x}", (width, height), has_alpha=False)


def add_picture(number, size=(1600, 1067), **fields):
    """Return a picture whose copies are named as if they had been stored; there are no files."""
    fields = {"lead_score": 20, "width": 60, "height": 40, **fields}
    url = fields.pop("url", f"https://img.example/{number}.png")
    return Image.objects.create(url=url, file=file_name(number, *size), **fields)


def attributes(page, *names):
    return [tuple(image.get(name) for name in names) for image in elements(page, PICTURES)]


@pytest.fixture
def topic():
    return make_topic("Harbours")


@pytest.fixture
def stories(topic):
    """Five stories, hottest first; the first and the fourth have no picture."""
    stories = [make_story(topics=[topic], heat=90 - number) for number in range(5)]
    for number in (1, 2, 4):
        add_picture(number, article=stories[number])
    return stories


def names_of(page):
    return [src.removeprefix("/media/") for (src,) in attributes(page, "src")]


class TestLoading:
    def test_first_picture_of_a_page_is_loaded_at_once_and_all_others_late(self, client, stories, topic):
        for url in ("/", topic.get_absolute_url(), f"{stories[0].dated_at:/%Y/%m/}"):
            loading = attributes(client.get(url), "loading", "fetchpriority")
            assert loading == [(None, "high"), ("lazy", None), ("lazy", None)], url

    def test_story_page(self, client, stories):
        add_picture(9, article=stories[1], position=1)
        page = client.get(stories[1].get_absolute_url())
        assert attributes(page, "loading", "fetchpriority") == [(None, "high"), ("lazy", None)]

    def test_cached_card_is_not_the_first_picture_of_every_page(self, client, stories, topic, settings):
        settings.READER_CACHE = "cards"
        fragment_cache.cached_card.cache_clear()
        second = make_topic("Second")
        stories[2].topics.add(second)
        for url in (topic.get_absolute_url(), second.get_absolute_url(), topic.get_absolute_url()):
            loading = attributes(client.get(url), "loading")
            assert loading == [(None,), *[("lazy",)] * (len(loading) - 1)]

    def test_sources_have_sizes_and_the_image_its_shape(self, client, stories, topic):
        page = client.get(topic.get_absolute_url())
        sources = elements(page, "(//div[@class='picture'])[2]//source")
        assert [(source.get("type"), len(source.get("srcset").split(", "))) for source in sources] == [
            ("image/avif", 2),
            ("image/webp", 2),
        ]
        assert {source.get("sizes")[-6:] for source in sources} == {", 6rem"}
        assert attributes(page, "width", "height")[1] == ("1600", "1067")

    def test_file_of_an_earlier_release_is_a_single_src(self, client):
        story = make_story()
        make_picture(article=story)
        page = client.get(story.get_absolute_url())
        assert elements(page, "//picture/source") == []
        assert attributes(page, "src", "width", "height") == [(story.picture.file.url, "60", "40")]

    def test_front_page_takes_no_more_queries(self, client, stories):
        with assertNumQueries(FRONT_PAGE_QUERIES):
            client.get("/")


class TestWithoutPictures:
    def test_no_page_has_a_place_for_a_picture(self, client, topic):
        story = make_story(topics=[topic], provider=make_provider(name="Harbour Post"))
        for number in range(4):
            make_story(topics=[topic], heat=number)
        for url in ("/", topic.get_absolute_url(), story.provider.get_absolute_url(), "/providers/"):
            page = client.get(url)
            assert elements(page, "//img") == [], url
            assert elements(page, "//*[contains(@class, 'picture')]") == [], url
        page = client.get(story.get_absolute_url())
        assert elements(page, "//img | //figure") == []
        assert elements(page, "//article/@class") == ["story story-unpictured"]

    def test_lead_and_seconds_have_forms_of_their_own(self, client, stories):
        def forms():
            path = "//*[@class='front' or starts-with(@class, 'front ') or starts-with(@class, 'front-seconds')]/@class"
            return elements(client.get("/"), path)

        assert forms() == ["front front-textual", "front-seconds seconds-rows"]
        stories[2].images.all().delete()
        assert forms() == ["front front-textual", "front-seconds seconds-rows"]
        stories[1].images.all().delete()
        assert forms() == ["front front-textual", "front-seconds seconds-textual"]
        add_picture(7, article=stories[0])
        assert forms() == ["front", "front-seconds seconds-textual"]
        add_picture(8, article=stories[1])
        assert forms() == ["front", "front-seconds seconds-rows"]
        add_picture(9, article=stories[2])
        assert forms() == ["front", "front-seconds"]

    def test_picture_that_would_be_blurred_is_shown_small_or_not_at_all(self, client):
        story = make_story()
        add_picture(1, (300, 200), article=story)
        assert attributes(client.get("/"), "src") == []
        page = client.get(story.get_absolute_url())
        assert elements(page, "//figure/@class") == ["figure figure-small"]
        assert elements(page, "//source/@srcset")[0].endswith("-300.avif")

    def test_video_without_a_picture_is_a_button(self, client):
        story = make_story(kind="video", web_url="https://www.youtube.com/watch?v=abcdefghijk")
        page = client.get(story.get_absolute_url())
        assert elements(page, "//figure/@class") == ["figure figure-lead player player-plain"]
        assert elements(page, "//figure//img | //div[@class='picture']") == []
        add_picture(1, article=story)
        page = client.get(story.get_absolute_url())
        assert elements(page, "//figure/@class") == ["figure figure-lead player"]
        assert names_of(page) == [file_name(1)]


class TestStoryPage:
    def test_lead_comes_first_and_what_never_leads_is_not_shown(self, client):
        story = make_story()
        for number, score in enumerate((10, 30, 0, 20)):
            add_picture(number, article=story, lead_score=score, position=number)
        assert names_of(client.get(story.get_absolute_url())) == [file_name(1), file_name(3), file_name(0)]

    def test_an_upload_is_shown_even_if_it_never_leads(self, client, topic):
        story = make_story(topics=[topic])
        panorama = add_picture(1, (1600, 200), article=story, url="", lead_score=0)
        add_picture(2, article=story, lead_score=0, position=1)
        page = client.get(story.get_absolute_url())
        images = elements(page, "//div[contains(@class, 'picture')]//img/@src")
        assert images == [panorama.file.url]
        # All of it, not the middle.
        assert elements(page, "//div[contains(@class, 'picture')]/@class") == ["picture picture-panorama"]
        for url in ("/", topic.get_absolute_url()):
            assert names_of(client.get(url)) == []
        add_picture(3, article=story, lead_score=10, position=2)
        images = elements(client.get(story.get_absolute_url()), "//div[contains(@class, 'picture')]//img/@src")
        assert images == [f"/media/{file_name(3)}", panorama.file.url]

    def test_same_file_is_shown_once(self, client):
        story = make_story()
        for number, score in ((1, 10), (2, 20), (1, 30)):
            add_picture(number, article=story, lead_score=score, url=f"https://img.example/{score}")
        assert names_of(client.get(story.get_absolute_url())) == [file_name(1), file_name(2)]

    def test_credit_and_caption(self, client):
        story = make_story(title="Barrier holds")
        add_picture(1, article=story, title="Barrier holds", attribution="Photo: Reyle")
        add_picture(2, article=story, title="The gates", alt="Two gates in the rain", position=1)
        page = client.get(story.get_absolute_url())
        captions = [list(caption.itertext()) for caption in elements(page, "//figcaption")]
        assert [[text for text in caption if text.strip()] for caption in captions] == [["Photo: Reyle"], ["The gates"]]
        assert attributes(page, "alt") == [("",), ("Two gates in the rain",)]


def change(**fields):
    return lambda image: Image.objects.filter(pk=image.pk).update(**fields)


# On PostgreSQL, the cache version changes once in a transaction.
@pytest.mark.django_db(transaction=True)
class TestChanges:
    """What the desk changes is on the next page, though pages and cards are cached."""

    @pytest.fixture
    def page_cache(self, settings):
        settings.READER_CACHE = "pages"
        cache.clear()
        fragment_cache.cached_card.cache_clear()

    @pytest.mark.parametrize(
        ("update", "expected"),
        [
            (change(focal_x=20, focal_y=80), ("20", "80", "")),
            (change(focal_x=50, focal_y=50), (None, None, "")),
            (change(alt="Two gates"), (None, None, "Two gates")),
        ],
    )
    def test_focal_point_and_text(self, client, page_cache, topic, update, expected):
        story = make_story(topics=[topic])
        image = add_picture(1, article=story)
        urls = ("/", topic.get_absolute_url(), story.get_absolute_url())
        for url in urls:
            assert attributes(client.get(url), "data-x", "data-y", "alt") == [(None, None, "")]
        update(image)
        for url in urls:
            assert attributes(client.get(url), "data-x", "data-y", "alt") == [expected], url

    def test_lead(self, client, page_cache, topic):
        story = make_story(topics=[topic])
        add_picture(1, article=story)
        other = add_picture(2, article=story, position=1)
        urls = ("/", topic.get_absolute_url(), story.get_absolute_url())
        assert {names_of(client.get(url))[0] for url in urls} == {file_name(1)}
        change(lead_score=CHOSEN)(other)
        assert {names_of(client.get(url))[0] for url in urls} == {file_name(2)}

    def test_every_focal_point_has_a_rule(self):
        rules = re.findall(
            r'\[data-([xy])="(\d+)"\] \{ --focus-\1: \2%; \}', (ROOT / "static" / "css" / "focus.css").read_text()
        )
        assert rules == [(axis, str(step)) for axis in "xy" for step in range(0, 101, 10) if step != 50]


class TestOtherSites:
    """Open Graph, structured data and feeds name a copy of about 1200 pixels."""

    def test_preview_and_structured_data(self, client):
        story = make_story()
        add_picture(1, article=story, title="The gates")
        page = client.get(story.get_absolute_url())
        url = f"http://testserver/media/{file_name(1).rpartition('-')[0]}-1280.webp"
        properties = elements(page, "//meta[starts-with(@property, 'og:image')]")
        assert [(meta.get("property"), meta.get("content")) for meta in properties] == [
            ("og:image", url),
            ("og:image:type", "image/webp"),
            ("og:image:width", "1280"),
            ("og:image:height", "854"),
            ("og:image:alt", "The gates"),
        ]
        (article,) = [
            data
            for data in map(json.loads, elements(page, "//script[@type='application/ld+json']/text()"))
            if data["@type"] == "NewsArticle"
        ]
        assert article["image"] == [url]


class TestNothingIsLoadedFromUpstream:
    HOST = "upstream-pictures.example"

    @pytest.fixture
    def visible(self):
        provider = make_provider(name="Harbour Post")
        story = make_story(title="Lighthouse visible", topics=[make_topic("Harbours")], provider=provider, kind="video")
        link = make_related(story)
        add_picture(1, article=story, url=f"https://{self.HOST}/lead.jpg")
        for owner in ({"article": story}, {"related_link": link}, {"provider": provider}):
            Image.objects.create(url=f"https://{self.HOST}/only-there.jpg", position=1, **owner)
        Image.objects.create(url=f"https://{self.HOST}/logo.png", file=file_name(5, 400, 400), provider=provider)
        Article.objects.filter(pk=story.pk).update(web_url=f"https://{self.HOST}.story.example/")
        return story

    def test_no_page_or_feed_names_its_pictures(self, client, visible, monkeypatch):
        opened = []
        for method in ("open", "size", "exists"):
            monkeypatch.setattr(FileSystemStorage, method, lambda self, name, method=method: opened.append(name))
        with_pictures = set()
        for name, urls in addresses(visible).items():
            for url in urls:
                content = b"".join(client.get(url)).decode()
                assert f"{self.HOST}/" not in content, url
                if "/media/pictures/" in content:
                    with_pictures.add(name)
        assert with_pictures == {
            *("front-page", "story", "topic", "provider", "provider-list", "search"),
            *("feed", "topic-feed", "provider-feed", "search-feed"),
            *("archive-year", "archive-month", "archive-day"),
        }
        assert opened == []

    def test_images_have_no_other_host(self, client, visible):
        for urls in addresses(visible).values():
            for url in urls:
                page = etree.HTML(b"".join(client.get(url)) or b"<p>")
                candidates = " , ".join(page.xpath("//img/@src | //source/@srcset")).split(",")
                assert all(candidate.strip().startswith("/media/") for candidate in candidates if candidate.strip())
