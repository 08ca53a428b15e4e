"""Undoing an import restores everything except what has been changed since."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from articles import workflow
from articles.choices import Action, Origin, State
from articles.importing.conflicts import settle
from articles.importing.runner import import_sources
from articles.importing.snapshots import serialize_row
from articles.importing.undo import NotUndoable, Undone, undo_batch
from articles.models import (
    Article,
    ArticleTopic,
    Conflict,
    Image,
    ImportBatch,
    RelatedLink,
    StoredPicture,
    Tombstone,
    Topic,
    Transition,
    UpstreamDocument,
)
from articles.workflow import COMMAND_LINE
from providers.merging import merge_providers
from tests.factories import as_document, make_provider, make_story, make_values

pytestmark = pytest.mark.django_db
IMAGE = {"url": "https://img.example/1.png", "width": 3, "height": 2}
COVERAGE = {"title": "Coverage", "webUrl": "https://other.example/1", "images": [{"url": "https://img.example/9.png"}]}


def everything():
    """Return every row of every story, with every column."""
    models = (Article, UpstreamDocument, ArticleTopic, Image, RelatedLink, Conflict)
    return {model.__name__: [serialize_row(row) for row in model.objects.order_by("pk")] for model in models}


@pytest.fixture
def import_files(tmp_path):
    """Write documents, import the whole folder, and return the batch: import_files(a=values)."""

    def import_files(**documents):
        for name, values in documents.items():
            (tmp_path / f"{name}.md").write_bytes(as_document(values, "Body"))
        return import_sources([str(tmp_path)]).batch

    return import_files


@pytest.fixture
def values():
    return make_values(
        topics=["AI", "Film"],
        images=[IMAGE],
        related=[COVERAGE, {"title": "Second", "webUrl": "https://other.example/2"}],
        length="PT1M",
    )


CHANGES = {
    "title": "Changed",
    "heat": 99,
    "length": None,
    "publishedDateTime": "2026-11-19T09:30:00Z",
    "topics": ["Film", "Chips"],
    "images": [{"url": "https://img.example/2.png"}, {**IMAGE, "width": 9}],
    "related": [{**COVERAGE, "title": "Changed", "images": []}, {"title": "New", "webUrl": "https://other.example/3"}],
    "published": False,
    "provider": {"name": "Another", "domain": "another.example", "authors": [{"name": "Ada"}]},
    "mood": "calm",
}


def test_undo_deletes_created_stories_without_tombstone(import_files, values):
    other = make_story()
    batch = import_files(a=values, b=make_values())
    assert undo_batch(batch, COMMAND_LINE) == Undone(2, 0)
    assert list(Article.objects.all()) == [other]
    assert not Tombstone.objects.exists()
    batch.refresh_from_db()
    assert (batch.state, batch.can_be_undone) == ("undone", False)
    assert import_files().counts["created"] == 2


@pytest.mark.parametrize("fields", [tuple(CHANGES), *[(key,) for key in CHANGES]], ids=lambda fields: fields[0])
def test_undo_restores_changed_stories(import_files, values, fields):
    import_files(a=values)
    before = everything()
    batch = import_files(
        a={
            key: value
            for key, value in (values | {key: CHANGES[key] for key in fields}).items()
            if value or value is False
        }
    )
    assert everything() != before
    assert undo_batch(batch, COMMAND_LINE) == Undone(1, 0)
    assert everything() == before
    assert import_files().counts["updated"] == 1


def test_undone_state_is_recorded(import_files, values):
    import_files(a=values)
    batch = import_files(a=values | {"published": False})
    assert Article.objects.get().state == State.WITHDRAWN
    undo_batch(batch, COMMAND_LINE)
    story = Article.objects.get()
    assert (story.state, story.published) == (State.PUBLISHED, True)
    last = Transition.objects.first()
    assert (last.action, last.from_state, last.to_state) == (Action.UNDO, State.WITHDRAWN, State.PUBLISHED)


def test_story_edited_since_is_skipped_and_reported(import_files, values, editor):
    import_files(a=values, b=make_values(title="B", webUrl="https://o.example/b"))
    batch = import_files(
        a=values | {"heat": 99}, b=make_values(title="B", heat=1, webUrl="https://o.example/b"), c=make_values()
    )
    story, created = Article.objects.get(heat=99), Article.objects.latest("pk")
    story.excerpt = "Ours"
    story.save()
    workflow.apply(Action.WITHDRAW, created, workflow.Actor(Origin.ADMIN, editor))
    assert undo_batch(batch, COMMAND_LINE) == Undone(1, 2)
    left = batch.documents.filter(undoing="left")
    assert set(left.values_list("article", flat=True)) == {story.pk, created.pk}
    story.refresh_from_db()
    assert (story.heat, story.excerpt) == (99, "Ours")


def test_story_changed_by_a_later_import_is_skipped(import_files, values):
    import_files(a=values)
    batch = import_files(a=values | {"heat": 1})
    later = import_files(a=values | {"heat": 2})
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 1)
    assert Article.objects.get().heat == 2
    assert undo_batch(later, COMMAND_LINE) == Undone(1, 0)
    assert Article.objects.get().heat == 1


def test_later_import_that_only_recorded_a_conflict_counts(import_files, values):
    import_files(a=values)
    story = Article.objects.get()
    story.title = "Ours"
    story.save()
    batch = import_files(a=values | {"heat": 1})
    later = import_files(a=values | {"heat": 1, "title": "Theirs"})
    assert later.documents.get().left_at == batch.documents.get().left_at == Article.objects.get().updated_at
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 1)
    assert list(Conflict.objects.values_list("field", flat=True)) == ["title"]
    assert undo_batch(later, COMMAND_LINE) == Undone(1, 0)
    assert not Conflict.objects.exists()


def test_imports_can_be_undone_in_reverse_order(import_files, values):
    first = import_files(a=values)
    second = import_files(a=values | {"heat": 1})
    assert undo_batch(second, COMMAND_LINE) == Undone(1, 0)
    assert undo_batch(first, COMMAND_LINE) == Undone(1, 0)
    assert not Article.objects.exists()


def test_undo_restores_conflicts(import_files, values):
    import_files(a=values)
    Article.objects.get().save()
    story = Article.objects.get()
    story.title = story.excerpt = "Ours"
    story.save()
    import_files(a=values | {"title": "Theirs"})
    before = everything()
    batch = import_files(a=values | {"title": "Theirs, later", "excerpt": "Theirs"})
    assert Conflict.objects.count() == 2
    undo_batch(batch, COMMAND_LINE)
    assert everything() == before


def test_story_with_a_conflict_settled_since_is_skipped(import_files, values):
    import_files(a=values)
    story = Article.objects.get()
    story.images.update(width=5)
    batch = import_files(a=values | {"images": [{**IMAGE, "width": 9}]})
    settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, COMMAND_LINE)
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 1)


def test_undo_of_an_adopted_story(import_files, values):
    make_story(title="Ours", web_url=values["webUrl"])
    before = everything()
    batch = import_files(a=values)
    assert UpstreamDocument.objects.exists()
    undo_batch(batch, COMMAND_LINE)
    assert everything() == before


def test_only_who_may_import_may_undo(import_files, values, reporter, editor):
    batch = import_files(a=values)
    with pytest.raises(PermissionDenied):
        undo_batch(batch, workflow.Actor(Origin.ADMIN, reporter))
    undo_batch(batch, workflow.Actor(Origin.ADMIN, editor))
    assert ImportBatch.objects.get().undone_by == editor


def test_only_a_finished_import_can_be_undone_once(import_files, values, tmp_path):
    batch = import_files(a=values)
    undo_batch(batch, COMMAND_LINE)
    for it in (batch, import_sources([str(tmp_path)], dry_run=True).batch):
        with pytest.raises(NotUndoable):
            undo_batch(it, COMMAND_LINE)


def test_changes_are_recorded_by_field(import_files, values):
    import_files(a=values)
    story = Article.objects.get()
    story.title = "Ours"
    story.save()
    changed = values | {"title": "Theirs", "heat": 99, "topics": ["Film"], "secured": "other"}
    document = import_files(a=changed).documents.get()
    assert {change["field"]: change for change in document.changes} == {
        "title": {"field": "title", "before": "Ours", "after": "Ours", "theirs": "Theirs"},
        "heat": {"field": "heat", "before": 70, "after": 99},
        "topics": {"field": "topics", "before": ["AI", "Film"], "after": ["Film"]},
    }
    assert "secured" not in str(document.changes) + str(document.snapshot)


def test_story_whose_old_provider_or_topic_was_deleted_is_skipped(import_files, values):
    import_files(a=values, b=values | {"webUrl": "https://o.example/b", "topics": ["Gone"]})
    batch = import_files(
        a=values | {"heat": 1}, b=values | {"webUrl": "https://o.example/b", "topics": ["Gone"], "heat": 1}
    )
    source, target = Article.objects.first().provider, make_provider()
    merge_providers(target, [source])
    Topic.objects.get(name="Gone").delete()
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 2)
    assert set(Article.objects.values_list("heat", "provider")) == {(1, target.pk)}


class TestCommand:
    def test_command_prints_the_counts(self, import_files, values):
        batch = import_files(a=values)
        out = io.StringIO()
        call_command("undo_import", str(batch.pk), stdout=out)
        assert out.getvalue() == "1 undone, 0 skipped\n"

    def test_command_lists_skipped_stories_and_exits_with_1(self, import_files, values):
        batch = import_files(a=values)
        Article.objects.get().save()
        error = io.StringIO()
        with pytest.raises(SystemExit, match="1"):
            call_command("undo_import", str(batch.pk), stdout=io.StringIO(), stderr=error)
        assert "a.md" in error.getvalue()

    def test_unknown_batch_exits_with_2(self):
        with pytest.raises(CommandError, match="there is no import 7") as refused:
            call_command("undo_import", "7")
        assert refused.value.returncode == 2


class TestCopiesOfPictures:
    def import_images(self, folder, *urls):
        images = [{"url": url} for url in urls]
        return folder(story=make_values(webUrl="https://outlet.example/one", images=images)).batch

    def give_copy(self, image):
        stored = StoredPicture.objects.create(
            digest="ab" * 16, file=f"pictures/ab/{'ab' * 16}-8x5.jpg", width=8, height=5, bytes=1
        )
        Image.objects.filter(pk=image.pk).update(stored=stored, file=stored.file, lead_score=20)
        return stored

    def test_one_that_was_downloaded_since_stays(self, folder):
        self.import_images(folder, "https://img.example/1.png")
        batch = self.import_images(folder, "https://img.example/1.png", "https://img.example/2.png")
        stored = self.give_copy(Image.objects.get(url__endswith="/1.png"))
        undo_batch(batch, COMMAND_LINE)
        image = Image.objects.get()
        assert (image.url, image.stored, image.file.name, image.lead_score) == (
            "https://img.example/1.png",
            stored,
            stored.file,
            20,
        )

    def test_a_picture_that_the_import_removed_comes_back_with_its_copy(self, folder):
        self.import_images(folder, "https://img.example/1.png", "https://img.example/2.png")
        stored = self.give_copy(Image.objects.get(url__endswith="/1.png"))
        batch = self.import_images(folder, "https://img.example/2.png")
        assert Image.objects.count() == 1
        undo_batch(batch, COMMAND_LINE)
        image = Image.objects.get(url__endswith="/1.png")
        assert (image.stored, image.file.name, image.lead_score) == (stored, stored.file, 20)

    def test_imports_leave_uploads_alone(self, folder):
        self.import_images(folder, "https://img.example/1.png")
        story = Article.objects.get()
        for number in (5, 6):
            Image.objects.create(article=story, url="", alt=f"Upload {number}", position=number)
        self.import_images(folder, "https://img.example/2.png")
        rows = list(story.images.values_list("url", "alt", "position").order_by("pk"))
        assert rows == [("", "Upload 5", 5), ("", "Upload 6", 6), ("https://img.example/2.png", "", 0)]
