"""The filters of the list of stories: what each finds, and that none sorts many stories."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import querysets
from articles.choices import State
from articles.models import (
    Article,
    Conflict,
    Image,
    ImportBatch,
    ImportedDocument,
    PictureSource,
    PossibleDuplicate,
    StoredPicture,
)
from articles.models.picture import digest_of_url
from desk.stories.filter_types import SelectFilter
from desk.stories.story_list_filters import STORY_FILTERS
from tests.desk.pages import STORIES, keys_shown
from tests.factories import NUMBERS, make_picture, make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db
TOPIC, PROVIDER = "topic_links__tag__id__exact", "provider__id__exact"
ORDERS = ({}, {"o": "-5"}, {"o": "-4"}, {"o": "2"})


def parameter_of(entry):
    """Return the parameter in addresses of an entry of STORY_FILTERS, a class or (field, class)."""
    return f"{entry[0]}__id__exact" if isinstance(entry, tuple) else entry.parameter_name


PARAMETERS = {parameter_of(entry) for entry in STORY_FILTERS}


def make_import(*stories):
    now = timezone.now()
    batch = ImportBatch.objects.create(
        state="finished", sources=["x"], origin="command", started_at=now, finished_at=now
    )
    for position, story in enumerate(stories):
        ImportedDocument.objects.create(batch=batch, position=position, source="x.md", action="created", article=story)
    return batch


def make_source(state, **fields):
    url = f"https://img.example/{next(NUMBERS)}.jpg"
    return PictureSource.objects.create(url=url, url_digest=digest_of_url(url), state=state, **fields)


def make_site_picture():
    return StoredPicture.objects.create(
        digest="1" * 32, file="x.jpg", width=9, height=9, bytes=9, difference_hash="0" * 16, is_site_picture=True
    )


def make_stories():
    """Return four stories, no two alike, and what else a filter can be about."""
    now = timezone.now()
    space = make_topic("Space")
    moon = make_topic("Moon", parent=space)
    loop = make_provider(name="The Loop")
    inbox = make_story(state=State.INBOX, quality=None, heat=-1, topics=[moon])
    scheduled = make_story(published_at=now, visible_from=now + timedelta(days=1), quality=85, heat=250)
    expired = make_story(
        provider=loop,
        heat=10,
        is_removed=True,
        visible_from=now - timedelta(days=9),
        visible_until=now - timedelta(days=8),
    )
    course = make_story(kind="course", picture=True, quality=50, heat=60, topics=[space])
    for story, state in ((inbox, "waiting"), (scheduled, "failed"), (expired, "refused")):
        Image.objects.create(article=story, url="https://img.example/a.jpg", source=make_source(state))
    unlinked = make_story(published_at=now - timedelta(days=3), kind="video", quality=70, heat=70)
    Image.objects.create(article=unlinked, url="https://img.example/a.jpg")
    site_picture = make_site_picture()
    site_source = make_source("stored", stored=site_picture, is_site_picture=True)
    by_digest, by_url = (make_story(kind="forum", quality=70, heat=70) for _number in range(2))
    make_picture(article=by_digest, stored=site_picture)
    make_picture(article=by_url, source=site_source)
    Conflict.objects.create(article=course, field="title", ours="a", theirs="b")
    PossibleDuplicate.objects.create(first=inbox, second=expired)
    return SimpleNamespace(**locals(), batch=make_import(expired))


def cases(made):
    """Return [(parameters, the stories they find)], at least one for each filter."""
    inbox, scheduled, expired, course = made.inbox, made.scheduled, made.expired, made.course
    day = f"{timezone.localdate(expired.visible_from):%Y-%m-%d}"
    return [
        ({"state": "inbox"}, {inbox}),
        ({"state": "published"}, {scheduled, expired, course, made.unlinked, made.by_digest, made.by_url}),
        ({"state": "scheduled"}, {scheduled}),
        ({"state": "expired"}, {expired}),
        ({"type": "course"}, {course}),
        ({"quality": "none"}, {inbox}),
        ({"quality": "80"}, {scheduled}),
        ({"heat": "none"}, {inbox}),
        ({"heat": "0"}, {expired}),
        ({"heat": "200"}, {scheduled}),
        ({"picture": "yes"}, {course, made.by_digest, made.by_url}),
        ({"picture": "no"}, {inbox, scheduled, expired, made.unlinked}),
        ({"picture": "waiting"}, {inbox, made.unlinked}),
        ({"picture": "failed"}, {scheduled, expired}),
        ({"picture": "site"}, {made.by_digest, made.by_url}),
        ({"conflict": "yes"}, {course}),
        ({"removed": "yes"}, {expired}),
        ({"duplicate": "yes"}, {inbox, expired}),
        ({"since": "hour"}, {scheduled}),
        ({"out": f"{day}..{day}"}, {expired}),
        ({"batch": made.batch.pk}, {expired}),
        ({PROVIDER: made.loop.pk}, {expired}),
        ({TOPIC: made.space.pk}, {inbox, course}),
        ({TOPIC: made.moon.pk}, {inbox}),
        ({"topic_itself": made.space.pk}, {course}),
        ({TOPIC: made.space.pk, "state": "inbox"}, {inbox}),
        ({PROVIDER: made.loop.pk, "state": "inbox"}, set()),
    ]


def test_every_filter_has_a_case():
    covered = {name for parameters, _stories in cases(make_stories()) for name in parameters}
    assert covered == PARAMETERS, "Add a case for each filter of STORY_FILTERS."


@pytest.mark.parametrize("few", [2000, 0], ids=["few matches, by key", "many matches, in list order"])
def test_each_filter_finds_its_stories_in_every_order(desk, monkeypatch, few):
    monkeypatch.setattr(querysets, "KEY_LOOKUP_LIMIT", few)
    for parameters, stories in cases(make_stories()):
        for order in ORDERS:
            assert set(keys_shown(desk, **parameters, **order)) == {story.pk for story in stories}, parameters


def test_each_choice_of_each_filter_is_offered_and_answers(desk):
    make_stories()
    for spec in desk.get(STORIES).context["cl"].filter_specs:
        for value, label in spec.lookup_choices if isinstance(spec, SelectFilter) else ():
            page = desk.get(STORIES, {spec.parameter_name: value})
            assert page.status_code == 200
            assert f'<option value="{value}" selected>{label}</option>' in page.content.decode()
            assert page.context["cl"].filters_used == 1


@pytest.mark.parametrize("name", sorted(PARAMETERS))
@pytest.mark.parametrize("value", ["", "'--", "x", "9" * 30])
def test_impossible_value_is_no_error(desk, name, value):
    assert desk.get(STORIES, {name: value}).status_code in (200, 302)


def test_days_are_sorted_by_the_time_of_becoming_visible(desk):
    now = timezone.now()
    late, early = (
        make_story(state="published", visible_from=now - timedelta(hours=hours), published_at=published_at)
        for hours, published_at in ((2, now - timedelta(days=40)), (3, now - timedelta(days=20)))
    )
    days = f"{timezone.localdate(now) - timedelta(days=1):%Y-%m-%d}..{timezone.localdate(now):%Y-%m-%d}"
    assert keys_shown(desk, out=days) == [late.pk, early.pk]
    assert keys_shown(desk, out=days, o="-2") == [early.pk, late.pk]


# Filters that sort what they find, and why that is cheap.
MAY_SORT = {
    "conflict": "there are few conflicts",
    "duplicate": "there are few possible duplicates",
    PROVIDER: "its index ends with the time; only stories of one moment are sorted by key",
}
UNSORTED = [
    {"state": "scheduled"},
    {"removed": "yes"},
    {"type": "course"},
    {"type": "course", "o": "-5"},
    {"type": "course", "state": "inbox"},
    {"heat": "50"},
    {"heat": "50", "o": "-4"},
    {"heat": "none"},
    {"quality": "60", "o": "-5"},
    {"quality": "none", "o": "-5"},
    {"out": "2026-01-01..2026-12-31"},
    {"out": "2026-01-01..2026-12-31", "o": "-5"},
    {"since": "week", "o": "-5"},
    {"batch": "1"},
    {"picture": "yes"},
    {"picture": "no"},
    {"picture": "waiting"},
    {"picture": "failed"},
    {"picture": "site"},
    {TOPIC: "1"},
    {"topic_itself": "1"},
]


def test_every_filter_is_tested_for_sorting_or_may_sort():
    assert {name for parameters in UNSORTED for name in parameters} - {"o"} == PARAMETERS - MAY_SORT.keys()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by statistics")
@pytest.mark.parametrize(
    "parameters", UNSORTED, ids=lambda parameters: "&".join(f"{name}={value}" for name, value in parameters.items())
)
def test_filter_with_many_matches_never_sorts(desk, monkeypatch, parameters):
    monkeypatch.setattr(querysets, "KEY_LOOKUP_LIMIT", 0)
    now, topic = timezone.now(), make_topic("Space")
    for number in range(3):
        make_story(kind="course", picture=True, heat=60, quality=70, topics=[topic])
        make_story(heat=-1, quality=None, is_removed=True)
        make_story(state="published", visible_from=now + timedelta(days=number + 1))
        make_story(state="published", visible_from=now - timedelta(days=9), visible_until=now - timedelta(days=8))
    batch = make_import(*Article.objects.all())
    keys = {"batch": batch.pk, TOPIC: topic.pk, "topic_itself": topic.pk}
    parameters = {name: keys.get(name, value) for name, value in parameters.items()}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = plan_of_list(desk, parameters)
    assert [step for step in plan if "B-TREE FOR" in step and "ORDER BY" in step] == []


def plan_of_list(desk, parameters):
    """Return the steps of the query that selects the stories of a page of the list."""
    with CaptureQueriesContext(connection) as captured:
        desk.get(STORIES, parameters)
    (ordered,) = [
        query["sql"]
        for query in captured
        if "ORDER BY" in query["sql"] and '"articles_article"."id" AS "pk"' in query["sql"]
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {ordered}")
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by statistics")
@pytest.mark.parametrize(("value", "limit"), [("yes", 1), ("waiting", 10), ("failed", 10), ("site", 10)])
def test_pictures_are_looked_up_by_key_up_to_a_limit(desk, monkeypatch, value, limit):
    """Beyond it, each story of the list is probed by an index, for each kind of picture alone."""
    monkeypatch.setattr(querysets, "KEY_LOOKUP_LIMIT", 1)
    site_source = make_source("stored", stored=make_site_picture(), is_site_picture=True)
    sources = {"waiting": None, "failed": make_source("failed"), "site": site_source, "yes": site_source}
    with_copy = {"file": "pictures/x.jpg"} if value in ("yes", "site") else {}
    for number in range(limit):
        Image.objects.create(
            article=make_story(), url=f"https://img.example/{number}.jpg", source=sources[value], **with_copy
        )
    assert not any("CORRELATED" in step for step in plan_of_list(desk, {"picture": value}))
    Image.objects.create(article=make_story(), url="https://img.example/more.jpg", source=sources[value], **with_copy)
    plan = plan_of_list(desk, {"picture": value})
    assert any("CORRELATED" in step for step in plan)
    assert not any("UNION" in step or "SCAN articles_image" in step for step in plan)
