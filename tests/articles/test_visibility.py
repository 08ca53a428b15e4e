"""`first_visible_at`, and the lists ordered by it."""

import json
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Owner, State
from articles.importing.runner import import_sources
from articles.importing.undo import undo_batch
from articles.models import Article, ArticleTopic
from articles.ranking import rank
from articles.visibility import address_is_known, first_visible, first_visible_of_import
from articles.workflow import COMMAND_LINE, UPSTREAM
from reader.front_page import compose_front_page
from tests.factories import NOON, as_document, keys, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGO, UNSCORED = NOON - 3 * DAY, {"heat": -1}


def iso(when):
    return when.isoformat().replace("+00:00", "Z")


@pytest.fixture
def import_story(tmp_path):
    """import_story(**fields): import one document, always the same file, and return (its story, the batch)."""

    def import_story(**values):
        path = tmp_path / "story.md"
        path.write_bytes(as_document(make_values(**{"webUrl": "https://outlet.example/one", **values})))
        batch = import_sources([str(path)], hold=False).batch
        return Article.objects.get(web_url="https://outlet.example/one"), batch

    return import_story


@pytest.fixture
def now(monkeypatch):
    """A stopped clock: now() returns the time, now(later) sets it."""
    clock = [timezone.now().replace(microsecond=0)]

    def now(later=None):
        clock[0] = later or clock[0]
        return clock[0]

    monkeypatch.setattr(timezone, "now", now)
    return now


def in_feed(client, path="/feeds/feed.json"):
    return [item["title"] for item in json.loads(client.get(path).content)["items"]]


@pytest.mark.parametrize(
    ("published_at", "expected"),
    [
        (NOON, NOON),
        (NOON - 48 * HOUR, NOON),
        (NOON - 48 * HOUR - TICK, NOON - 48 * HOUR - TICK),
        (NOON - 365 * DAY, NOON - 365 * DAY),
        (NOON + TICK, NOON + TICK),
        (None, None),
    ],
)
def test_import_publishes_news_of_the_last_48_hours(published_at, expected):
    assert first_visible_of_import(published_at, NOON) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # Never visible.
        ({"state": State.INBOX}, None),
        ({"state": State.WITHDRAWN, "visible_from": NOON + HOUR, "first_visible_at": NOON + HOUR}, None),
        # Visible once: it stays, whatever comes after.
        ({"state": State.WITHDRAWN, "visible_from": NOON - DAY, "first_visible_at": NOON - DAY}, NOON - DAY),
        ({"visible_from": NOON, "first_visible_at": NOON - DAY}, NOON - DAY),
        ({"visible_from": NOON + DAY, "first_visible_at": NOON}, NOON),
        # Not visible yet: it follows the schedule.
        ({"visible_from": NOON + DAY, "first_visible_at": None}, NOON + DAY),
        ({"visible_from": NOON + DAY, "first_visible_at": NOON + TICK}, NOON + DAY),
        ({"visible_from": NOON, "first_visible_at": NOON + TICK}, NOON),
        # Of the desk, whatever date its provider gave.
        ({"visible_from": NOON, "published_at": NOON - 365 * DAY}, NOON),
        ({"visible_from": NOON, "published_at": None}, NOON),
        # Of upstream.
        ({"state_owner": Owner.UPSTREAM, "visible_from": NOON - HOUR, "published_at": NOON - HOUR}, NOON),
        (
            {"state_owner": Owner.UPSTREAM, "visible_from": NOON - 3 * DAY, "published_at": NOON - 3 * DAY},
            NOON - 3 * DAY,
        ),
        ({"state_owner": Owner.UPSTREAM, "visible_from": NOON, "published_at": None}, None),
        ({"state_owner": Owner.UPSTREAM, "visible_from": NOON + TICK, "published_at": NOON - HOUR}, NOON + TICK),
    ],
)
def test_first_visible(fields, expected):
    story = Article(**{"state": State.PUBLISHED, "state_owner": Owner.DESK, "published_at": NOON, **fields})
    assert first_visible(story, NOON) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"first_visible_at": NOON - TICK}, True),
        ({"first_visible_at": NOON}, True),
        ({"first_visible_at": NOON + TICK}, False),
        ({"first_visible_at": NOON + TICK, "visible_from": NOON}, False),
        ({"first_visible_at": NOON, "state": State.INBOX}, True),
        ({"visible_from": NOON}, True),
        ({"visible_from": NOON + TICK}, False),
        ({"visible_from": NOON, "state": State.WITHDRAWN}, True),
        ({"visible_from": NOON, "state": State.INBOX}, False),
        ({"visible_from": NOON, "state": State.REJECTED}, False),
        ({}, False),
    ],
)
def test_address_is_known_once_the_story_has_been_visible(fields, expected):
    assert address_is_known(Article(**{"state": State.PUBLISHED, **fields}), NOON) is expected


def test_publishing_at_the_desk_sets_it_once(now):
    begin = now()
    story = make_story(state=State.INBOX, published_at=NOON - 365 * DAY)
    workflow.apply(Action.PUBLISH, story, COMMAND_LINE)
    assert story.first_visible_at == Article.objects.get().first_visible_at == begin
    now(begin + HOUR)
    for action in (Action.WITHDRAW, Action.RESTORE, Action.PUBLISH):
        workflow.apply(action, story, COMMAND_LINE)
        assert Article.objects.get().first_visible_at == begin
    assert Article.objects.get().visible_from == begin + HOUR


def test_it_follows_the_schedule_until_it_has_passed(now):
    begin = now()
    story = make_story(state=State.INBOX)
    for hours in (5, 3):
        workflow.apply(Action.SCHEDULE, story, COMMAND_LINE, visible_from=begin + hours * HOUR)
        assert Article.objects.get().first_visible_at == begin + hours * HOUR
    workflow.apply(Action.WITHDRAW, story, COMMAND_LINE)
    assert Article.objects.get().first_visible_at is None
    workflow.apply(Action.SCHEDULE, story, COMMAND_LINE, visible_from=begin + 2 * HOUR)
    workflow.apply(Action.END_EMBARGO, story, COMMAND_LINE)
    assert Article.objects.get().first_visible_at == begin


def test_saving_without_the_state_does_not_change_it(now):
    story = make_story(state=State.INBOX)
    copy = Article.objects.get()
    workflow.apply(Action.PUBLISH, story, COMMAND_LINE)
    copy.title = "Edited meanwhile"
    copy.save()
    assert Article.objects.get().first_visible_at == now()


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("age", [HOUR, 47 * HOUR, 49 * HOUR, 400 * DAY, None])
def test_imported_news_is_first_visible_now_and_archives_keep_their_dates(import_story, age, is_known):
    before = timezone.now()
    date = age and (before - age).replace(microsecond=0)
    if is_known:
        import_story(published=False, publishedDateTime=date and iso(date))
    story, _batch = import_story(published=True, publishedDateTime=date and iso(date))
    if age and age < 48 * HOUR:
        assert before <= story.first_visible_at <= timezone.now()
    else:
        assert story.first_visible_at == date
    assert list(ArticleTopic.objects.values_list("first_visible_at", flat=True)) == [story.first_visible_at]


def test_story_scheduled_by_upstream_is_first_visible_at_that_time(import_story):
    date = (timezone.now() + DAY).replace(microsecond=0)
    assert import_story(publishedDateTime=iso(date))[0].first_visible_at == date


def test_undoing_an_import_keeps_a_past_time(import_story):
    story, _batch = import_story(published=False)
    story, batch = import_story(published=True)
    first = story.first_visible_at
    undo_batch(batch, COMMAND_LINE)
    story.refresh_from_db()
    assert (story.state, story.first_visible_at) == (State.INBOX, first)


def test_undoing_an_import_removes_a_future_time(import_story):
    date = iso(timezone.now() + DAY)
    import_story(published=False, publishedDateTime=date)
    story, batch = import_story(published=True, publishedDateTime=date)
    undo_batch(batch, COMMAND_LINE)
    story.refresh_from_db()
    assert (story.state, story.first_visible_at) == (State.INBOX, None)


@pytest.mark.parametrize("folder", ["", "/topics/climate", "outlet", "/search"])
def test_feed_begins_with_stories_published_today(client, folder):
    climate = make_topic("Climate")
    of_week = make_story(title="Of this week", topics=[climate], published_at=timezone.now() - 3 * DAY)
    old = make_story(title="Old", topics=[climate], state=State.INBOX, published_at=NOON - 900 * DAY)
    Article.objects.update(provider=old.provider)
    workflow.apply(Action.PUBLISH, old, COMMAND_LINE)
    path = old.provider.get_absolute_url().rstrip("/") if folder == "outlet" else folder
    path += "/feeds/feed.json" + ("?topic=climate" if folder == "/search" else "")
    assert in_feed(client, path) == ["Old", "Of this week"]
    (dates, _rest) = (item["date_published"] for item in json.loads(client.get(path).content)["items"])
    assert dates.startswith(f"{old.first_visible_at:%Y-%m-%dT%H:%M:%S}")
    assert of_week.first_visible_at == of_week.published_at


@pytest.mark.parametrize("folder", ["", "/topics/ai"])
def test_imported_archive_does_not_flood_feeds(client, tmp_path, folder):
    make_story(title="Of this week", topics=[make_topic("AI")], published_at=timezone.now() - 3 * DAY)
    for number in range(60):
        date = iso(NOON - (400 + number) * DAY) if number % 2 else None
        (tmp_path / f"{number}.md").write_bytes(as_document(make_values(title="Old", publishedDateTime=date)))
    assert import_sources([str(tmp_path)], hold=False).counts["created"] == 60
    titles = in_feed(client, f"{folder}/feeds/feed.json")
    assert titles[0] == "Of this week"
    assert len(titles) == 31
    assert all(story.published_at for story in compose_front_page().latest)


def test_latest_is_ordered_by_first_visible_at():
    lead = make_story(heat=90)
    stories = [make_story(**UNSCORED, published_at=NOON - number * DAY, state=State.INBOX) for number in range(3)]
    for story in (stories[2], stories[0], stories[1]):
        workflow.apply(Action.PUBLISH, story, COMMAND_LINE)
    front = compose_front_page()
    assert front.lead.pk == lead.pk
    assert keys(front.latest) == keys([stories[1], stories[0], stories[2]])


def test_latest_is_full_without_stories_shown_above():
    stories = [make_story(topics=[]) for _number in range(40)]
    front = compose_front_page()
    above = keys([front.lead, *front.seconds, *front.river])
    assert len(above) == 15
    assert len(front.latest) == 12
    assert not set(above) & set(keys(front.latest))
    assert set(above) | set(keys(front.latest)) <= set(keys(stories))


def test_front_page_shows_no_story_twice():
    topic = make_topic("Space")
    for number in range(40):
        make_story(topics=[topic], published_at=timezone.now() - timedelta(minutes=number), heat=40)
    front = compose_front_page()
    shown = keys([front.lead, *front.seconds, *front.river, *front.latest, *front.sections[0].stories])
    assert len(shown) == len(set(shown)) == 3 + 12 + 12 + 4


class TestUndated:
    """A story without a date leads only if the desk pins it."""

    @pytest.mark.parametrize("heat", [100, -1])
    @pytest.mark.parametrize("owner", [Owner.UPSTREAM, Owner.DESK])
    def test_undated_story_neither_leads_nor_ranks(self, heat, owner):
        story = make_story(published_at=None, heat=heat, state_owner=owner, topics=[make_topic("AI")])
        other = make_story(**UNSCORED, topics=story.topics.all())
        front = compose_front_page()
        assert story.rank is None
        assert keys([front.lead, *front.seconds, *front.river]) == [other.pk]
        assert keys(front.latest) == ([story.pk] if owner == Owner.DESK else [])
        assert [keys(section.stories) for section in front.sections] == []

    def test_pinned_undated_story_leads(self):
        story = make_story(published_at=None, pin=1)
        make_story()
        assert compose_front_page().lead.pk == story.pk

    def test_undated_story_is_listed_under_its_topic_and_outlet(self, client):
        story = make_story(published_at=None, topics=[make_topic("AI")])
        for url in ("/topics/ai/", story.provider.get_absolute_url()):
            assert keys(client.get(url).context["page"].stories) == [story.pk]

    def test_news_sitemap_has_no_undated_stories(self, client):
        dated = make_story(published_at=timezone.now() - HOUR)
        make_story(published_at=None)
        make_story(published_at=None, state_owner=Owner.DESK)
        text = client.get("/sitemap-news.xml").content.decode()
        assert [part.partition("</loc>")[0] for part in text.split("<loc>")[1:]] == [
            f"http://testserver{dated.get_absolute_url()}"
        ]

    def test_story_ranks_once_it_has_a_date(self):
        story = make_story(published_at=None, heat=10)
        story.published_at = NOON
        story.save()
        assert Article.objects.get().rank == rank(10, NOON)


def test_feeds_use_their_indexes():
    published = Article.objects.visible()
    for stories, index in (
        (published.newly_visible_first(), "newly_visible"),
        (published.filter(provider=1).newly_visible_first(), "newly_visible_of_provider"),
        (published.of_topic(1, 50, "first_visible_at"), "newly_visible_of_topic"),
    ):
        if connection.vendor == "postgresql":
            # On an empty table PostgreSQL would prefer a sequential scan and a sort.
            with connection.cursor() as cursor:
                for way in ("seqscan", "bitmapscan", "sort"):
                    cursor.execute(f"SET LOCAL enable_{way} = off")
        assert index in stories[:50].explain()


def test_migration_fills_existing_stories():
    times = {"visible_from": NOON - DAY, "published_at": NOON - DAY}
    visible = make_story(**times)
    withdrawn = make_story(**times, state=State.WITHDRAWN)
    scheduled = make_story(visible_from=timezone.now() + DAY)
    withdrawn_early = make_story(visible_from=timezone.now() + DAY, state=State.WITHDRAWN)
    undated = make_story(visible_from=NOON - DAY, published_at=None, heat=5, topics=[make_topic("AI")])
    inbox = make_story(state=State.INBOX)
    Article.objects.update(first_visible_at=None)
    Article.objects.filter(pk=undated.pk).update(rank=1.0)
    migration = import_module("articles.migrations.0024_fill_first_visible_at")
    editor = SimpleNamespace(connection=connection)
    migration.fill(apps, editor)
    assert dict(Article.objects.values_list("pk", "first_visible_at")) == {
        **dict.fromkeys((visible.pk, withdrawn.pk, undated.pk), NOON - DAY),
        scheduled.pk: scheduled.visible_from,
        **dict.fromkeys((withdrawn_early.pk, inbox.pk)),
    }
    assert list(ArticleTopic.objects.values_list("first_visible_at", "rank")) == [(NOON - DAY, None)]
    assert Article.objects.get(pk=undated.pk).rank is None
    migration.rank_undated_stories(apps, editor)
    assert Article.objects.get(pk=undated.pk).rank == rank(5, undated.dated_at)


def test_upstream_can_publish_a_withdrawn_story_again(now):
    story = make_story(published_at=now() - HOUR)
    first = story.first_visible_at
    now(now() + HOUR)
    for action in (Action.WITHDRAW, Action.PUBLISH):
        workflow.apply(action, story, UPSTREAM)
    assert Article.objects.get().first_visible_at == first
