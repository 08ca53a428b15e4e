"""Merging changed documents together: the same as one at a time, with a constant number of queries."""

import itertools
import threading
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from articles import workflow
from articles.choices import Action, Result
from articles.importing.runner import import_sources
from articles.importing.undo import Undone, undo_batch
from articles.importing.writing import stories as writing
from articles.importing.writing import update
from articles.importing.writing.context import MergeSize
from articles.models import (
    Article,
    ArticleTopic,
    Conflict,
    DeskDecisions,
    FormerIdentity,
    Image,
    ImportBatch,
    ImportedDocument,
    RelatedLink,
    Revision,
    Transition,
    UpstreamDocument,
    UpstreamSecret,
)
from newsroom import pacing
from newsroom.pacing import BUDGET
from tests.articles.importing.generated import Generator
from tests.articles.importing.test_dry_run import edit
from tests.factories import as_document, make_values

MODELS = (
    *(Article, ArticleTopic, Conflict, DeskDecisions, FormerIdentity, Image, ImportedDocument, RelatedLink),
    *(Revision, Transition, UpstreamDocument, UpstreamSecret),
)
# Times differ between two imports, as does the date of a story without one.
TIMES = {
    "dated_at",
    "updated_at",
    "created_at",
    "changed_at",
    "settled_at",
    "seen_at",
    "left_at",
    "imported_at",
    "snapshot",
}
# Keys of rows that the import created, which differ where a sequence is not rolled back, and what refers to them.
# Among them the note of an undone import, which has its number.
KEYS = {"note", "id", "batch_id", "related_link_id", "changes", "first_visible_at", "visible_from"}


@pytest.fixture(autouse=True)
def long_turns(monkeypatch):
    """Let no transaction end early on a slow machine."""
    monkeypatch.setattr(pacing, "BUDGET", 600)


@pytest.fixture
def folder(tmp_path):
    """Write documents to a new folder and return its path: folder({name: text})."""
    numbers = itertools.count()

    def put(texts):
        place = tmp_path / str(next(numbers))
        place.mkdir()
        for name, text in texts.items():
            (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(place)

    return put


def tables():
    """Return {model: rows} without what differs between two equal imports."""
    return {model.__name__: sorted(map(repr, model.objects.values_list(*compared_columns(model)))) for model in MODELS}


def compared_columns(model):
    fields = [field for field in model._meta.concrete_fields if field.attname not in TIMES | KEYS]
    if connection.vendor == "postgresql":
        # Its sequences are not rolled back, so that new providers, topics and stories get other keys.
        fields = [field for field in fields if not field.is_relation]
    return [field.attname for field in fields]


def singly(stories, recognition, context):
    """Leave all stories to be written one at a time."""
    return {}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_merging_together_equals_merging_one_at_a_time(folder, monkeypatch, seed):
    generator = Generator(seed)
    first = generator.batch()
    import_sources([folder(first)], hold=False)
    edit(generator.random)
    source = folder(generator.next_batch(first))
    results = []
    for merge in (writing.merge_together, singly):
        monkeypatch.setattr(writing, "merge_together", merge)
        with transaction.atomic():
            report = import_sources([source], hold=False).as_json()
            state = tables()
            undo_batch(ImportBatch.objects.latest("pk"), workflow.COMMAND_LINE)
            undone = tables()
            results.append(([document | {"problems": []} for document in report["documents"]], state, undone))
            transaction.set_rollback(True)
    (documents, state, undone), (other_documents, other_state, other_undone) = results
    assert documents == other_documents
    for name in state:
        assert state[name] == other_state[name], name
        assert undone[name] == other_undone[name], name
    assert any(document["action"] == "updated" for document in results[0][0])


def some_values(count, **changes):
    return {
        f"{number}.md": as_document(
            make_values(
                webUrl=f"https://o.example/{count}/{number}",
                title=f"Story {number}",
                topics=["AI"],
                related=[{"title": "A", "webUrl": f"https://a.example/{number}", "provider": {"name": "A"}}],
            )
            | changes
        )
        for number in range(count)
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"heat": 12},
        {
            "title": "New",
            "topics": ["AI", "Film"],
            "images": [{"url": "https://a.example/new.jpg"}],
            "related": [{"title": "B", "webUrl": "https://b.example/b", "provider": {"name": "A"}}],
        },
    ],
    ids=["heat", "lists"],
)
def test_number_of_queries_does_not_depend_on_the_number_of_documents(folder, changes):
    numbers = []
    for count in (5, 25):
        import_sources([folder(some_values(count))])
        # The topics and providers exist already.
        import_sources([folder({"other.md": as_document(make_values() | changes)})])
        with CaptureQueriesContext(connection) as queries:
            report = import_sources([folder(some_values(count, **changes))], hold=False)
        assert report.counts[Result.UPDATED] == count
        # The progress is saved once in a while.
        statements = [query["sql"] for query in queries if 'UPDATE "articles_importbatch"' not in query["sql"]]
        numbers.append(len(statements))
        undo_batch(report.batch, workflow.COMMAND_LINE)
    assert numbers[0] == numbers[1]


@pytest.mark.django_db
def test_number_of_queries_of_undoing_does_not_depend_on_the_number_of_stories(folder):
    numbers = []
    for count in (5, 25):
        import_sources([folder(some_values(count))])
        changes = {"title": "New", "topics": [], "related": [{"title": "B", "webUrl": "https://b.example/b"}]}
        batch = import_sources([folder(some_values(count, **changes))], hold=False).batch
        with CaptureQueriesContext(connection) as queries:
            assert undo_batch(batch, workflow.COMMAND_LINE) == Undone(count, 0)
        numbers.append(len([query for query in queries if 'UPDATE "articles_importbatch"' not in query["sql"]]))
    assert numbers[0] == numbers[1]


@pytest.mark.django_db
class TestFaultyStory:
    def test_others_of_its_piece_are_written_and_it_is_rejected(self, folder, monkeypatch, caplog):
        import_sources([folder(some_values(3))])
        finish = update.finish_merge

        def fail(merge, pending, now):
            if merge.story.title == "Story 1":
                raise IntegrityError("row with a secret in it")
            finish(merge, pending, now)

        monkeypatch.setattr(update, "finish_merge", fail)
        report = import_sources([folder(some_values(3, heat=12))], hold=False)
        actions = [(outcome.source.rpartition("/")[2], outcome.action) for outcome in report.outcomes]
        assert actions == [("0.md", "updated"), ("1.md", "rejected"), ("2.md", "updated")]
        assert sorted(Article.objects.values_list("heat", flat=True)) == [12, 12, make_values()["heat"]]
        assert report.batch.written_singly == 3
        assert next(record.getMessage() for record in caplog.records if record.name == "newsroom.fallbacks") == (
            "import: 3 documents are merged one at a time because the fast path failed: IntegrityError"
        )
        assert "secret" not in caplog.text

    def test_only_its_piece_is_written_one_at_a_time(self, folder, monkeypatch):
        monkeypatch.setattr(MergeSize, "FIRST", 2)
        monkeypatch.setattr(MergeSize, "adjust", lambda size, number, seconds: None)
        import_sources([folder(some_values(6))])
        state = update.StoryMerge.merge_state

        def fail_once(merge):
            if merge.story.title == "Story 1" and not failures:
                failures.append(1)
                raise IntegrityError
            state(merge)

        failures = []
        monkeypatch.setattr(update.StoryMerge, "merge_state", fail_once)
        report = import_sources([folder(some_values(6, heat=12))], hold=False)
        assert report.counts[Result.UPDATED] == 6
        assert report.batch.written_singly == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
class TestAgainstAnEditor:
    """An editor saves a story in the same second."""

    def import_during(self, edit, source):
        """Import `source` while another connection has locked "Story 1"; it calls `edit` once the import waits."""
        locked, waiting = threading.Event(), threading.Event()

        def edit_story():
            with transaction.atomic():
                story = Article.objects.select_for_update().get(title="Story 1")
                locked.set()
                # The import has merged the others by then.
                waiting.wait(10)
                edit(story)
            connection.close()

        merge = writing.merge_documents

        def merge_documents(documents, recognition, context, *, skip_locked):
            if not skip_locked:
                waiting.set()
            return merge(documents, recognition, context, skip_locked=skip_locked)

        thread = threading.Thread(target=edit_story)
        thread.start()
        locked.wait(10)
        with mock.patch.object(writing, "merge_documents", merge_documents):
            report = import_sources([source], hold=False)
        thread.join(10)
        return report

    def test_import_waits_for_the_editor_and_keeps_the_edit(self, folder):
        def save(story):
            story.title = "Ours"
            story.save(update_fields=["title"])

        import_sources([folder(some_values(3))])
        report = self.import_during(save, folder(some_values(3, title="Theirs")))
        assert sorted(Article.objects.values_list("title", flat=True)) == ["Ours", "Theirs", "Theirs"]
        assert report.counts[Result.CONFLICT] == 1
        assert report.batch.written_singly == 1
        assert Conflict.objects.get().ours == "Ours"

    def test_story_withdrawn_meanwhile_stays_withdrawn(self, folder):
        def withdraw(story):
            workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)

        import_sources([folder(some_values(2))])
        self.import_during(withdraw, folder(some_values(2, heat=12)))
        assert sorted(Article.objects.values_list("state", "heat")) == [("published", 12), ("withdrawn", 12)]


class TestMergeSize:
    def test_it_grows_while_the_time_allows(self):
        size = MergeSize()
        for _time in range(4):
            size.adjust(size.number, size.number * 0.0001)
        assert size.number == MergeSize.LARGEST

    def test_it_shrinks_for_slow_stories_but_not_below_its_minimum(self):
        size = MergeSize()
        size.adjust(size.number, 1.0)
        assert size.number == MergeSize.FIRST // 2
        for _time in range(4):
            size.adjust(size.number, 1.0)
        assert size.number == MergeSize.SMALLEST

    def test_it_fits_into_two_thirds_of_a_turn(self):
        size = MergeSize()
        size.adjust(100, BUDGET)
        assert size.number == pytest.approx(66, abs=1)
