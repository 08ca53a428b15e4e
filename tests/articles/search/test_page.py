"""The search page: whatever is asked, an answer."""

import pytest
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertNumQueries

from articles.choices import Kind, State
from articles.search.highlighting import highlighted, snippet
from articles.search.queries import read_query
from tests.factories import NOON, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db
# Words and cards: form's topics and providers, the count, the keys, the cards, the navigation.
SEARCH_QUERIES = 6


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


def test_what_cannot_be_read_is_told_and_passed_over(client):
    make_story(title="Rain")
    given = {"q": "rain", "topic": "no", "provider": "no", "type": "no", "since": "31/31", "until": "9999-12-31"}
    assert titles(client, **given) == ["Rain"]
    page = client.get("/search/", given).content.decode()
    for told in ("There is no such topic.", "There is no such outlet.", "Enter a valid date."):
        assert told in page


def test_nothing_found_says_what_to_try(client):
    page = client.get("/search/", {"q": "xyzzy", "type": "video"}).content.decode()
    assert "Nothing found." in page
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
    assert titles(client, q="rain", page=21) == []
    assert titles(client, q="rain", page="٣") == first


def test_many_are_counted_to_a_limit(client, monkeypatch):
    monkeypatch.setattr("articles.views.searching.COUNTED", 3)
    for _number in range(5):
        make_story(title="Rain")
    assert "More than 3 stories" in client.get("/search/", {"q": "rain"}).content.decode()


def test_queries_do_not_grow(client):
    for _time in range(2):
        for _number in range(10):
            make_story(title="Rain", picture=True, outlets=2, topics=[make_topic(f"Topic {make_story().pk}")])
        for asked in ({"q": "rain"}, {"q": "rain", "sort": "newest"}):
            with assertNumQueries(SEARCH_QUERIES):
                client.get("/search/", asked)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given=st.dictionaries(
        st.sampled_from(["q", "topic", "provider", "type", "since", "until", "sort", "page", "before"]),
        st.text(max_size=30),
    )
)
def test_whatever_is_asked_is_answered(client, given):
    # A cursor that no link of ours has is an address that does not exist.
    assert client.get(f"/search/?{urlencode(given)}").status_code in ((200, 404) if "before" in given else (200,))


def test_highlighting_escapes():
    marked = highlighted("<b>Rain</b> & more", read_query("rain b"))
    assert marked == "&lt;<mark>b</mark>&gt;<mark>Rain</mark>&lt;/<mark>b</mark>&gt; &amp; more"


def test_a_snippet_is_around_the_hit():
    text = f"{'word ' * 200}harbour {'word ' * 200}"
    cut = snippet(["Nothing here.", text], read_query("harbour"))
    assert "harbour" in cut
    assert len(cut) < 300
    assert cut.startswith("… ")
    assert cut.endswith(" …")
