"""Feeds: valid, complete, and of nothing that readers may not see."""

import json
from datetime import timedelta
from html import unescape

import feedparser
import jsonschema
import pytest
from django.utils import timezone
from lxml import etree
from pytest_django.asserts import assertNumQueries

from articles.choices import State
from articles.models import Article, Image, StoredPicture
from tests.conftest import ROOT
from tests.factories import NOON, make_picture, make_provider, make_story, make_topic
from tests.page_parts import story_slugs

pytestmark = pytest.mark.django_db
SCHEMAS = ROOT / "tests" / "schemas"
NAMES = ("rss.xml", "atom.xml", "feed.json")
FEED_QUERIES = 3


@pytest.fixture
def story():
    science = make_topic("Science")
    return make_story(
        title="Fish & <b>chips</b>",
        excerpt="“Vinegar”\x0b &amp; salt <script>alert(1)</script>",
        provider=make_provider(name="The Harbour Post"),
        topics=[make_topic("Space", parent=science)],
        picture=True,
        published_at=NOON,
        locale="en_GB",
        web_url="https://outlet.example/é?a=1&b=2",
    )


def addresses(story):
    """The folders of all feeds a story is in."""
    topics = ["/topics/space/", "/topics/science/"]
    return ["/", *topics, story.provider.get_absolute_url()]


def check_atom(content):
    etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng")).assertValid(etree.fromstring(content))


def check_rss(content):
    channel = etree.fromstring(content).find("channel")
    assert channel.getparent().get("version") == "2.0"
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    for item in channel.findall("item"):
        assert item.findtext("title")
        assert item.find("guid").get("isPermaLink") == "true"
        assert item.findtext("guid") == item.findtext("link")
        assert len(item.findall("enclosure")) <= 1


def check_json(content):
    schema = json.loads((SCHEMAS / "json-feed.json").read_bytes())
    jsonschema.validate(json.loads(content), schema, jsonschema.Draft202012Validator)


CHECKS = {"rss.xml": check_rss, "atom.xml": check_atom, "feed.json": check_json}


@pytest.mark.parametrize("name", NAMES)
def test_every_feed_is_valid_and_has_the_story(client, story, name):
    make_story(title="Without anything", excerpt="", provider=None, published_at=None, web_url="", heat=-1)
    for folder in [*addresses(story), "/search/"]:
        response = client.get(f"{folder}feeds/{name}", {"q": "chips"})
        assert response.status_code == 200, folder
        CHECKS[name](response.content)
        if name != "feed.json":
            read = feedparser.parse(response.content)
            assert not read.bozo
            (entry,) = [entry for entry in read.entries if entry.title.startswith("Fish")]
            assert entry.title == "Fish & chips"
            assert entry.link == f"http://testserver{story.get_absolute_url()}"
            assert entry.enclosures[0].href.startswith("http://testserver/media/pictures/")
            assert [tag.term for tag in entry.tags] == ["Space"]
            assert unescape(entry.summary) == "“Vinegar” & salt"


def test_fields_of_an_item(client, story):
    item = next(item for item in client.get("/feeds/feed.json").json()["items"] if item["title"] == "Fish & chips")
    assert item["content_text"] == "“Vinegar” & salt"
    assert item["authors"] == [{"name": "The Harbour Post"}]
    assert item["language"] == "en-GB"
    assert item["external_url"] == "https://outlet.example/%C3%A9?a=1&b=2"
    assert item["image"].endswith(".png")
    assert item["attachments"][0]["mime_type"] == "image/png"
    assert item["date_published"] == "2026-11-20T12:00:00+00:00"


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_text_that_looks_like_markup_stays_text(client, name):
    """Readers of feeds take a description for HTML."""
    make_story(title="Signs", excerpt="5 &lt; 6 &amp; <b>so</b> &lt;script&gt;alert(1)&lt;/script&gt; \U0001f389")
    document = etree.fromstring(client.get(f"/feeds/{name}").content)
    (description,) = document.xpath(
        "//item/description/text() | //*[local-name()='entry']/*[local-name()='summary']/text()"
    )
    assert description == "5 &lt; 6 &amp; so &lt;script&gt;alert(1)&lt;/script&gt; \U0001f389"
    item = client.get("/feeds/feed.json").json()["items"][0]
    assert item["content_text"] == "5 < 6 & so <script>alert(1)</script> \U0001f389"


def test_a_story_without_provider_has_the_papers_name_for_an_author(client, settings):
    """RFC 4287 asks for one: of each entry, or of the feed."""
    make_story(provider=None)
    feed = feedparser.parse(client.get("/feeds/atom.xml").content).feed
    assert feed.author == settings.SITE_NAME
    assert client.get("/feeds/feed.json").json()["authors"] == [{"name": settings.SITE_NAME}]


def test_the_feed_of_a_search_has_the_stories_of_its_page(client, story):
    make_story(title="Chips elsewhere", topics=[make_topic("Business")])

    def titles(**given):
        return [item["title"] for item in client.get("/search/feeds/feed.json", given).json()["items"]]

    assert titles(q="chips") == ["Fish & chips", "Chips elsewhere"]
    assert titles(q="chips", topic="business") == ["Chips elsewhere"]
    assert titles(topic="science") == ["Fish & chips"]
    assert titles() == titles(q="-chips") == []


@pytest.mark.parametrize(
    ("parameters", "name", "message"),
    [
        ({"topic": "nothing"}, "topic", "This topic doesn't exist."),
        ({"provider": "nothing"}, "provider", "This outlet doesn't exist."),
        ({"type": "nothing"}, "type", "This type doesn't exist."),
        ({"since": "yesterday"}, "since", "Enter a valid date."),
        ({"since": "2026-11-03", "until": "2026-11-02"}, "until", "“To” is before “From”"),
        ({"sort": "nothing"}, "sort", "This order doesn't exist."),
        ({"page": "abc"}, "page", "This page doesn't exist."),
    ],
)
def test_feed_of_a_search_refuses_wrong_parameters(client, story, parameters, name, message):
    for feed in NAMES:
        response = client.get(f"/search/feeds/{feed}", {"q": "chips", **parameters})
        assert response.status_code == 400
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        text = response.content.decode()
        assert text.startswith(f"{name}: ")
        assert message in text


def test_feed_of_a_search_ignores_unknown_parameters(client, story):
    feed = client.get("/search/feeds/feed.json", {"q": "chips", "utm_source": "x", "kind": "nothing"}).json()
    assert [item["title"] for item in feed["items"]] == ["Fish & chips"]


def test_search_page_links_no_feed_with_wrong_parameters(client, story):
    page = client.get("/search/", {"q": "chips", "topic": "nothing", "since": "yesterday", "page": "x"})
    assert page.context["feed_query"] == "?q=chips"


def test_updated_follows_a_revision_and_the_desk(client, story):
    def updated():
        return feedparser.parse(client.get("/feeds/atom.xml").content).entries[0].updated

    Article.objects.update(updated_at=NOON)
    assert updated() == "2026-11-20T12:00:00+00:00"
    Article.objects.update(revised_at=NOON + timedelta(hours=1))
    assert updated() == "2026-11-20T13:00:00+00:00"
    Article.objects.update(updated_at=NOON + timedelta(hours=2))
    assert updated() == "2026-11-20T14:00:00+00:00"


def test_feeds_have_the_newest_fifty(client):
    stories = [make_story() for _number in range(55)]
    items = client.get("/feeds/feed.json").json()["items"]
    assert [item["title"] for item in items] == [story.title for story in stories[:50]]


@pytest.mark.parametrize("name", NAMES)
def test_only_what_readers_may_see(client, story, name):
    for state in State:
        if state != State.PUBLISHED:
            make_story(title=f"Hidden chips {state}", state=state, provider=story.provider, topics=story.topics.all())
    make_story(title="Chips to come", visible_from=timezone.now() + timedelta(hours=1), provider=story.provider)
    for folder in [*addresses(story), "/search/"]:
        response = client.get(f"{folder}feeds/{name}", {"q": "chips"})
        assert story_slugs(response.content.decode()) == {story.slug}, folder
        if name == "feed.json":
            assert [item["title"] for item in response.json()["items"]] == ["Fish & chips"]
        else:
            assert [entry.title for entry in feedparser.parse(response.content).entries] == ["Fish & chips"]


@pytest.mark.parametrize("name", NAMES)
def test_queries_do_not_grow(client, story, name):
    for url, queries in ((f"/feeds/{name}", FEED_QUERIES), (f"/topics/science/feeds/{name}", FEED_QUERIES + 1)):
        for _time in range(2):
            with assertNumQueries(queries):
                client.get(url)
            for _number in range(10):
                make_story(topics=story.topics.all(), picture=True)


@pytest.mark.parametrize(
    "url", ["/feeds/nothing", "/topics/nothing/feeds/rss.xml", "/providers/nothing/feeds/rss.xml", "/search/feeds/x"]
)
def test_unknown_feed_returns_404(client, url):
    assert client.get(url).status_code == 404


def test_a_provider_that_is_not_active_has_no_feed(client, story):
    story.provider.is_active = False
    story.provider.save()
    assert client.get(f"{story.provider.get_absolute_url()}feeds/rss.xml").status_code == 404


def test_an_empty_site_has_valid_feeds(client):
    for name in NAMES:
        CHECKS[name](client.get(f"/feeds/{name}").content)


COPY = f"pictures/ab/{'ab' * 16}-1600x900.jpg"
SHARED = f"http://testserver/media/pictures/ab/{'ab' * 16}-1280.webp"


def test_enclosure_is_a_copy_of_the_lead_whose_file_is_not_looked_at(client, story):
    story.images.update(file="pictures/other.png")
    Image.objects.create(article=story, url="https://img.example/lead.png", file=COPY, lead_score=20, position=9)
    Image.objects.create(article=story, url="https://img.example/logo.png", file="pictures/logo.png", lead_score=0)
    # No file has these names.
    rss, atom, items = (client.get(f"/feeds/{name}").content for name in NAMES)
    assert dict(etree.fromstring(rss).find(".//enclosure").attrib) == {
        "url": SHARED,
        "length": "0",
        "type": "image/webp",
    }
    enclosures = [dict(link.attrib) for link in etree.fromstring(atom).iterfind(".//{*}link[@rel='enclosure']")]
    assert enclosures == [{"rel": "enclosure", "href": SHARED, "type": "image/webp"}]
    (item,) = [item for item in json.loads(items)["items"] if "image" in item]
    assert (item["image"], item["attachments"]) == (SHARED, [{"url": SHARED, "mime_type": "image/webp"}])


def test_enclosure_has_the_size_of_the_copy(client, story):
    values = {"file": COPY, "digest": "ab" * 16, "width": 1600, "height": 900, "bytes": 90_000, "shared_bytes": 4321}
    stored = StoredPicture.objects.create(**values)
    story.images.update(file=COPY, stored=stored, lead_score=20)
    with assertNumQueries(FEED_QUERIES):
        rss = client.get("/feeds/rss.xml").content
    atom, items = (client.get(f"/feeds/{name}").content for name in NAMES[1:])
    assert etree.fromstring(rss).find(".//enclosure").get("length") == "4321"
    assert etree.fromstring(atom).find(".//{*}link[@rel='enclosure']").get("length") == "4321"
    (attachment,) = json.loads(items)["items"][0]["attachments"]
    assert attachment["size_in_bytes"] == 4321
    for name, content in zip(NAMES, (rss, atom, items), strict=True):
        CHECKS[name](content)


def test_pages_lead_to_their_feeds(client, story):
    for folder in ["/", "/topics/space/", story.provider.get_absolute_url()]:
        page = etree.HTML(client.get(folder).content)
        links = page.xpath("//link[@rel='alternate']/@href")
        assert {f"{folder}feeds/{name}" for name in NAMES} <= set(links)
        assert {f"{folder}feeds/{name}" for name in NAMES} <= set(page.xpath("//a/@href")) or folder == "/"
    page = etree.HTML(client.get("/search/", {"q": "fish chips", "topic": "space", "sort": "newest"}).content)
    feeds = [f"/search/feeds/{name}?q=fish+chips&topic=space" for name in NAMES]
    assert page.xpath("//link[@rel='alternate']/@href")[-3:] == feeds
    assert page.xpath("//p[@class='follow']/a/@href") == feeds
    assert [client.get(url).status_code for url in feeds] == [200, 200, 200]
    make_picture(provider=story.provider)
