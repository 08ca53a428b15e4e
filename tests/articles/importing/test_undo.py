"""An import taken back leaves everything as it was, save what a person has touched since."""

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
    """Every row of every story, with every column."""
    models = (Article, UpstreamDocument, ArticleTopic, Image, RelatedLink, Conflict)
    return {model.__name__: [serialize_row(row) for row in model.objects.order_by("pk")] for model in models}


@pytest.fixture
def put(tmp_path):
    """Write documents, import all of the folder, and return the batch: put(a=values)."""

    def put(**documents):
        for name, values in documents.items():
            (tmp_path / f"{name}.md").write_bytes(as_document(values, "Body"))
        return import_sources([str(tmp_path)]).batch

    return put


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


def test_what_was_created_goes_without_a_stone(put, values):
    other = make_story()
    batch = put(a=values, b=make_values())
    assert undo_batch(batch, COMMAND_LINE) == Undone(2, 0)
    assert list(Article.objects.all()) == [other]
    assert not Tombstone.objects.exists()
    batch.refresh_from_db()
    assert (batch.state, batch.can_be_undone) == ("undone", False)
    assert put().counts["created"] == 2


@pytest.mark.parametrize("fields", [tuple(CHANGES), *[(key,) for key in CHANGES]], ids=lambda fields: fields[0])
def test_what_was_changed_is_as_it_was(put, values, fields):
    put(a=values)
    before = everything()
    batch = put(a={key: value for key, value in (values | {key: CHANGES[key] for key in fields}).items() if value})
    assert everything() != before
    assert undo_batch(batch, COMMAND_LINE) == Undone(1, 0)
    assert everything() == before
    assert put().counts["updated"] == 1


def test_a_state_that_goes_back_leaves_its_trace(put, values):
    put(a=values)
    batch = put(a=values | {"published": False})
    assert Article.objects.get().state == State.WITHDRAWN
    undo_batch(batch, COMMAND_LINE)
    story = Article.objects.get()
    assert (story.state, story.published) == (State.PUBLISHED, True)
    last = Transition.objects.first()
    assert (last.action, last.from_state, last.to_state) == (Action.UNDO, State.WITHDRAWN, State.PUBLISHED)


def test_what_a_person_touched_since_is_left_and_named(put, values, editor):
    put(a=values, b=make_values(title="B", webUrl="https://o.example/b"))
    batch = put(
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


def test_what_a_later_import_changed_is_left(put, values):
    put(a=values)
    batch = put(a=values | {"heat": 1})
    later = put(a=values | {"heat": 2})
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 1)
    assert Article.objects.get().heat == 2
    assert undo_batch(later, COMMAND_LINE) == Undone(1, 0)
    assert Article.objects.get().heat == 1


def test_one_after_the_other_all_can_be_undone(put, values):
    first = put(a=values)
    second = put(a=values | {"heat": 1})
    assert undo_batch(second, COMMAND_LINE) == Undone(1, 0)
    assert undo_batch(first, COMMAND_LINE) == Undone(1, 0)
    assert not Article.objects.exists()


def test_conflicts_go_back_to_what_they_were(put, values):
    put(a=values)
    Article.objects.get().save()
    story = Article.objects.get()
    story.title = story.excerpt = "Ours"
    story.save()
    put(a=values | {"title": "Theirs"})
    before = everything()
    batch = put(a=values | {"title": "Theirs, later", "excerpt": "Theirs"})
    assert Conflict.objects.count() == 2
    undo_batch(batch, COMMAND_LINE)
    assert everything() == before


def test_a_conflict_settled_since_counts_as_a_touch(put, values):
    put(a=values)
    story = Article.objects.get()
    story.images.update(width=5)
    batch = put(a=values | {"images": [{**IMAGE, "width": 9}]})
    settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, COMMAND_LINE)
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 1)


def test_what_the_desk_wrote_first_is_the_desks_again(put, values):
    make_story(title="Ours", web_url=values["webUrl"])
    before = everything()
    batch = put(a=values)
    assert UpstreamDocument.objects.exists()
    undo_batch(batch, COMMAND_LINE)
    assert everything() == before


def test_only_who_may_import_may_undo(put, values, reporter, editor):
    batch = put(a=values)
    with pytest.raises(PermissionDenied):
        undo_batch(batch, workflow.Actor(Origin.ADMIN, reporter))
    undo_batch(batch, workflow.Actor(Origin.ADMIN, editor))
    assert ImportBatch.objects.get().undone_by == editor


def test_nothing_is_undone_twice_nor_is_a_dry_run(put, values, tmp_path):
    batch = put(a=values)
    undo_batch(batch, COMMAND_LINE)
    for it in (batch, import_sources([str(tmp_path)], dry_run=True).batch):
        with pytest.raises(NotUndoable):
            undo_batch(it, COMMAND_LINE)


def test_field_by_field_the_batch_says_what_changed(put, values):
    put(a=values)
    story = Article.objects.get()
    story.title = "Ours"
    story.save()
    changed = values | {"title": "Theirs", "heat": 99, "topics": ["Film"], "secured": "other"}
    document = put(a=changed).documents.get()
    assert {change["field"]: change for change in document.changes} == {
        "title": {"field": "title", "before": "Ours", "after": "Ours", "theirs": "Theirs"},
        "heat": {"field": "heat", "before": 70, "after": 99},
        "topics": {"field": "topics", "before": ["AI", "Film"], "after": ["Film"]},
    }
    assert "secured" not in str(document.changes) + str(document.snapshot)


def test_what_names_a_provider_or_topic_that_is_gone_is_left(put, values):
    put(a=values, b=values | {"webUrl": "https://o.example/b", "topics": ["Gone"]})
    batch = put(a=values | {"heat": 1}, b=values | {"webUrl": "https://o.example/b", "topics": ["Gone"], "heat": 1})
    source, target = Article.objects.first().provider, make_provider()
    merge_providers(target, [source])
    Topic.objects.get(name="Gone").delete()
    assert undo_batch(batch, COMMAND_LINE) == Undone(0, 2)
    assert set(Article.objects.values_list("heat", "provider")) == {(1, target.pk)}


class TestCommand:
    def test_it_says_what_became_of_it(self, put, values):
        batch = put(a=values)
        out = io.StringIO()
        call_command("undo_import", str(batch.pk), stdout=out)
        assert out.getvalue() == "1 undone, 0 left as they are\n"

    def test_what_is_left_is_named_and_told_by_the_exit_code(self, put, values):
        batch = put(a=values)
        Article.objects.get().save()
        error = io.StringIO()
        with pytest.raises(SystemExit, match="1"):
            call_command("undo_import", str(batch.pk), stdout=io.StringIO(), stderr=error)
        assert "a.md" in error.getvalue()

    def test_a_batch_that_is_not_there_is_a_wrong_call(self):
        with pytest.raises(CommandError, match="there is no import 7") as refused:
            call_command("undo_import", "7")
        assert refused.value.returncode == 2
