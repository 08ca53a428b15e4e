from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone
from lxml import etree
from pytest_django.asserts import assertNumQueries, assertTemplateUsed

from articles.choices import State
from articles.models import Article, Topic
from articles.story_states import story_state
from newsroom.errors import csrf_failure
from newsroom.pagination import cursor_of
from reader.front_page import compose_front_page
from tests.factories import NOON, keys, make_picture, make_provider, make_related, make_story, make_topic
from tests.page_parts import CONTENT, elements, links, story_slugs, texts

pytestmark = pytest.mark.django_db
COVERAGE = "//*[@id='coverage']"

# The number of queries of each page; it may fall, and rises only by decision.
FRONT_PAGE_QUERIES = 4
STORY_QUERIES = 6
TOPIC_QUERIES = 3
PROVIDER_QUERIES = 3
TOPIC_LIST_QUERIES = 3
PROVIDER_LIST_QUERIES = 2


@pytest.fixture
def topic_and_provider():
    """A front page's worth of stories about one topic and its child."""
    top = make_topic("Science")
    child = make_topic("Space", parent=top)
    provider = make_provider(name="The Isobar")
    make_picture(provider=provider)
    for number in range(30):
        make_story(topics=[child], provider=provider, heat=number, picture=number % 2, outlets=number % 4)
    return top, provider


def grow(top, provider):
    for _number in range(30):
        make_story(topics=[top], provider=provider, heat=99, picture=True, outlets=3)


def html_of(response):
    return unescape(response.content.decode())


class TestQueries:
    """No page makes more queries as rows grow."""

    def check(self, client, url, number, topic_and_provider):
        for _time in range(2):
            with assertNumQueries(number):
                assert client.get(url).status_code == 200
            grow(*topic_and_provider)

    def test_front_page(self, client, topic_and_provider):
        self.check(client, "/", FRONT_PAGE_QUERIES, topic_and_provider)

    def test_topic(self, client, topic_and_provider):
        self.check(client, topic_and_provider[0].get_absolute_url(), TOPIC_QUERIES, topic_and_provider)

    def test_provider(self, client, topic_and_provider):
        self.check(client, topic_and_provider[1].get_absolute_url(), PROVIDER_QUERIES, topic_and_provider)

    def test_provider_list(self, client, topic_and_provider):
        self.check(client, "/providers/", PROVIDER_LIST_QUERIES, topic_and_provider)

    def test_topic_list(self, client, topic_and_provider):
        self.check(client, "/topics/", TOPIC_LIST_QUERIES, topic_and_provider)

    def test_story(self, client, topic_and_provider):
        story = make_story(outlets=2, topics=[topic_and_provider[0]])
        make_related(story, own_story=make_story())
        for outlets in (0, 20):
            for _number in range(outlets):
                make_related(story, own_story=make_story())
            with assertNumQueries(STORY_QUERIES):
                assert client.get(story.get_absolute_url()).status_code == 200


class TestFrontPage:
    def test_the_hottest_story_of_the_hour_leads(self, client):
        make_story(title="Mild", heat=2)
        make_story(title="Hot", heat=200)
        front = compose_front_page()
        assert front.lead.title == "Hot"
        page = html_of(client.get("/"))
        assert page.index("Hot") < page.index("Mild")

    def test_pins_come_first_in_their_order(self, client):
        hot = make_story(heat=900)
        third, first = make_story(heat=-1, pin=3), make_story(heat=1, pin=1, published_at=NOON - timedelta(days=90))
        make_story(heat=900, pin=2, state=State.INBOX)
        front = compose_front_page()
        assert keys([front.lead, *front.seconds]) == keys([first, third, hot])
        Article.objects.filter(pk=first.pk).update(pin=None)
        assert compose_front_page().lead.pk == third.pk

    def test_a_newer_story_leads_over_an_old_one_as_hot(self):
        make_story(title="Old", published_at=NOON - timedelta(days=2))
        make_story(title="New", published_at=NOON)
        assert compose_front_page().lead.title == "New"

    def test_latest_includes_unranked_stories_without_repetition(self):
        make_story(title="Unscored", heat=-1, published_at=NOON)
        make_story(title="Ranked", published_at=NOON - timedelta(hours=1))
        front = compose_front_page()
        assert front.lead.title == "Ranked"
        assert [story.title for story in front.latest] == ["Unscored"]

    def test_only_stories_younger_than_a_day_are_headed_latest(self, client, monkeypatch):
        make_story(visible_from=NOON - timedelta(days=2))
        for title, age in (("Newest", timedelta(hours=23, minutes=59)), ("A day old", timedelta(days=1))):
            make_story(title=title, heat=-1, published_at=NOON - age, visible_from=NOON - age)
        monkeypatch.setattr(timezone, "now", lambda: NOON)
        labels = {"latest-label": ["Newest"], "earlier-label": ["A day old"]}
        page = etree.HTML(client.get("/").content)
        for label, titles in labels.items():
            assert page.xpath(f"//section[@aria-labelledby='{label}']//h3/a/text()") == titles
        assert page.xpath("//h2[contains(@class, 'label-live')]/text()") == ["Latest"]
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(days=1))
        page = etree.HTML(client.get("/").content)
        assert not page.xpath("//h2[contains(@class, 'label-live')]")
        assert page.xpath("//section[@aria-labelledby='earlier-label']//h3/a/text()") == ["Newest", "A day old"]

    def test_sections_repeat_no_story(self, topic_and_provider):
        front = compose_front_page()
        elsewhere = {front.lead, *front.seconds, *front.river, *front.latest}
        (section,) = front.sections
        assert section.topic.pk == topic_and_provider[0].pk
        # Of thirty stories, 15 stand above and 12 among the latest.
        assert len(section.stories) == 3
        assert not elsewhere & set(section.stories)

    def test_longer_sections_come_first_so_that_rows_are_even(self):
        first, second = make_topic("First"), make_topic("Second")
        for _number in range(27):
            make_story(topics=[first], heat=90)
        earlier = timezone.now() - timedelta(days=30)
        for topic in (first, second, second):
            make_story(topics=[topic], heat=1, published_at=earlier, visible_from=earlier)
        front = compose_front_page()
        assert [topic.label for topic in front.navigation.topics] == ["First", "Second"]
        assert [(section.topic.label, len(section.stories)) for section in front.sections] == [
            ("Second", 2),
            ("First", 1),
        ]

    def test_newest_stories_replace_unscored_best(self):
        make_story(heat=-1, published_at=NOON - timedelta(hours=1))
        newest = make_story(heat=-1, published_at=NOON)
        assert compose_front_page().lead.pk == newest.pk

    def test_front_page_without_stories(self, client):
        response = client.get("/")
        assert response.status_code == 200
        assert response.context["front"].lead is None
        assert "No stories yet." in html_of(response)

    def test_only_what_readers_may_see(self, client):
        for state in State:
            make_story(title=f"State {state}", state=state)
        make_story(title="State to come", visible_from=timezone.now() + timedelta(hours=1))
        assert texts(client.get("/"), f"{CONTENT}//article//h2") == ["State published"]
        assert story_slugs(html_of(client.get("/"))) == {"state-published"}


class TestStory:
    def test_the_page_shows_the_parts_of_a_story(self, client):
        story = make_story(
            title="Tide holds",
            excerpt="The water stood.",
            provider=make_provider(name="The Harbour Post"),
            body="Long.",
        )
        story.topics.add(make_topic("Climate"))
        make_related(story, title="As seen elsewhere", quality=10)
        make_related(story, title="Better elsewhere", quality=90)
        make_related(story, title="Hidden elsewhere", is_hidden=True)
        page = html_of(client.get(story.get_absolute_url()))
        for text in ("Tide holds", "The water stood.", "The Harbour Post", "Climate", "Long.", "As seen elsewhere"):
            assert text in page
        assert f'href="{story.web_url}"' in page
        titles = [text.rstrip("↗︎") for text in texts(page, f"{COVERAGE}//li//*[contains(@class, 'headline')]")]
        assert titles == ["Better elsewhere", "As seen elsewhere"]

    def test_our_own_story_is_linked_only_while_readers_see_it(self, client):
        story, ours = make_story(), make_story()
        make_related(story, own_story=ours, title="Ours")
        theirs = story.related_links.get().web_url
        assert links(client.get(story.get_absolute_url()), COVERAGE) == [ours.get_absolute_url()]
        Article.objects.filter(pk=ours.pk).update(state=State.WITHDRAWN)
        assert links(client.get(story.get_absolute_url()), COVERAGE) == [theirs]

    def test_an_undated_story_has_its_page(self, client):
        story = make_story(published_at=None)
        assert story.get_absolute_url().startswith("/undated/")
        assert client.get(story.get_absolute_url()).status_code == 200

    def test_a_story_in_another_script_has_its_page(self, client):
        story = make_story(title="ميناء يفتح أبوابه", locale="ar")
        response = client.get(story.get_absolute_url())
        assert response.status_code == 200
        assert 'lang="ar"' in html_of(response)

    def test_withdrawn_story_returns_410(self, client):
        story = make_story(title="Taken back", state=State.WITHDRAWN)
        response = client.get(story.get_absolute_url())
        assert response.status_code == 410
        assertTemplateUsed(response, "410.html")
        assert texts(response, "//h1") == [str(story_state(story).gone_notice.headline)]
        assert story_slugs("".join(links(response))) == set()

    def test_expired_story_returns_410_and_is_not_called_withdrawn(self, client):
        story = make_story(title="For a while", visible_until=timezone.now())
        response = client.get(story.get_absolute_url())
        assert response.status_code == 410
        assert story_state(story).name == "expired"
        assert texts(response, "//h1") == [str(story_state(story).gone_notice.headline)]
        assert story_slugs("".join(links(response))) == set()

    @pytest.mark.parametrize(
        ("names", "label"),
        [
            ([], "Related coverage"),
            (["A & B"], "Also in A & B"),
            (["One", "Two"], "Also in One and Two"),
            (["One", "Two", "Three"], "Also in One, Two and Three"),
            (["One", "Two", "Three", "Four"], "Also in One, Two, Three and 1 more"),
            (["One", "Two", "Three", "Four", "Five"], "Also in One, Two, Three and 2 more"),
        ],
    )
    def test_coverage_is_headed_by_the_names_of_other_outlets(self, client, names, label):
        story = make_story()
        # Neither the story's own outlet nor an unknown one is named, and each other one once.
        for provider in (story.provider, None, *[make_provider(name=name) for name in names]):
            make_related(story, provider=provider)
            make_related(story, provider=provider)
        page = etree.HTML(client.get(story.get_absolute_url()).content)
        (heading,) = page.xpath("//h2[@id='coverage-label']")
        assert "".join(heading.itertext()).strip() == label
        assert heading.xpath("bdi/text()") == names[:3]

    def test_time_is_exact_and_relative(self, client, monkeypatch):
        story = make_story(published_at=NOON, revised_at=NOON + timedelta(hours=1), visible_from=NOON)
        for hours, words in ((23, "23 hours ago"), (24, "")):
            monkeypatch.setattr(timezone, "now", lambda hours=hours: NOON + timedelta(hours=hours, minutes=1))
            page = " ".join(html_of(client.get(story.get_absolute_url())).replace("\xa0", " ").split())
            element = '<time datetime="2026-11-20T12:00+00:00">20 Nov 2026, 12:00 UTC</time>'
            assert element in page
            assert "<span>Updated</span> <time" in page
            assert (f'{element} <span class="byline-age">{words}' in page) == bool(words)

    @pytest.mark.parametrize(
        ("length", "text"),
        [
            ({"duration": timedelta(hours=1, minutes=20)}, "1 hour, 20 minutes"),
            ({"duration_text": "P1Y6M"}, "1 year, 6 months"),
        ],
    )
    def test_length(self, client, length, text):
        page = etree.HTML(client.get(make_story(kind="video", **length).get_absolute_url()).content)
        facts = [" ".join(fact.itertext()).replace("\xa0", " ").split() for fact in page.iter("dd")]
        assert text.split() in facts

    @pytest.mark.parametrize("state", [State.INBOX, State.IN_REVIEW, State.REJECTED])
    def test_what_is_not_published_is_not_there(self, client, state):
        assert client.get(make_story(state=state).get_absolute_url()).status_code == 404

    @pytest.mark.parametrize(
        "url",
        [
            "/2026/11/20/nothing/",
            "/2026/02/30/nothing/",
            "/2026/13/01/nothing/",
            "/0000/00/00/nothing/",
            "/undated/nothing/",
            "/topics/nothing/",
            "/providers/nothing/",
            "/no/such/page",
            "/%00/",
            "/2026/11/20/%F0%9F%8E%89/",
        ],
    )
    def test_an_unknown_address_is_a_designed_404(self, client, url):
        response = client.get(url)
        assert response.status_code == 404
        assertTemplateUsed(response, "error.html")


class TestCards:
    """What every card shows, in a list and on the front page."""

    @pytest.fixture
    def story(self):
        provider = make_provider(name="The <i>Isobar</i> & Co")
        make_picture(provider=provider)
        return make_story(
            title="Rain & <b>wind</b>",
            excerpt='It "rained".',
            provider=provider,
            picture=True,
            outlets=2,
            kind="video",
            locale="pt_BR",
        )

    def test_all_of_it(self, client, story):
        for url in ("/", story.provider.get_absolute_url()):
            page = " ".join(client.get(url).content.decode().split())
            assert f'src="{story.picture.file.url}"' in page
            assert f'class="logo" src="{story.provider.logo.file.url}"' in page
            assert f'href="{story.get_absolute_url()}" lang="pt-BR">Rain &amp; wind</a>' in page
            assert '<bdi class="provider-name">The Isobar &amp; Co</bdi>' in page
            assert "It &#34;rained&#34;." in page
            assert f'href="{story.get_absolute_url()}#coverage">Also in 2 other outlets</a>' in page
            assert "<span>Video</span>" in page
            assert "<b>wind" not in page

    def test_little_of_it(self, client):
        story = make_story(provider=None, excerpt="", published_at=None, topics=[make_topic("Climate")])
        page = client.get(story.topics.first().get_absolute_url()).content.decode()
        assert f'href="{story.get_absolute_url()}">' in page
        assert "<span>Undated</span>" in page
        classes = elements(page, "//article//*/@class")
        assert classes == ["meta", "headline", "headline-link"]


class TestLists:
    def test_topic_without_visible_stories_returns_404(self, client):
        topic = make_topic("Secret plans")
        make_story(topics=[topic], state=State.INBOX)
        assert client.get(topic.get_absolute_url()).status_code == 404
        assert client.get("/topics/").context["page"].items == []
        assert links(client.get("/topics/")) == []
        make_story(topics=[topic])
        assert client.get(topic.get_absolute_url()).status_code == 200

    def test_a_topic_includes_its_subtopics(self, client, topic_and_provider):
        page = client.get(topic_and_provider[0].get_absolute_url()).context["page"]
        assert len(page.stories) == 25

    def test_a_topic_of_very_many_others_still_has_its_page(self, client):
        top = make_topic("Everything")
        children = Topic.objects.bulk_create(
            Topic(name=f"Child {n}", slug=f"child-{n}", parent=top) for n in range(600)
        )
        stories = [make_story(topics=[child]) for child in children[-30:]]
        page = client.get(top.get_absolute_url()).context["page"]
        older = client.get(top.get_absolute_url(), {"before": page.older}).context["page"]
        assert keys(page.stories + older.stories) == keys(stories)
        assert client.get("/").status_code == 200

    def test_older_pages_follow_without_gap_or_overlap(self, client):
        provider = make_provider()
        stories = [make_story(provider=provider, published_at=NOON) for _number in range(60)]
        stories_shown, cursor = [], ""
        while True:
            page = client.get(provider.get_absolute_url(), {"before": cursor} if cursor else {}).context["page"]
            stories_shown += page.stories
            cursor = page.older
            if not cursor:
                break
        assert keys(stories_shown) == keys(stories[::-1])

    def test_after_the_last_story_there_are_no_older_ones(self, client):
        story = make_story(topics=[make_topic("Climate")])
        for url in (story.provider.get_absolute_url(), story.topics.first().get_absolute_url(), "/2026/11/"):
            page = html_of(client.get(url, {"before": cursor_of(story)}))
            assert "There are no older stories." in page
            assert '<meta name="robots" content="noindex">' in page
            assert elements(client.get(url), "//meta[@name='robots']/@content") == []

    def test_page_begins_after_a_removed_story(self, client):
        provider = make_provider()
        newest, middle, oldest = [
            make_story(provider=provider, published_at=NOON - timedelta(hours=n)) for n in range(3)
        ]
        cursor = cursor_of(newest)
        newest.delete()
        page = client.get(provider.get_absolute_url(), {"before": cursor}).context["page"]
        assert keys(page.stories) == keys([middle, oldest])

    @pytest.mark.parametrize(
        "cursor",
        ["x", "1", "1-x", "-1--1", "999999999999999999-1", "1-999999999999999999", "9" * 400, "1-1'--", "１-１"],
    )
    def test_invented_cursor_is_no_error(self, client, cursor):
        url = make_story().provider.get_absolute_url()
        assert client.get(url, {"before": cursor}).status_code in (200, 404)

    def test_lists_by_name_lead_on_without_gap_or_overlap(self, client, monkeypatch):
        monkeypatch.setattr("reader.views.providers.PROVIDERS_LISTED", 2)
        monkeypatch.setattr("reader.views.topics.TOPICS_LISTED", 2)
        # Two of the same name, and one that only capitals tell apart.
        providers = [make_provider(name=name, domain=f"{n}.example") for n, name in enumerate("aAaBc")]
        tree, *topics = [make_topic(name) for name in ("Zoo", "alpha", "Beta", "gamma", "Δέλτα")]
        about = [*topics, make_topic("Ape", parent=tree)]
        for provider in providers:
            make_story(provider=provider, topics=about)
        for url, expected in (("/providers/", keys(providers)), ("/topics/", keys([tree, *topics]))):
            items, address, pages = [], url, 0
            while address and pages < 9:
                response = client.get(address)
                items += response.context["page"].items
                page = etree.HTML(response.content)
                assert page.xpath("//link[@rel='canonical']/@href") == [f"http://testserver{address}"]
                further = page.xpath("//a[@rel='next']/@href")
                address, pages = further and url + further[0], pages + 1
            assert keys(items) == expected
            assert pages == 3
            assert client.get(url, {"after": "no-such"}).status_code == 404
            assert client.get(url, {"after": "\0"}).status_code == 404

    def test_a_provider_that_is_not_active_has_no_page(self, client):
        provider = make_provider(is_active=False)
        make_story(provider=provider)
        assert client.get(provider.get_absolute_url()).status_code == 404
        assert client.get("/providers/").context["page"].items == []
        assert links(client.get("/providers/")) == []


def test_a_schedule_takes_effect_without_a_worker(client, monkeypatch):
    start = timezone.now()
    story = make_story(visible_from=start + timedelta(hours=1), visible_until=start + timedelta(hours=2))
    for hours, status in ((0, 404), (1.5, 200), (3, 410)):
        monkeypatch.setattr(timezone, "now", lambda hours=hours: start + timedelta(hours=hours))
        assert client.get(story.get_absolute_url()).status_code == status
        assert (story.title in html_of(client.get("/"))) == (status == 200)


def test_an_error_of_ours_shows_a_designed_page(client, monkeypatch):
    def fail():
        raise RuntimeError("hush")

    monkeypatch.setattr("reader.views.stories.compose_front_page", fail)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "<h1" in html_of(response)
    assert "hush" not in html_of(response)


def test_a_form_without_its_token_gets_our_own_page(rf):
    with assertTemplateUsed("error.html"):
        response = csrf_failure(rf.post("/somewhere/"))
    assert response.status_code == 403


@pytest.mark.parametrize("url", ["/", "/topics/", "/providers/", "/2026/11/20/x/"])
def test_pages_accept_reads_only(client, url):
    assert client.post(url).status_code == 405
    assert client.delete(url).status_code == 405


def test_too_long_media_name_returns_404(client):
    assert client.get(f"/media/{'x' * 400}.jpg").status_code == 404


def test_a_branch_without_stories_is_not_in_the_navigation(client):
    make_topic("Empty child", parent=make_topic("Empty branch"))
    make_story(topics=[make_topic("Climate")])
    assert links(client.get("/"), "//nav[@class='topic-nav']") == ["/topics/climate/", "/topics/", "/search/"]


def test_length_of_a_course(client):
    make_story(title="Timed", kind="course", duration=timedelta(hours=3, minutes=20))
    make_story(title="Untimed", kind="course", duration_text="P1Y2M")
    pages = [html_of(client.get(story.get_absolute_url())) for story in Article.objects.order_by("pk")]
    lengths = [etree.HTML(page).xpath("string(//dt[. = 'Length']/following-sibling::dd)") for page in pages]
    assert [" ".join(length.split()) for length in lengths] == ["3 hours, 20 minutes", "1 year, 2 months"]


def test_masthead_has_the_time_at_which_a_story_last_appeared(client, monkeypatch):
    def set_clock(hours):
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(hours=hours))

    set_clock(0)
    make_story(topics=[make_topic("Climate")], published_at=NOON)
    make_story(visible_from=NOON + timedelta(hours=2))
    set_clock(1)
    assert "Updated 12:00 UTC" in html_of(client.get("/"))
    set_clock(2)
    assert "Updated 14:00 UTC" in html_of(client.get("/"))
    set_clock(12)
    assert "Updated 20 Nov 2026, 14:00 UTC" in html_of(client.get("/about/"))


@pytest.mark.parametrize(("number", "text"), [(1, "from 1 rating"), (12_345, "from 12,345 ratings")])
def test_ratings_of_a_course(client, number, text):
    story = make_story(kind="course", rating_average=4.5, rating_count=number)
    assert f"4.5 {text} " in " ".join(html_of(client.get(story.get_absolute_url())).split())


def test_pages_have_exact_times(client):
    story = make_story(published_at=datetime(2026, 11, 1, 9, 30, tzinfo=UTC))
    assert 'datetime="2026-11-01T09:30+00:00"' in html_of(client.get(story.get_absolute_url()))
