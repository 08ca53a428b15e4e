"""Imports from end to end."""

import json
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.importing import runner
from articles.importing.runner import import_sources
from articles.importing.writing import stories
from articles.models import Article, RelatedLink, Tombstone, UpstreamDocument
from providers.models import Provider
from tests.articles.importing.expected import NO_COUNTS, SEED, only, snapshot
from tests.conftest import ROOT
from tests.factories import make_story, make_values

pytestmark = pytest.mark.django_db


def test_seed_document_is_imported_completely():
    report = import_sources([str(SEED)])
    assert report.counts == NO_COUNTS | {"created": 1}
    story = Article.objects.get()
    assert story.title == "Amazon bans police use of facial recognition technology for one year"
    assert story.published_at == datetime(2020, 6, 11, 13, 11, tzinfo=UTC)
    assert (story.category, story.kind, story.quality, story.heat) == ("news", "article", 24, -1)
    assert story.state == State.INBOX
    assert (story.provider.name, story.provider.domain) == ("The Loop", "loopinsight.com")
    assert list(story.topics.values_list("name", flat=True)) == ["AWS AI", "AI"]
    image = story.images.get()
    assert (image.width, image.height, image.is_cached) == (520, 208, True)
    assert [link.provider.name for link in story.related_links.all()] == [
        "HotNewHipHop",
        "Mic",
        "Tech.co",
        "MSPoweruser",
    ]
    assert story.related_links.first().images.get().width == 1200
    assert story.upstream.secured.startswith("b2EKSbQi0wJptBxRTJ4ZD")
    assert (
        only(report).url
        == story.get_absolute_url()
        == ("/2020/06/11/amazon-bans-police-use-of-facial-recognition-technology-for-one-year/")
    )


def test_second_import_changes_nothing():
    folders = [str(ROOT / "fixtures" / name) for name in ("seed", "topics", "organizations", "stories")]
    first = import_sources(folders)
    assert first.is_complete
    before = snapshot()
    again = import_sources(folders)
    assert again.counts == NO_COUNTS | {"unchanged": first.counts["created"]}
    assert snapshot() == before


def test_new_blob_alone_is_unchanged(folder):
    values = make_values()
    folder(a=values)
    before = Article.objects.values().get()
    report = folder(a={**values, "secured": "another"})
    assert report.counts == NO_COUNTS | {"unchanged": 1}
    assert UpstreamDocument.objects.get().secured == "another"
    assert UpstreamDocument.objects.get().changed_at is None
    assert Article.objects.values().get() == before


def test_change_by_upstream_is_taken_and_reported(folder):
    values = make_values(heat=70)
    folder(a=values)
    before = Article.objects.get()
    outcome = only(folder(a={**values, "heat": 140, "topics": ["AI", "Robotics"]}))
    assert (outcome.action, outcome.changed, outcome.conflicts) == ("updated", ["heat", "topics"], [])
    after = Article.objects.get()
    assert after.heat == 140
    assert after.rank == pytest.approx(before.rank + 1)
    assert {topic.name for topic in after.topics.all()} == {"AI", "Robotics"}


def test_edit_stays_and_uncontested_change_is_taken(folder):
    values = make_values(title="Upstream's headline", heat=70)
    folder(a=values)
    Article.objects.update(title="The desk's headline")
    outcome = only(folder(a={**values, "heat": 90}))
    assert (outcome.action, outcome.changed) == ("updated", ["heat"])
    assert Article.objects.get().title == "The desk's headline"


def test_field_changed_on_both_sides_is_a_conflict(folder):
    values = make_values(title="Upstream's headline", heat=70)
    folder(a=values)
    Article.objects.update(title="The desk's headline")
    outcome = only(folder(a={**values, "title": "Upstream's second thought", "heat": 90}))
    assert (outcome.action, outcome.changed, outcome.conflicts) == ("conflict", ["heat"], ["title"])
    assert Article.objects.get().title == "The desk's headline"
    assert Article.objects.get().heat == 90


def test_url_is_stable_when_title_and_date_change(folder):
    values = make_values(title="First headline")
    folder(a=values)
    url = Article.objects.get().get_absolute_url()
    folder(a={**values, "title": "Second headline", "publishedDateTime": "2026-11-22T10:00:00Z"})
    assert Article.objects.get().title == "Second headline"
    assert Article.objects.get().get_absolute_url() == url == "/2026/11/20/first-headline/"


def test_undated_story_has_a_url(folder):
    folder(a=make_values(title="A course", publishedDateTime=None, type="course"))
    assert Article.objects.get().get_absolute_url() == "/undated/a-course/"


def test_stories_with_the_same_title_and_day_have_different_urls(folder):
    folder(a=make_values(title="Same"), b=make_values(title="Same"))
    assert len({story.get_absolute_url() for story in Article.objects.all()}) == 2


@pytest.mark.parametrize(("published", "state"), [(True, State.PUBLISHED), (False, State.INBOX), (None, State.INBOX)])
def test_proposal_decides_the_first_state(folder, published, state):
    folder(a=make_values(published=published))
    assert Article.objects.get().state == state


def test_future_date_schedules_the_story(folder):
    folder(a=make_values(publishedDateTime="2100-01-01T00:00:00Z"))
    story = Article.objects.get()
    assert story.is_scheduled
    assert not Article.objects.visible().exists()


def test_upstream_publishes_and_withdraws_until_a_person_decides(folder, editor):
    values = make_values(published=False)
    folder(a=values)
    assert only(folder(a={**values, "published": True})).changed == ["published"]
    assert Article.objects.get().state == State.PUBLISHED
    assert only(folder(a={**values, "published": False})).changed == ["published"]
    story = Article.objects.get()
    assert (story.state, story.state_owner) == (State.WITHDRAWN, Owner.UPSTREAM)
    assert [transition.origin for transition in story.transitions.all()] == ["import", "import"]

    workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.ADMIN, editor))
    folder(a={**values, "published": True})
    outcome = only(folder(a={**values, "published": False}))
    assert (outcome.action, outcome.conflicts) == ("conflict", ["published"])
    assert Article.objects.get().state == State.PUBLISHED


def test_later_of_two_documents_counts_in_any_order(folder):
    early = make_values(title="Early", publishedDateTime="2026-11-19T10:00:00Z")
    late = {**early, "title": "Late", "publishedDateTime": "2026-11-20T10:00:00Z"}
    report = folder(z=early, a=late)
    assert report.counts == NO_COUNTS | {"created": 1, "duplicate": 1}
    duplicate = next(outcome for outcome in report.outcomes if outcome.action == "duplicate")
    assert duplicate.duplicate_of == str(folder.place / "a.md")
    assert Article.objects.get().title == "Late"
    assert folder().counts == NO_COUNTS | {"unchanged": 1, "duplicate": 1}


def test_hidden_coverage_stays_hidden(folder):
    related = [{"title": f"Coverage {n}", "webUrl": f"https://other.example/{n}"} for n in range(3)]
    values = make_values(related=related)
    folder(a=values)
    RelatedLink.objects.filter(title="Coverage 1").update(is_hidden=True)
    folder(a={**values, "related": [*related[1:], {"title": "Coverage 3", "webUrl": "https://other.example/3"}]})
    shown = RelatedLink.objects.not_hidden().values_list("title", flat=True)
    assert list(shown) == ["Coverage 2", "Coverage 3"]
    assert RelatedLink.objects.filter(title="Coverage 1", is_hidden=True).exists()


def test_coverage_may_have_one_url_under_two_titles(folder):
    related = [{"title": title, "webUrl": "https://other.example/1"} for title in ("One", "Two")]
    values = make_values(related=related)
    folder(a=values)
    assert list(RelatedLink.objects.values_list("title", flat=True)) == ["One", "Two"]
    assert folder().counts == NO_COUNTS | {"unchanged": 1}


def test_coverage_is_linked_to_our_story_in_any_order(folder):
    ours = make_values(webUrl="https://outlet.example/ours")
    link = {"title": "Ours, as others see it", "webUrl": "http://outlet.example/ours?utm_source=x"}
    folder(a=make_values(related=[link]))
    assert RelatedLink.objects.get().linked_article is None
    folder(b=ours, c=make_values(related=[link]))
    story = Article.objects.get(web_url=ours["webUrl"])
    assert [row.linked_article for row in RelatedLink.objects.all()] == [story, story]


def test_all_kinds_of_content_are_stored(folder):
    folder(
        a=make_values(
            type="course",
            price="Free",
            length="PT1H49M",
            levels=["Beginner"],
            ratings={"count": 20, "average": 4.65},
            items=["courses/one"],
            removed=True,
            locale="de",
            tags=["x"],
            actions=[{"url": "https://outlet.example/app", "type": "download", "title": "Get it"}],
            provider={"name": "O", "domain": "o.example", "authors": [{"name": "Ada"}], "publishers": ["P"]},
            mood="calm",
        )
    )
    story = Article.objects.get()
    assert (story.kind, story.price, story.levels, story.items) == ("course", "Free", ["Beginner"], ["courses/one"])
    assert story.duration.total_seconds() == 6540
    assert (story.rating_count, story.rating_average, story.is_removed, story.locale) == (20, 4.65, True, "de")
    assert (story.authors, story.publishers, story.upstream_tags) == ([{"name": "Ada"}], ["P"], ["x"])
    assert story.actions[0]["title"] == "Get it"
    assert story.upstream.unknown == {"mood": "calm"}


def test_bad_document_affects_no_other(folder):
    report = folder(a=make_values(), b=b"---\ntitle: [\n---\n", c=make_values())
    assert report.counts == NO_COUNTS | {"created": 2, "rejected": 1}
    assert not report.is_complete
    assert Article.objects.count() == 2


def test_document_refused_by_the_database_affects_no_other(folder, monkeypatch):
    create = stories.create_stories

    def refuse_one(documents, *arguments):
        articles = create(documents, *arguments)
        if any(document.title == "Refused" for document in documents):
            raise IntegrityError("Failing row contains (hush-hush)")
        return articles

    monkeypatch.setattr(stories, "create_stories", refuse_one)
    provider = {"name": "Seen with the refused one first", "domain": "o.example"}
    report = folder(a=make_values(title="Refused", provider=provider), b=make_values(title="Fine", provider=provider))
    assert [outcome.action for outcome in report.outcomes] == ["rejected", "created"]
    assert "hush-hush" not in json.dumps(report.as_json())
    assert Article.objects.get().title == "Fine"
    assert Article.objects.get().provider.name == provider["name"]


def test_deleted_story_stays_deleted_until_its_tombstone_is_removed(folder):
    values = make_values(provider={"name": "Gone", "domain": "gone.example"})
    folder(a=values)
    Article.objects.all().delete()
    Provider.objects.all().delete()
    report = folder(a={**values, "heat": 99})
    assert report.counts == NO_COUNTS | {"unchanged": 1}
    assert "deleted at the desk" in only(report).problems[0].message
    assert not Article.objects.exists()
    Tombstone.objects.all().delete()
    assert folder().counts == NO_COUNTS | {"created": 1}


def test_story_written_first_at_the_desk_is_adopted(folder):
    ours = make_story(title="Ours", web_url="https://outlet.example/found", heat=5, state=State.INBOX)
    values = make_values(webUrl="https://outlet.example/found", title="Theirs", heat=50)
    outcome = only(folder(a={**values, "images": [{"url": "https://img.example/a.jpg"}]}))
    assert outcome.action == "conflict"
    assert "title" in outcome.conflicts
    assert "heat" not in outcome.conflicts
    story = Article.objects.get()
    assert (story, story.title, story.heat, story.state) == (ours, "Ours", 5, State.INBOX)
    assert [topic.name for topic in story.topics.all()] == ["AI"]
    assert story.images.count() == 1


def test_imported_stories_have_a_rank(folder):
    folder(a=make_values(heat=-1), b=make_values(heat=64, publishedDateTime="2020-01-01T00:00:00Z"))
    assert list(Article.objects.order_by("heat").values_list("rank", flat=True)) == [None, 6.0]


def test_past_date_makes_a_story_visible(folder):
    folder(a=make_values(publishedDateTime="2020-01-01T00:00:00Z"))
    assert Article.objects.visible().get().visible_from < timezone.now()


def test_many_new_stories_update_the_databases_statistics(folder, monkeypatch):
    monkeypatch.setattr(runner, "MIN_STORIES_TO_ANALYSE", 1)
    analysed = []
    monkeypatch.setattr(runner, "analyse", lambda *models: analysed.extend(models))
    folder(a=make_values())
    assert Article in analysed
    analysed.clear()
    folder()
    assert analysed == []
    monkeypatch.undo()
    monkeypatch.setattr(runner, "MIN_STORIES_TO_ANALYSE", 1)
    assert folder(b=make_values()).counts["created"] == 1
