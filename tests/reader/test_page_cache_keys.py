"""Which requests and responses the page cache concerns, its keys, and the time of the next change."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from articles.choices import State
from articles.models import CacheVersion
from reader import page_cache
from reader.cache_version import current_cache_version, next_change
from reader.page_cache import is_cacheable, is_storable, key_of
from tests.factories import make_story

TICK = timedelta(microseconds=1)


def test_everything_a_page_depends_on(rf, settings, monkeypatch):
    def key(path="/", cache_version="1", **request_options):
        return key_of(rf.get(path, **request_options), cache_version)

    keys = [key(), key("/topics/"), key(cache_version="2"), key(secure=True)]
    keys += [key(headers={name: value}) for name, value in (("host", "localhost"), ("accept-language", "de"))]
    dark = rf.get("/")
    dark.COOKIES["theme"] = "dark"
    keys.append(key_of(dark, "1"))
    with timezone.override("Asia/Tokyo"):
        keys.append(key())
    for name in ("get_script_prefix", "version_of_templates"):
        with monkeypatch.context() as patch:
            patch.setattr(page_cache, name, lambda *args: "another")
            keys.append(key())
    settings.SITE_NAME = "Another newsroom"
    keys.append(key())
    settings.SITE_ORIGIN = "https://news.example"
    keys += [key(), key(secure=True)]
    assert len(set(keys)) == len(keys)
    assert key("/?utm_source=x") == key()


def test_other_themes_share_the_page_without_one(rf):
    unknown = rf.get("/")
    unknown.COOKIES["theme"] = "neon"
    assert key_of(unknown, "1") == key_of(rf.get("/"), "1")


def test_requests_that_are_looked_up(rf):
    def is_looked_up(method="get", path="/", **options):
        return is_cacheable(getattr(rf, method)(path, **options))

    paths = ("/", "/topics/ai/", "/feeds/rss.xml", "/?utm_source=x")
    assert [is_looked_up(path=path) for path in paths] == [True] * 4
    paths = ("/admin/", "/static/x.css", "/media/x.png", "/healthz", "/preferences/", "/search/?q=x")
    assert [is_looked_up(path=path) for path in (*paths, "/?before=1", "/?after=x")] == [False] * 8
    methods = ("get", "head", "post", "put", "delete", "options")
    assert [is_looked_up(method) for method in methods] == [True, True, False, False, False, False]
    assert [is_looked_up(headers={"host": host}) for host in ("localhost", "evil.example")] == [True, False]


def test_responses_that_are_stored(rf):
    def is_stored(method="get", status=200, **attributes):
        response = HttpResponse("page", status=status)
        for name, value in {"is_shared_page": True, **attributes}.items():
            setattr(response, name, value)
        return is_storable(getattr(rf, method)("/"), response)

    assert is_stored()
    assert [is_stored(status=status) for status in (301, 304, 404, 410, 500)] == [False] * 5
    assert [is_stored(method) for method in ("head", "post")] == [False, False]
    assert not is_stored(is_shared_page=False)
    assert not is_stored(streaming=True)
    assert not is_stored(cookies={"theme": "dark"})


@pytest.mark.django_db
def test_next_change_is_the_first_one_after_now():
    now = timezone.now()
    make_story(visible_from=now)
    make_story(visible_from=now - timedelta(hours=1), visible_until=now)
    make_story(state=State.WITHDRAWN, visible_from=now + TICK, visible_until=now + 2 * TICK)
    assert next_change(now) is None
    make_story(visible_from=now - timedelta(hours=1), visible_until=now + 4 * TICK)
    make_story(visible_from=now - timedelta(hours=1), visible_until=now + 7 * TICK)
    assert next_change(now) == now + 4 * TICK
    make_story(visible_from=now + 3 * TICK)
    make_story(visible_from=now + 8 * TICK)
    assert [next_change(now + ticks * TICK) for ticks in (0, 2, 3, 4, 7, 8)] == [
        *[now + ticks * TICK for ticks in (3, 3, 4, 7, 8)],
        None,
    ]


@pytest.mark.django_db
def test_cache_version_consists_of_all_tokens():
    CacheVersion.objects.all().delete()
    for number in (1, 2, 3):
        CacheVersion.objects.create(pk=number, token=str(number) * 3)
    assert current_cache_version() == "111222333"
