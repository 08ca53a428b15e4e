"""Joining two stories that are one."""

from pathlib import PurePath

import pytest
from django.db import IntegrityError, transaction

from articles import workflow
from articles.canonical_urls import identity_of
from articles.choices import Origin
from articles.editing.joining import join_stories, joining_signature
from articles.history.notes import describe_note
from articles.history.recording import recording
from articles.models import (
    Article,
    DeskDecisions,
    FormerIdentity,
    FormerStoryAddress,
    Image,
    PossibleDuplicate,
    Revision,
    Tombstone,
    UpstreamDocument,
)
from articles.slugs import free_slug
from newsroom.signatures import StalePreview
from tests.articles.importing.expected import only
from tests.factories import make_related, make_story, make_topic, make_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories():
    """Two stories with a topic and a piece of coverage in common, and one each of their own."""
    both, first, second = (make_topic(name) for name in ("Both", "First", "Second"))
    target, other = make_story(topics=[both, first]), make_story(topics=[both, second])
    for story, names in ((target, "ab"), (other, "bc")):
        for name in names:
            url = f"https://coverage.example/{name}"
            make_related(story, title=url, web_url=url, identity=identity_of(url))
    return target, other


def join(target, other, **options):
    join_stories(target, other, workflow.COMMAND_LINE, **options)
    target.refresh_from_db()


def test_kept_story_gets_what_it_lacks(stories):
    target, other = stories
    before = target.updated_at
    join(target, other)
    assert list(Article.objects.all()) == [target]
    assert list(target.topics.order_by("article_links__pk").values_list("name", flat=True)) == [
        "Both",
        "First",
        "Second",
    ]
    assert [link.title[-1] for link in target.related_links.all()] == ["a", "b", "c"]
    assert target.updated_at > before
    revision = Revision.objects.get()
    assert describe_note(revision.note) == f"Joined with the story “{other.title}”"
    assert set(revision.fields) == {"topics", "related"}


def test_what_the_desk_removed_does_not_come_back(stories, editor):
    target, other = stories
    by = workflow.Actor(Origin.ADMIN, editor)
    with recording(other, by):
        other.topics.remove("Both")
        other.related_links.all()[0].delete()
    join(other, target)
    assert set(other.topics.names()) == {"First", "Second"}
    assert [link.title[-1] for link in other.related_links.all()] == ["c", "a"]


def test_kept_story_gets_the_pictures_that_it_lacks():
    target, other = make_story(), make_story()
    DeskDecisions.objects.create(article=target, removed={"images": ["https://pictures.example/c.jpg"]})
    for story, names in ((target, "ba"), (other, "cadb")):
        for position, name in enumerate(names):
            Image.objects.create(article=story, position=position, url=f"https://pictures.example/{name}.jpg")
    Image.objects.create(article=other, position=9, file="pictures/desk.jpg")
    Image.objects.create(article=target, position=7, file="pictures/own.jpg")
    join(target, other)
    names = [PurePath(image.url or image.file.name).stem for image in target.images.all()]
    assert names == ["b", "a", "own", "d", "desk"]
    assert Revision.objects.get().fields == ["images"]


def test_picture_of_a_joined_story_belongs_to_the_desk(folder):
    picture = {"url": "https://pictures.example/b.jpg"}
    documents = {"a": make_values(title="One"), "b": make_values(title="Two", images=[picture])}
    folder(**documents)
    target, other = Article.objects.order_by("pk")
    join(target, other)
    (folder.place / "b.md").unlink()
    folder(a=documents["a"] | {"heat": 99})
    assert [image.url for image in target.images.all()] == [picture["url"]]


class TestDecisions:
    def test_what_the_desk_removed_from_the_other_story_stays_removed(self, stories, editor):
        target, other = stories
        present, url = "https://coverage.example/a", "https://coverage.example/gone"
        picture = "https://pictures.example/gone.jpg"
        Image.objects.create(article=target, url="https://pictures.example/own.jpg")
        DeskDecisions.objects.create(article=target, removed={"topics": ["Gone first"], "related": [["Title", 1]]})
        DeskDecisions.objects.create(
            article=other,
            removed={
                "topics": ["Gone first", "Gone", "First"],
                "images": [picture, "https://pictures.example/own.jpg"],
                "related": [
                    [f"{present}?utm_source=x", 0],
                    ["Title", 0],
                    ["Title", 1],
                    [url, 0],
                ],
            },
            fields=["heat", "related", "topics"],
        )
        join(target, other)
        decisions = DeskDecisions.objects.get()
        assert decisions.article == target
        # What the kept story has is not removed from it.
        assert decisions.removed == {
            "topics": ["Gone first", "Gone"],
            "images": [picture],
            "related": [["Title", 1], ["Title", 0], [url, 0]],
        }
        assert decisions.fields == ["related", "topics"]

    def test_removed_topic_does_not_return_with_an_import(self, folder, editor):
        documents = {"a": make_values(title="One", topics=["Here"])}
        folder(**documents, b=make_values(title="Two", topics=["Here", "Gone"]))
        target, other = Article.objects.order_by("pk")
        with recording(other, workflow.Actor(Origin.ADMIN, editor)):
            other.topics.remove("Gone")
        join(target, other)
        (folder.place / "b.md").unlink()
        assert only(folder(a=documents["a"] | {"topics": ["Here", "Gone", "New"]})).action == "updated"
        assert set(target.topics.names()) == {"Here", "New"}

    def test_story_without_decisions_changes_nothing(self, stories):
        target, other = stories
        target.topic_links.all().delete()
        other.topic_links.all().delete()
        other.related_links.all().delete()
        join(target, other)
        assert not DeskDecisions.objects.exists()

    @pytest.mark.parametrize(
        ("own_pictures", "own_first", "expected"),
        [
            ([], None, "x"),
            (["x", "y"], None, "x"),
            # Another picture is the first of the kept story.
            (["y", "x"], None, None),
            (["y"], None, None),
            (["x", "y"], "y", "y"),
        ],
    )
    def test_what_the_desk_put_first_stays_first_if_it_is(self, own_pictures, own_first, expected):
        target, other = make_story(), make_story()
        for story, names in ((target, own_pictures), (other, ["x"])):
            for position, name in enumerate(names):
                Image.objects.create(article=story, position=position, url=f"https://pictures.example/{name}")
        if own_first:
            DeskDecisions.objects.create(article=target, first={"images": f"https://pictures.example/{own_first}"})
        DeskDecisions.objects.create(article=other, first={"images": "https://pictures.example/x"})
        join(target, other)
        first = DeskDecisions.objects.get(article=target).first
        assert first == ({"images": f"https://pictures.example/{expected}"} if expected else {})

    def test_coverage_that_the_desk_put_first(self, stories):
        target, other = stories
        first = ["https://coverage.example/a#comments", 0]
        DeskDecisions.objects.create(article=other, first={"related": first})
        join(target, other)
        assert DeskDecisions.objects.get().first == {"related": first}


def test_history_has_a_note_if_nothing_is_added():
    target, other = make_story(), make_story()
    join(target, other)
    assert Revision.objects.get(article=target).note == f"joined: {other.title}"


def test_identities_and_addresses_lead_to_the_kept_story(stories, client):
    target, other = stories
    third = make_story()
    address, third_address = other.get_absolute_url(), third.get_absolute_url()
    join(other, third)
    join(target, other)
    assert not Tombstone.objects.exists()
    assert set(FormerIdentity.objects.values_list("identity", "article")) == {
        (other.identity, target.pk),
        (third.identity, target.pk),
    }
    for former in (address, third_address):
        response = client.get(former)
        assert (response.status_code, response["Location"]) == (301, target.get_absolute_url())
        assert response["Cache-Control"] == "no-cache"


def test_address_of_a_story_that_readers_cannot_see_is_not_revealed(client):
    target, other = make_story(state="inbox"), make_story()
    address = other.get_absolute_url()
    join(target, other)
    assert client.get(address).status_code == 404


def test_address_leads_to_a_new_story_that_has_it():
    target, other = make_story(), make_story()
    address = (other.url_date, other.slug)
    join(target, other)
    join(target, make_story(title=other.title, slug=other.slug, published_at=other.published_at))
    assert list(FormerStoryAddress.objects.values_list("url_date", "slug")) == [address]


@pytest.mark.parametrize("is_dated", [True, False])
def test_new_story_does_not_get_the_address_of_a_joined_one(is_dated):
    date = {} if is_dated else {"published_at": None}
    target, other = make_story(**date), make_story(title="The gates close", **date)
    slug = other.slug
    join(target, other)
    new_story = make_story(title="The gates close", **date)
    assert new_story.slug == f"{slug}-{new_story.identity[:6]}"
    # The kept story may have it.
    target.title, target.slug = "The gates close", ""
    assert free_slug(target) == slug


@pytest.mark.parametrize("is_dated", [True, False])
def test_imported_story_does_not_get_the_address_of_a_joined_one(folder, is_dated):
    date = {} if is_dated else {"publishedDateTime": None}
    folder(a=make_values(title="The gates close", **date))
    other = Article.objects.get()
    join(make_story(), other)
    (folder.place / "a.md").unlink()
    folder(b=make_values(title="The gates close", webUrl="https://outlet.example/b", **date))
    new_story = Article.objects.get(title="The gates close")
    assert new_story.slug == f"{other.slug}-{new_story.identity[:6]}"


def test_import_updates_the_kept_story(folder):
    one, two = make_values(title="One"), make_values(title="Two", publishedDateTime="2026-11-21T09:30:00Z")
    folder(a=one, b=two)
    first, second = Article.objects.order_by("pk")
    join(first, second)
    (folder.place / "a.md").unlink()
    assert only(folder(b=two)).action == "updated"
    assert Article.objects.get().title == "Two"


def test_desk_story_gets_the_document(folder):
    folder(a=make_values())
    imported, written = Article.objects.get(), make_story()
    join(written, imported)
    document = UpstreamDocument.objects.get()
    assert document.article == written
    assert document.secured.endswith("hush")
    assert written.state_owner == "desk"


def test_suggestions_move_to_the_kept_story(stories):
    target, other = stories
    third = make_story()
    PossibleDuplicate.objects.create(first=target, second=other)
    PossibleDuplicate.objects.create(first=other, second=third)
    join(target, other)
    pair = PossibleDuplicate.objects.get()
    assert (pair.first, pair.second) == (target, third)


def test_same_story_and_stale_preview_are_refused(stories):
    target, other = stories
    with pytest.raises(ValueError, match="itself"):
        join_stories(target, target, workflow.COMMAND_LINE)
    signature = joining_signature([target.pk, other.pk])
    with pytest.raises(StalePreview):
        join_stories(other, target, workflow.COMMAND_LINE, signature)
    other.save()
    with pytest.raises(StalePreview):
        join_stories(target, other, workflow.COMMAND_LINE, signature)
    join(target, other, signature=joining_signature([target.pk, other.pk]))


class TestConstraints:
    def test_former_identity_belongs_to_one(self):
        story, tombstone = make_story(), Tombstone.objects.create(identity="0" * 32, title="Gone")
        for owners in ({}, {"article": story, "tombstone": tombstone}):
            with pytest.raises(IntegrityError, match="belongs_to_a_story_or"), transaction.atomic():
                FormerIdentity.objects.create(identity="1" * 32, **owners)

    def test_pair_is_stored_once_and_in_order(self):
        first, second = make_story(), make_story()
        PossibleDuplicate.objects.create(first=first, second=second)
        for pair in ((first, second), (second, first), (first, first)):
            with pytest.raises(IntegrityError), transaction.atomic():
                PossibleDuplicate.objects.create(first=pair[0], second=pair[1])

    @pytest.mark.parametrize("url_date", [None, "2026-11-20"])
    def test_former_address_leads_to_one_story(self, url_date):
        FormerStoryAddress.objects.create(article=make_story(), url_date=url_date, slug="gate")
        with pytest.raises(IntegrityError), transaction.atomic():
            FormerStoryAddress.objects.create(article=make_story(), url_date=url_date, slug="gate")
