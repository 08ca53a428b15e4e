"""Days are those of the site's time zone: in addresses, in the archive, in the search."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from articles.importing.runner import import_sources
from articles.models import Article
from articles.site_days import day_of_site, end_of, midnight
from tests.factories import as_document, keys, make_story, make_values

pytestmark = pytest.mark.django_db
ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"]
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=ZONES)
def zone(request, settings):
    settings.TIME_ZONE = request.param
    return ZoneInfo(request.param)


def pages_of(client, story):
    """The pages of the day, month and year in a story's address, as (path, keys of the stories there)."""
    _empty, year, month, day, _slug, _end = story.get_absolute_url().split("/")
    return {
        path: keys(client.get(path).context["page"].stories)
        for path in (f"/{year}/{month}/{day}/", f"/{year}/{month}/", f"/{year}/")
    }


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_story_is_listed_on_the_day_in_its_address(client, zone, hour):
    story = make_story(published_at=datetime(2026, 11, 1, hour, 30, tzinfo=zone))
    assert story.get_absolute_url().startswith("/2026/11/01/")
    assert pages_of(client, story) == {path: [story.pk] for path in ("/2026/11/01/", "/2026/11/", "/2026/")}
    assert "/2026/11/" in client.get("/archive/").content.decode()
    assert story.get_absolute_url() in client.get("/sitemap-2026-11.xml").content.decode()


@pytest.mark.parametrize("moment", ["2026-10-31T23:30:00Z", "2026-11-01T07:30:00Z", "2026-11-01T10:30:00Z"])
def test_imported_story_is_listed_on_the_day_in_its_address(client, zone, tmp_path, moment):
    (tmp_path / "a.md").write_bytes(as_document(make_values(publishedDateTime=moment)))
    import_sources([str(tmp_path)], hold=False)
    story = Article.objects.get()
    assert story.url_date == datetime.fromisoformat(moment).astimezone(zone).date()
    assert set(map(tuple, pages_of(client, story).values())) == {(story.pk,)}


def test_days_do_not_overlap(client, zone):
    midnight_there = datetime(2026, 11, 2, tzinfo=zone)
    before, after = (make_story(published_at=midnight_there + by) for by in (-MINUTE, timedelta()))
    assert keys(client.get("/2026/11/01/").context["page"].stories) == [before.pk]
    assert keys(client.get("/2026/11/02/").context["page"].stories) == [after.pk]
    search = client.get("/search/", {"since": "2026-11-02", "until": "2026-11-02"})
    assert keys(search.context["page"].stories) == [after.pk]


def test_limits_of_the_calendar(client, zone):
    for moment in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)):
        story = make_story(published_at=moment)
        assert story.url_date == day_of_site(moment)
        assert client.get(story.get_absolute_url()).status_code == 200
    assert client.get("/archive/").status_code == 200
    assert client.get("/search/", {"since": "0001-01-01", "until": "9999-12-31"}).status_code == 200
    assert midnight(date.min) < midnight(date(1, 1, 3))
    assert end_of(date.max) >= midnight(date.max)


def test_published_address_stays_when_the_time_zone_changes(client, settings):
    story = make_story(published_at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC))
    url = story.get_absolute_url()
    settings.TIME_ZONE = "Pacific/Kiritimati"
    story.published_at += timedelta(days=3)
    story.title = "Another headline"
    story.save()
    assert Article.objects.get().get_absolute_url() == url
    assert client.get(url).status_code == 200


def test_day_of_23_hours_is_complete(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    day = date(2026, 3, 29)
    assert (midnight(day), end_of(day)) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )
