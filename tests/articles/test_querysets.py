from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.choices import State
from articles.models import Article
from tests.factories import NOON, make_provider, make_related, make_story, make_topic

pytestmark = pytest.mark.django_db
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)

# State, visible_from and visible_until in hours from now, whether readers can see the story.
VISIBILITY = [
    (State.PUBLISHED, -1, None, True),
    (State.PUBLISHED, -1, 1, True),
    (State.PUBLISHED, 1, None, False),
    (State.PUBLISHED, -2, -1, False),
    (State.INBOX, None, None, False),
    (State.INBOX, -1, None, False),
    (State.IN_REVIEW, -1, None, False),
    (State.REJECTED, -1, None, False),
    (State.WITHDRAWN, -1, None, False),
]


@pytest.mark.parametrize(("state", "since", "until", "visible"), VISIBILITY)
def test_visible_and_is_visible(state, since, until, visible):
    now = timezone.now()
    story = make_story(
        state=state,
        visible_from=now + since * HOUR if since is not None else None,
        visible_until=now + until * HOUR if until is not None else None,
    )
    assert Article.objects.visible().exists() == visible
    assert story.is_visible == visible


@pytest.mark.parametrize(
    ("since", "until", "phase"),
    [
        (-TICK, None, "is_visible"),
        (0 * TICK, None, "is_visible"),
        (TICK, None, "is_scheduled"),
        (-HOUR, TICK, "is_visible"),
        (-HOUR, 0 * TICK, "is_expired"),
        (-HOUR, -TICK, "is_expired"),
    ],
)
def test_visibility_begins_and_ends_at_the_exact_time(monkeypatch, since, until, phase):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    story = make_story(visible_from=now + since, visible_until=None if until is None else now + until)
    assert [name for name in ("is_visible", "is_scheduled", "is_expired") if getattr(story, name)] == [phase]
    assert Article.objects.visible().exists() is Article.objects.visible(now).exists() is (phase == "is_visible")


def test_front_page_is_ordered_by_rank_without_unscored_stories():
    cold = make_story(heat=1, published_at=NOON)
    hot = make_story(heat=100, published_at=NOON)
    make_story(heat=-1, published_at=NOON)
    assert list(Article.objects.visible().for_front_page()) == [hot, cold]


def test_story_about_two_topics_is_listed_once():
    parent, child = make_topic("AI"), make_topic("Robotics")
    story = make_story(topics=[parent, child])
    make_story()
    assert list(Article.objects.about([parent, child])) == [story]


def test_outlets_are_counted_once_without_hidden_coverage_and_the_storys_own():
    own, other = make_provider(), make_provider()
    story = make_story(provider=own)
    for provider, hidden in ((own, False), (other, False), (other, False), (make_provider(), True), (None, False)):
        make_related(story, provider=provider, is_hidden=hidden)
    assert Article.objects.with_outlets().get().outlets == 1


def test_lists_use_the_partial_indexes():
    published = Article.objects.visible()
    for query, index in (
        (published.for_front_page(), "front_page"),
        (published.latest_first(), "latest"),
        (published.filter(provider=1).latest_first(), "latest_of_provider"),
    ):
        if connection.vendor == "postgresql":
            # On an empty table PostgreSQL would prefer a sequential scan and a sort.
            with connection.cursor() as cursor:
                for way in ("seqscan", "bitmapscan", "sort"):
                    cursor.execute(f"SET LOCAL enable_{way} = off")
        assert index in query[:10].explain()
