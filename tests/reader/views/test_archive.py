"""The archive by year, month and day."""

from datetime import UTC, datetime

import pytest
from pytest_django.asserts import assertNumQueries

from articles.choices import State
from tests.factories import keys, make_story

pytestmark = pytest.mark.django_db
# Years: the newest, the oldest, the years there are, their months, the navigation.
ARCHIVE_QUERIES = 5
# Stories, the months or days there are, the navigation.
SPAN_QUERIES = 3


def at(year, month, day, hour=12):
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_years_months_and_days_that_have_stories(client):
    for when in (at(2026, 11, 20), at(2026, 11, 3), at(2026, 2, 28), at(2024, 2, 29)):
        make_story(published_at=when)
    make_story(published_at=at(2025, 6, 1), state=State.INBOX)
    years = client.get("/archive/").context["years"]
    assert [(year.url, [month.url for month in months]) for year, months in years] == [
        ("/2026/", ["/2026/02/", "/2026/11/"]),
        ("/2024/", ["/2024/02/"]),
    ]
    assert [part.url for part in client.get("/2026/11/").context["parts"]] == ["/2026/11/03/", "/2026/11/20/"]
    assert len(client.get("/2026/").context["page"].stories) == 3
    assert len(client.get("/2024/02/29/").context["page"].stories) == 1


def test_days_are_those_of_stories_addresses(client):
    late, early = make_story(published_at=at(2026, 11, 20, 23)), make_story(published_at=at(2026, 11, 21, 0))
    assert keys(client.get("/2026/11/20/").context["page"].stories) == [late.pk]
    assert keys(client.get("/2026/11/21/").context["page"].stories) == [early.pk]
    assert late.get_absolute_url().startswith("/2026/11/20/")
    assert ">Friday, 20 November 2026</h1>" in client.get("/2026/11/20/").content.decode()
    assert (
        ">Freitag, 20. November 2026</h1>"
        in client.get("/2026/11/20/", headers={"accept-language": "de"}).content.decode()
    )


@pytest.mark.parametrize(
    "url", ["/2026/13/", "/2026/02/30/", "/0000/", "/9999/", "/9999/12/31/", "/2019/", "/2026/11/20/"]
)
def test_an_invalid_time_or_one_without_stories_is_a_404(client, url):
    assert client.get(url).status_code == 404


def test_absurd_years_do_no_harm(client):
    make_story(published_at=at(1, 1, 1))
    make_story(published_at=at(9999, 12, 31))
    assert client.get("/archive/").status_code == 200
    assert client.get("/sitemap.xml").status_code == 200


def test_a_story_of_long_ago_has_its_year_month_and_day(client):
    story = make_story(published_at=at(800, 12, 25))
    assert "/0800/12/" in client.get("/archive/").content.decode()
    for url in ("/0800/", "/0800/12/", "/0800/12/25/"):
        assert keys(client.get(url).context["page"].stories) == [story.pk]
    (month,) = [url for url in client.get("/sitemap.xml").content.decode().split("</loc>") if "-0800-" in url]
    assert story.get_absolute_url() in client.get(month[month.index("/sitemap-") :]).content.decode()


def test_older_pages_follow_without_gap_or_overlap(client):
    stories = [make_story(published_at=at(2026, 11, 20)) for _number in range(55)]
    first = client.get("/2026/11/").context["page"]
    second = client.get("/2026/11/", {"before": first.older}).context["page"]
    assert keys(first.stories + second.stories) == keys(stories[::-1])


def test_queries_do_not_grow(client):
    for _time in range(2):
        for number in range(20):
            make_story(published_at=at(2026, 1 + number % 12, 1 + number), picture=True, outlets=2)
        for url, queries in (("/archive/", ARCHIVE_QUERIES), ("/2026/", SPAN_QUERIES), ("/2026/01/", SPAN_QUERIES)):
            with assertNumQueries(queries):
                client.get(url)
