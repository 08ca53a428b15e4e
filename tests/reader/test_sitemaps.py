"""What the site says to search engines, phones and researchers: sitemaps, structured data, files at the root."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from lxml import etree
from pytest_django.asserts import assertNumQueries

from articles.choices import State
from articles.models import Topic
from reader.template_filters import json_ld
from tests.conftest import ROOT
from tests.factories import make_picture, make_provider, make_story, make_topic
from tests.page_parts import story_slugs

pytestmark = pytest.mark.django_db
SCHEMAS = ROOT / "tests" / "schemas"
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
}


def read(client, url, schema="sitemap.xsd"):
    """Fetch a sitemap, check it against its schema, and return its addresses."""
    response = client.get(url)
    assert response.status_code == 200
    document = etree.fromstring(response.content)
    etree.XMLSchema(etree.parse(SCHEMAS / schema)).assertValid(document)
    return document.xpath("//s:loc/text()", namespaces=NAMES)


class TestSitemaps:
    def test_the_index_leads_to_every_story_once(self, client):
        stories = [
            make_story(published_at=datetime(2026, month, day, tzinfo=UTC), topics=[make_topic(f"T{month}-{day}")])
            for month, day in ((1, 3), (3, 3), (3, 4), (11, 3))
        ]
        make_story(published_at=datetime(2026, 2, 3, tzinfo=UTC), state=State.INBOX)
        undated = make_story(title="ميناء", published_at=None)
        index = read(client, "/sitemap.xml", "siteindex.xsd")
        months = [url for url in index if "sitemap-2026" in url]
        assert [url[-8:-4] for url in months] == [f"6-{month}" for month in ("11", "03", "01")]
        listed = [address for url in index if "news" not in url for address in read(client, url)]
        assert len(listed) == len(set(listed))
        expected = {"/", "/about/", "/archive/", "/providers/", "/topics/"}
        expected |= {topic.get_absolute_url() for topic in Topic.objects.all()}
        for story in (*stories, undated):
            expected |= {iri_to_uri(story.get_absolute_url()), story.provider.get_absolute_url()}
        assert {address.removeprefix("http://testserver") for address in listed} == expected
        assert {client.get(address).status_code for address in listed} == {200}

    def test_an_empty_site_has_valid_ones(self, client):
        for url in read(client, "/sitemap.xml", "siteindex.xsd"):
            read(client, url)
        assert client.get("/sitemap-2026-01.xml").status_code == 404
        assert client.get("/sitemap-2026-13.xml").status_code == 404

    def test_news_of_two_days_alone(self, client):
        now = timezone.now()
        make_story(title="New & <i>fresh</i>", published_at=now - timedelta(hours=47), locale="de_AT")
        make_story(title="Old", published_at=now - timedelta(hours=49))
        make_story(title="Unpublished", published_at=now, state=State.INBOX)
        assert story_slugs(" ".join(read(client, "/sitemap-news.xml"))) == {"new-fresh"}
        document = etree.fromstring(client.get("/sitemap-news.xml").content)
        assert document.xpath("//news:title/text()", namespaces=NAMES) == ["New & fresh"]
        assert document.xpath("//news:language/text()", namespaces=NAMES) == ["de"]

    def test_queries_do_not_grow(self, client):
        for _time in range(2):
            for _number in range(5):
                make_story(published_at=timezone.now())
            for url, queries in (("/sitemap.xml", 3), ("/sitemap-pages.xml", 2), ("/sitemap-news.xml", 1)):
                with assertNumQueries(queries):
                    client.get(url)


def structured(client, url):
    page = etree.HTML(client.get(url).content)
    data = [json.loads(text) for text in page.xpath("//script[@type='application/ld+json']/text()")]
    return {one["@type"]: one for one in data}


class TestStructuredData:
    def test_a_story(self, client):
        topic, provider = make_topic("Climate"), make_provider(name="The Isobar")
        story = make_story(
            title=f"Rain {'and rain ' * 30}</script><script>alert(1)</script>",
            topics=[topic],
            provider=provider,
            picture=True,
            authors=[{"name": "A. Writer"}, {"name": None}, "odd"],
        )
        data = structured(client, story.get_absolute_url())
        article, breadcrumbs = data["NewsArticle"], data["BreadcrumbList"]
        steps = breadcrumbs["itemListElement"]
        for required in (
            "headline",
            "image",
            "datePublished",
            "dateModified",
            "author",
            "publisher",
            "mainEntityOfPage",
        ):
            assert article[required], required
        assert len(article["headline"]) <= 110
        assert article["author"] == [{"@type": "Person", "name": "A. Writer"}]
        assert article["isBasedOn"] == story.web_url
        assert article["image"][0].startswith("http://testserver/media/")
        assert [step["position"] for step in steps] == [1, 2, 3]
        assert all(
            step["name"] and step["item"].startswith("http://testserver/") for step in breadcrumbs["itemListElement"]
        )

    def test_a_title_cannot_close_the_script(self, client):
        story = make_story(title="a</script><script>alert(1)</script>&<!--")
        page = client.get(story.get_absolute_url()).content.decode()
        assert "<script>alert" not in page
        assert structured(client, story.get_absolute_url())["NewsArticle"]["headline"]

    def test_no_text_can_close_the_script(self):
        element = json_ld({"name": "</script><!-- &amp;"})
        inside = element.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
        assert not set("<>&") & set(inside)
        assert json.loads(inside) == {"name": "</script><!-- &amp;"}

    def test_a_story_of_which_little_is_known(self, client):
        story = make_story(provider=None, excerpt="", published_at=None, web_url="", original_url="")
        article = structured(client, story.get_absolute_url())["NewsArticle"]
        assert article["author"][0]["name"] == "Newsroom"
        complete = structured(client, make_story(picture=True).get_absolute_url())["NewsArticle"]
        assert set(complete) - set(article) == {"isBasedOn", "image", "description", "sourceOrganization"}

    def test_the_other_pages(self, client):
        topic = make_topic("Space", parent=make_topic("Science"))
        story = make_story(topics=[topic])
        assert len(structured(client, topic.get_absolute_url())["BreadcrumbList"]["itemListElement"]) == 4
        assert len(structured(client, story.provider.get_absolute_url())["BreadcrumbList"]["itemListElement"]) == 3
        search = structured(client, "/")["WebSite"]["potentialAction"]["target"]["urlTemplate"]
        assert client.get(search.replace("{search_term_string}", "story")).status_code == 200

    def test_open_graph(self, client):
        story = make_story(title="“Rain” & more", excerpt="It <b>rained</b>.")
        make_picture(article=story)
        page = etree.HTML(client.get(story.get_absolute_url()).content)

        def contents(name):
            return page.xpath(f"//meta[@property='{name}' or @name='{name}']/@content")

        assert contents("og:title") == ["“Rain” & more"]
        assert contents("og:description") == ["It rained."]
        assert contents("og:type") == ["article"]
        assert contents("og:url") == [f"http://testserver{story.get_absolute_url()}"]
        assert contents("og:image")[0].startswith("http://testserver/media/pictures/")
        assert contents("twitter:card") == ["summary_large_image"]
        assert contents("og:locale") == ["en_US"]
        assert page.xpath("//link[@rel='canonical']/@href") == contents("og:url")

    @pytest.mark.parametrize(
        ("locale", "expected"), [("pt_BR", "pt_BR"), ("de-at", "de_AT"), ("de", "de_DE"), ("ar", None), ("", "en_US")]
    )
    def test_the_locale_of_open_graph_has_a_territory_or_is_omitted(self, client, locale, expected):
        page = etree.HTML(client.get(make_story(locale=locale).get_absolute_url()).content)
        assert page.xpath("//meta[@property='og:locale']/@content") == ([expected] if expected else [])


class TestFilesAtTheRoot:
    def test_robots(self, client):
        lines = client.get("/robots.txt").content.decode().splitlines()
        assert "Disallow: /admin/" in lines
        sitemaps = [line.partition(": ")[2] for line in lines if line.startswith("Sitemap")]
        assert sitemaps
        assert all(client.get(url).status_code == 200 for url in sitemaps)

    def test_security(self, client, settings):
        settings.SECURITY_CONTACT = "mailto:hush@newsroom.example"
        fields = dict(
            line.split(": ", 1) for line in client.get("/.well-known/security.txt?a=1").content.decode().splitlines()
        )
        assert fields["Canonical"] == "http://testserver/.well-known/security.txt"
        assert fields["Contact"] == "mailto:hush@newsroom.example"
        expires = datetime.fromisoformat(fields["Expires"])
        assert timedelta(days=30) < expires - timezone.now() < timedelta(days=365)

    def test_manifest_and_icons(self, client):
        manifest = client.get("/site.webmanifest").json()
        assert {"name", "start_url", "display", "icons"} <= manifest.keys()
        for icon in manifest["icons"]:
            assert (ROOT / icon["src"].lstrip("/")).is_file()
        assert client.get("/favicon.ico").status_code == 301

    def test_the_page_for_when_there_is_no_network(self, client):
        worker = client.get("/service-worker.js")
        assert worker["Content-Type"].startswith("text/javascript")
        assert "/offline/" in worker.content.decode()
        with assertNumQueries(0):
            assert client.get("/offline/").status_code == 200
