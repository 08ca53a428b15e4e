"""The search page: whatever is parameters, an answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from pytest_django.asserts import assertNumQueries

from articles.choices import Kind, State
from articles.search.highlighting import highlighted, snippet
from articles.search.queries import parse_query
from tests.factories import NOON, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db
# Words and cards: form's topics and providers, the count, the keys, the cards, the navigation; and whether too many
# match, for a word that may be unfinished two, of which order by time asks twice.
SEARCH_QUERIES = {"": 8, "newest": 10}


def titles(client, **given):
    response = client.get("/search/", given)
    assert response.status_code == 200
    page = response.context.get("page")
    return [story.title for story in page.stories] if page else None


def test_it_finds_the_best_first_and_marks_why(client):
    make_story(title="Elsewhere", excerpt="The harbour is only mentioned.")
    make_story(title="Harbour opens", excerpt="At dawn.")
    make_story(title="Harbour unpublished", state=State.INBOX)
    assert titles(client, q="harbour") == ["Harbour opens", "Elsewhere"]
    page = client.get("/search/", {"q": "harbour"}).content.decode()
    assert "<mark>Harbour</mark> opens" in page
    assert "The <mark>harbour</mark> is only" in page


def test_filters(client):
    topic, provider = make_topic("Space", parent=make_topic("Science")), make_provider(name="The Isobar")
    make_story(title="Rain one", topics=[topic], published_at=NOON.replace(day=1))
    make_story(title="Rain two", provider=provider, published_at=NOON.replace(day=2))
    make_story(title="Rain three", kind=Kind.VIDEO, published_at=NOON.replace(day=3))
    assert titles(client, q="rain", topic="science") == ["Rain one"]
    assert titles(client, q="rain", provider=provider.slug) == ["Rain two"]
    assert titles(client, q="rain", type="video") == ["Rain three"]
    assert titles(client, q="rain", since="2026-11-02", sort="newest") == ["Rain three", "Rain two"]
    assert titles(client, q="rain", until="2026-11-02", sort="newest") == ["Rain two", "Rain one"]
    assert titles(client, since="2026-11-03") == ["Rain three"]


def errors_on_page(client, **parameters):
    """Return {id of an error's element or "": its text} of the page of a search."""
    page = etree.HTML(client.get("/search/", parameters).content)
    return {
        error.get("id", ""): "".join(error.itertext()).strip() for error in page.xpath("//*[@class='search-error']")
    }


@pytest.mark.parametrize(
    ("parameters", "element", "message"),
    [
        ({"topic": "nothing"}, "id_topic_error", "This topic doesn't exist."),
        ({"provider": "nothing"}, "id_provider_error", "This outlet doesn't exist."),
        ({"type": "nothing"}, "id_type_error", "This type doesn't exist."),
        ({"since": "31/31"}, "id_since_error", "Enter a valid date."),
        ({"until": "tomorrow"}, "id_until_error", "Enter a valid date."),
        ({"since": "2026-11-03", "until": "2026-11-02"}, "id_until_error", "“To” is before “From”"),
        ({"sort": "nothing"}, "id_sort_error", "This order doesn't exist."),
        *(({"page": page}, "", "This page doesn't exist.") for page in ("abc", "0", "-1", "21", "1.5", "٣", "x" * 99)),
    ],
)
@pytest.mark.parametrize("query", ["", "rain"])
def test_wrong_parameters_are_reported_and_ignored(client, parameters, element, message, query):
    make_story(title="Rain", published_at=NOON)
    errors = errors_on_page(client, q=query, **parameters)
    assert list(errors) == [element]
    assert errors[element].startswith(message)
    if query:
        assert titles(client, q=query, **parameters) == ["Rain"]


def test_one_day_may_be_first_and_last(client):
    make_story(title="Rain", published_at=NOON)
    day = {"since": f"{NOON:%Y-%m-%d}", "until": f"{NOON:%Y-%m-%d}"}
    assert errors_on_page(client, **day) == {}
    assert titles(client, **day) == ["Rain"]


def test_right_and_unknown_parameters_are_not_reported(client):
    assert errors_on_page(client, q="rain", page="20", sort="newest", until="9999-12-31") == {}
    assert errors_on_page(client, q="rain", utm_source="x", kind="nothing", after="x") == {}


def test_wrong_cursor_is_not_found(client):
    assert client.get("/search/", {"q": "rain", "sort": "newest", "before": "abc"}).status_code == 404


def test_no_result_suggests_what_to_try(client):
    page = client.get("/search/", {"q": "xyzzy", "type": "video"}).content.decode()
    assert "No stories match." in page
    assert 'href="/search/?q=xyzzy"' in page


def test_without_words_it_explains(client):
    assert titles(client) is None
    assert titles(client, q="-only") is None


def test_pages_follow_by_relevance_and_then_by_time(client):
    for number in range(30):
        make_story(title=f"Rain {number}")
    first, second = titles(client, q="rain"), titles(client, q="rain", page=2)
    assert len({*first, *second}) == 30
    newest = client.get("/search/", {"q": "rain", "sort": "newest"})
    older = titles(client, q="rain", sort="newest", before=newest.context["page"].older)
    assert len(older) == 5
    assert titles(client, q="rain", page=20) == []
    assert titles(client, q="rain", page=21) == first


def test_many_are_counted_to_a_limit(client, monkeypatch):
    monkeypatch.setattr("reader.views.search.COUNTED", 3)
    for _number in range(5):
        make_story(title="Rain")
    assert "More than 3 stories" in client.get("/search/", {"q": "rain"}).content.decode()


def test_queries_do_not_grow(client):
    for _time in range(2):
        for _number in range(10):
            make_story(title="Rain", picture=True, outlets=2, topics=[make_topic(f"Topic {make_story().pk}")])
        for parameters in ({"q": "rain"}, {"q": "rain", "sort": "newest"}):
            with assertNumQueries(SEARCH_QUERIES[parameters.get("sort", "")]):
                client.get("/search/", parameters)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given=st.dictionaries(
        st.sampled_from(["q", "topic", "provider", "type", "since", "until", "sort", "page", "before"]),
        st.text(max_size=30),
    )
)
def test_any_parameters_are_answered(client, given):
    # A cursor that no link of ours has is an address that does not exist.
    assert client.get(f"/search/?{urlencode(given)}").status_code in ((200, 404) if "before" in given else (200,))


def test_highlighting_escapes():
    marked = highlighted("<b>Rain</b> & more", parse_query("rain b"))
    assert marked == "&lt;<mark>b</mark>&gt;<mark>Rain</mark>&lt;/<mark>b</mark>&gt; &amp; more"


def test_a_snippet_is_around_the_hit():
    text = f"{'word ' * 200}harbour {'word ' * 200}"
    cut = snippet(["Nothing here.", text], parse_query("harbour"))
    assert "harbour" in cut
    assert len(cut) < 300
    assert cut.startswith("… ")
    assert cut.endswith(" …")


class TestAVeryCommonWord:
    """Of very many matches only the newest are ranked; order by time stays complete."""

    @pytest.fixture(autouse=True)
    def limits(self, monkeypatch):
        monkeypatch.setattr("articles.search.common_words.RANK_LIMIT", 4)
        monkeypatch.setattr("reader.views.search.RANK_LIMIT", 4)
        monkeypatch.setattr("articles.search.common_words.SCAN_LENGTH", 2)

    @pytest.fixture
    def rain(self):
        return [make_story(title=f"Rain {number}", published_at=NOON.replace(day=number)) for number in range(1, 10)]

    def test_page_explains_that_only_the_newest_are_ranked(self, client, rain):
        assert set(titles(client, q="rain")) == {"Rain 6", "Rain 7", "Rain 8", "Rain 9"}
        page = client.get("/search/", {"q": "rain"}).content.decode()
        assert "Only the newest 4 matching stories are ranked." in page
        assert "?q=rain&amp;sort=newest" in page

    def test_as_many_as_are_ranked_are_not_too_many(self, client, rain):
        for story in rain[4:]:
            story.delete()
        assert len(titles(client, q="rain")) == 4
        assert client.get("/search/", {"q": "rain"}).context["ranked"] is None

    @pytest.mark.parametrize("parameters", ["rain", "rai", '"rain"', "rain -snow"])
    def test_the_order_by_time_is_complete(self, client, rain, parameters):
        make_story(title="Sun", published_at=NOON.replace(day=20))
        make_story(title="Wind", published_at=NOON.replace(day=21))
        make_story(title="Fog", published_at=NOON.replace(day=22))
        assert titles(client, q=parameters, sort="newest") == [f"Rain {number}" for number in range(9, 0, -1)]

    def test_a_filter_that_leaves_out_the_newest_finds_the_others(self, client, rain):
        rain[0].kind = Kind.VIDEO
        rain[0].save()
        assert titles(client, q="rain", type="video") == ["Rain 1"]
        assert titles(client, q="rain", until="2026-11-03", sort="newest") == ["Rain 3", "Rain 2", "Rain 1"]

    def test_where_none_of_the_newest_passes_a_filter_order_by_time_leads_on(self, client, rain):
        for number in range(2):
            make_story(title=f"Snow {number}", kind=Kind.VIDEO, published_at=NOON.replace(day=10 + number))
        rain[0].kind = Kind.VIDEO
        rain[0].save()
        assert titles(client, q="rain", type="video") == ["Rain 1"]

    def test_unknown_count_is_not_shown(self, client, rain, monkeypatch):
        assert client.get("/search/", {"q": "rain"}).context["total"] is None
        monkeypatch.setattr("reader.views.search.COUNTED", 3)
        assert client.get("/search/", {"q": "rain"}).context["total"] == 4

    def test_its_feed_is_complete(self, client, rain):
        feed = client.get("/search/feeds/feed.json", {"q": "rain"}).json()
        assert len(feed["items"]) == 9

    def test_queries_do_not_grow(self, client, rain):
        for parameters, number in (({"q": "rain"}, 10), ({"q": "rain", "sort": "newest"}, 12)):
            with CaptureQueriesContext(connection) as captured:
                client.get("/search/", parameters)
            assert len(captured) <= number

    def test_no_statement_scores_or_lists_all_matches(self, client, rain):
        for parameters in ({"q": "rain"}, {"q": "rain", "sort": "newest", "until": "2026-11-09"}):
            with CaptureQueriesContext(connection) as captured:
                client.get("/search/", parameters)
            searched = [query["sql"] for query in captured if "MATCH" in query["sql"] or "@@" in query["sql"]]
            assert searched
            assert [sql for sql in searched if " LIMIT " not in sql and " BETWEEN " not in sql] == []
