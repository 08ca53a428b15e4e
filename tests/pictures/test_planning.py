"""Which pictures are downloaded, in which order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Image, PictureSource
from articles.models.picture import SourceState
from pictures import planning
from pictures.linking import link_sources
from pictures.planning import Selection, plan
from tests.factories import NOON, make_provider, make_related, make_story, make_topic

pytestmark = pytest.mark.django_db


def names(sources):
    return [source.url.rpartition("/")[2] for source in sources]


def add(name, story=None, **fields):
    owner = fields if "provider" in fields or "related_link" in fields else {"article": story or make_story(), **fields}
    return Image.objects.create(url=f"https://img.example/{name}", **owner)


def planned(limit=100, **selection):
    link_sources()
    return names(plan(Selection(**selection), limit))


def test_the_front_page_comes_first_then_logos_then_the_newest_stories(monkeypatch):
    monkeypatch.setattr(planning, "FRONT_PAGE_STORIES", 2)
    now = timezone.now()

    def story(hours, **fields):
        # Visible for the longest time, so that none is among the latest.
        return make_story(published_at=NOON - timedelta(hours=hours), visible_from=now - timedelta(days=9), **fields)

    add("old", story(50, heat=1))
    add("new", story(1, heat=1))
    add("inbox", story(0, heat=1, state=State.INBOX))
    add("hot-second", hot := story(2, heat=900), position=1)
    add("hot", hot)
    add("hotter", story(3, heat=2000))
    add("pinned", story(60, heat=1, pin=1))
    add("logo", provider=make_provider())
    # The latest are three of them, of which two may be on the front page.
    Article.objects.exclude(pk=hot.pk).update(first_visible_at=None)
    assert planned() == ["pinned", "hotter", "hot", "hot-second", "logo", "inbox", "new", "old"]
    assert planned(limit=3) == ["pinned", "hotter", "hot"]


def test_sections_of_the_front_page_come_before_what_is_newer(monkeypatch):
    monkeypatch.setattr(planning, "FRONT_PAGE_STORIES", 1)
    monkeypatch.setattr(planning, "SECTION_STORIES", 2)
    section = make_topic("Space")
    subtopic = make_topic("Rockets", parent=section)
    long_ago = timezone.now() - timedelta(days=9)

    def story(name, heat, hours, topic=None):
        own = make_story(
            published_at=NOON - timedelta(hours=hours),
            visible_from=long_ago,
            heat=heat,
            topics=[topic] if topic else (),
        )
        add(name, own)

    story("best", 9000, 50, subtopic)
    story("third", 10, 60, section)
    story("second", 20, 60, subtopic)
    story("first", 30, 60, section)
    story("elsewhere", 1000, 40)
    story("newest", 1, 0)
    Article.objects.exclude(images__url__endswith="/newest").update(first_visible_at=None)
    assert planned() == ["best", "newest", "first", "second", "elsewhere", "third"]


def test_a_host_with_many_pictures_does_not_keep_others_waiting(monkeypatch):
    monkeypatch.setattr(planning, "MOST_OF_HOST", 2)
    for number in range(5):
        add(f"{number}", make_story(published_at=NOON - timedelta(hours=number)))
    other = make_story(published_at=NOON - timedelta(hours=9))
    Image.objects.create(url="https://other.example/other", article=other)
    assert planned() == ["0", "1", "other"]
    assert planned(limit=1) == ["0"]
    PictureSource.objects.filter(url__endswith="/0").update(state=SourceState.REFUSED)
    assert planned() == ["1", "2", "other"]


def test_only_what_is_missing_or_due_is_planned():
    now = timezone.now()
    states = {
        "waiting": {},
        "due": {"state": SourceState.FAILED, "next_attempt_at": now - timedelta(seconds=1)},
        "later": {"state": SourceState.FAILED, "next_attempt_at": now + timedelta(minutes=1)},
        "given-up": {"state": SourceState.FAILED},
        "refused": {"state": SourceState.REFUSED},
        "blocked": {"state": SourceState.BLOCKED},
        "never": {"state": SourceState.NEVER},
    }
    for name in states:
        add(name)
    link_sources()
    for name, values in states.items():
        PictureSource.objects.filter(url__endswith=f"/{name}").update(**values)
    assert sorted(planned()) == ["due", "waiting"]
    assert sorted(planned(missing=False, failed=True)) == ["due", "given-up", "later", "refused"]
    assert sorted(planned(failed=True)) == ["due", "given-up", "later", "refused", "waiting"]


def test_an_attempt_is_due_at_its_time():
    now = timezone.now()
    add("a")
    link_sources()
    PictureSource.objects.update(state=SourceState.FAILED, next_attempt_at=now)
    assert Selection().sources(now).count() == 1
    assert Selection().sources(now - timedelta(microseconds=1)).count() == 0


def test_selections():
    provider = make_provider()
    story = make_story(provider=provider)
    add("of-story", story)
    add("of-outlet", make_story(provider=provider))
    add("of-another", make_story())
    add("logo", provider=provider)
    add("coverage", related_link=make_related(story))
    add("rejected", make_story(state=State.REJECTED))
    assert sorted(planned()) == ["logo", "of-another", "of-outlet", "of-story"]
    assert sorted(planned(stories=Article.objects.filter(pk=story.pk))) == ["logo", "of-story"]
    assert sorted(planned(provider=provider.pk)) == ["logo", "of-outlet", "of-story"]


def test_a_picture_of_a_rejected_story_is_downloaded_for_another():
    add("shared", make_story(state=State.REJECTED))
    add("shared", make_story())
    assert planned() == ["shared"]


def test_a_picture_of_an_outlet_that_forbids_it_is_downloaded_for_another_only():
    forbidding = make_provider(picture_policy="never")
    for name in ("shared", "own"):
        add(name, make_story(provider=forbidding))
        link_sources()
    # As if another outlet had shown it before.
    PictureSource.objects.filter(url__endswith="/own").update(state=SourceState.WAITING)
    assert planned() == []
    add("shared", make_story())
    assert planned() == ["shared"]


def test_what_was_tried_since_a_time_is_left_out():
    since = timezone.now()
    moments = {"never": None, "before": since - timedelta(microseconds=1), "then": since}
    for name in moments:
        add(name)
    link_sources()
    for name, moment in moments.items():
        PictureSource.objects.filter(url__endswith=f"/{name}").update(last_attempt_at=moment)
    assert sorted(names(plan(Selection(), 10, since))) == ["before", "never"]


def test_a_plan_takes_a_constant_number_of_queries(django_assert_num_queries):
    topics = [make_topic(name) for name in ("Space", "Rivers")]
    for number in range(3):
        add(f"{number}", make_story(topics=topics))
    link_sources()
    # One for each section of the front page.
    with django_assert_num_queries(9 + len(topics)):
        plan(Selection(), 100)
    for number in range(9):
        add(f"more-{number}", make_story(topics=topics))
    link_sources()
    with django_assert_num_queries(9 + len(topics)):
        plan(Selection(), 100)
