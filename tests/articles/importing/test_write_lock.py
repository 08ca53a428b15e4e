"""SQLite has one write lock: reading pages never take it, and long work is split into short transactions."""

import sqlite3

import pytest
from django.db import connection
from django.urls import reverse

from articles import workflow
from articles.bulk_actions.execution import create_change, preview, run_change
from articles.choices import Action, Result, RowResult, State
from articles.db.bulk_rows import analyse
from articles.importing.runner import Run, import_sources
from articles.importing.undo import undo_batch
from articles.importing.writing import eager_writes
from articles.importing.writing.context import MergeSize
from articles.models import (
    Article,
    ArticleTopic,
    BulkChange,
    Conflict,
    Image,
    ImportedDocument,
    RelatedLink,
    Tombstone,
    Topic,
    UpstreamDocument,
)
from newsroom import pacing
from newsroom.pacing import Pace
from tests.conftest import make_user
from tests.factories import make_document, make_story, make_topic

DESK = (
    *("admin:index", "admin:articles_article_add", "admin:articles_article_changelist"),
    *("admin:articles_topic_changelist", "admin:articles_importbatch_changelist"),
    *("admin:articles_conflict_changelist", "admin:articles_tombstone_changelist"),
    *("admin:articles_importeddocument_changelist", "admin:providers_provider_changelist"),
    *("admin:auth_user_changelist", "admin:auth_group_changelist", "admin:articles_topicalias_changelist"),
)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no lock of the whole database")
@pytest.mark.django_db(transaction=True)
class TestPagesWhileAnotherHoldsTheLock:
    @pytest.fixture
    def pages(self, client, tmp_path):
        """URLs of the desk and the reader site for GET requests."""
        (tmp_path / "a.md").write_bytes(make_document(webUrl="https://o.example/1", heat=-7, published=True))
        batch = import_sources([str(tmp_path)]).batch
        story = make_story(topics=[make_topic("Climate")], picture=True, outlets=1)
        Conflict.objects.create(article=story, field="title", base="", ours="a", theirs="b")
        Tombstone.objects.create(identity="0" * 32, title="Gone")
        user = make_user("root", is_superuser=True)
        client.force_login(user)
        rows = [story, story.provider, Topic.objects.first(), batch, user]
        return [
            *map(reverse, DESK),
            *(
                reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{view}", args=[row.pk])
                for row in rows
                for view in ("change", "history", "delete")
            ),
            f"{reverse('admin:articles_article_changelist')}?q=story&state=published",
            *("/", "/search/?q=story", "/healthz", "/feeds/atom.xml"),
            *(story.get_absolute_url(), story.provider.get_absolute_url()),
        ]

    @pytest.fixture
    def lock(self, pages):
        """Hold the write lock in another connection; ours fails at once instead of waiting."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(connection.settings_dict["NAME"], uri=True, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20000")

    def test_every_page_answers(self, client, pages, lock):
        answers = {page: client.get(page, follow=True).status_code for page in pages}
        # Imports cannot be deleted at the desk.
        assert {code for page, code in answers.items() if "importbatch" in page} <= {200, 403}
        assert {page: code for page, code in answers.items() if code != 200 and "importbatch" not in page} == {}


@pytest.fixture
def short(monkeypatch):
    """End every transaction after one story."""
    monkeypatch.setattr(pacing, "BUDGET", 0)
    monkeypatch.setattr(pacing, "FREE_SHARE", 0)


@pytest.fixture
def turns(monkeypatch):
    """Return a list with an item for every paced transaction."""
    opened, turn = [], Pace.turn
    monkeypatch.setattr(Pace, "turn", lambda pace: opened.append(1) or turn(pace))
    return opened


def write_documents(tmp_path, number=6, **values):
    for index in range(number):
        document = make_document(webUrl=f"https://o.example/{index}", title=f"Story {index}", excerpt="Same", **values)
        (tmp_path / f"{index}.md").write_bytes(document)
    return [str(tmp_path)]


@pytest.mark.django_db
class TestShortTurns:
    """The result of long work does not depend on how it is split."""

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_an_import_of_changed_documents(self, tmp_path, short, turns, monkeypatch, dry_run):
        monkeypatch.setattr(MergeSize, "FIRST", 2)
        monkeypatch.setattr(MergeSize, "adjust", lambda size, number, seconds: None)
        import_sources(write_documents(tmp_path, category="old"))
        turns.clear()
        report = import_sources(write_documents(tmp_path, category="new"), dry_run=dry_run, hold=False)
        assert report.counts[Result.UPDATED] == 6
        assert [outcome.changed for outcome in report.outcomes] == [["category"]] * 6
        assert set(Article.objects.values_list("category", flat=True)) == {"old" if dry_run else "new"}
        # One transaction for two stories, and another for their results where the first is rolled back.
        assert len(turns) == (6 if dry_run else 3)

    def test_an_import_of_new_documents(self, tmp_path, short, turns, monkeypatch):
        monkeypatch.setattr("articles.importing.writing.stories.CREATED_AT_ONCE", 2)
        report = import_sources(write_documents(tmp_path))
        assert report.counts[Result.CREATED] == Article.objects.count() == 6
        assert len(turns) == 3

    def test_a_document_that_differs_from_its_preview(self, tmp_path, short, client):
        from articles.importing.previews import apply_preview
        from articles.importing.runner import run_batch

        import_sources(write_documents(tmp_path, category="old"))
        preview = import_sources(write_documents(tmp_path, category="new"), dry_run=True).batch
        Article.objects.get(title="Story 3").save()
        report = run_batch(apply_preview(preview, workflow.COMMAND_LINE))
        assert report.counts[Result.UPDATED] == 5
        assert report.counts[Result.HELD] == 1

    def test_undoing(self, tmp_path, short, turns):
        batch = import_sources(write_documents(tmp_path)).batch
        turns.clear()
        assert undo_batch(batch, workflow.COMMAND_LINE).undone == 6
        assert not Article.objects.exists()
        assert len(turns) == 6

    def test_undoing_eager_writes(self, tmp_path, short, turns):
        batch = import_sources(write_documents(tmp_path)).batch
        run, numbers = Run(batch, None, None), list(range(4))
        turns.clear()
        assert sorted(eager_writes.undo_early_writes(numbers, batch, run.result_writer)) == numbers
        assert Article.objects.count() == ImportedDocument.objects.count() == 2
        assert len(turns) == 4

    def test_a_bulk_change_and_its_preview(self, editor, short, turns):
        stories = [make_story(state=State.INBOX) for _number in range(4)]
        change = create_change(Action.PUBLISH, Article.objects.order_by("pk"), editor)
        assert [row.result for row in preview(change)] == [RowResult.DONE] * 4
        assert not Article.objects.filter(published=True).exists()
        assert len(turns) == 4
        change.state = BulkChange.State.QUEUED
        change.save()
        run_change(change)
        change.refresh_from_db()
        assert change.counts == {RowResult.DONE: 4}
        assert list(change.rows.order_by("position").values_list("article", flat=True)) == [one.pk for one in stories]
        assert len(turns) == 8


class Time:
    """A clock that a test moves, and that pauses move."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite's writers wait for each other")
@pytest.mark.django_db(transaction=True)
class TestPauses:
    @pytest.fixture
    def time(self, monkeypatch):
        time = Time()
        monkeypatch.setattr(pacing, "time", time)
        return time

    def test_lock_is_free_for_a_tenth_of_the_time(self, time):
        pace = Pace()
        for _number in range(2):
            with pace.turn():
                time.now += 0.9
        assert time.slept == [0.1]

    def test_time_between_transactions_counts_as_pause(self, time):
        pace = Pace()
        for _number in range(3):
            with pace.turn():
                time.now += 0.9
            time.now += 0.1
        assert time.slept == []

    def test_short_pauses_are_saved_up(self, time):
        pace = Pace()
        for _number in range(5):
            with pace.turn():
                time.now += 0.09
        assert time.slept == [0.03]

    def test_the_budget_at_its_boundary(self, time):
        with Pace().turn() as turn:
            time.now = pacing.BUDGET - 0.001
            assert not turn.is_over
            time.now = pacing.BUDGET
            assert turn.is_over


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts without a lock")
@pytest.mark.django_db
def test_analysing_each_index_equals_analysing_the_table(turns):
    make_story(topics=[make_topic("Climate")], picture=True, outlets=2)
    models = Article, ArticleTopic, Image, RelatedLink, UpstreamDocument

    def statistics():
        with connection.cursor() as cursor:
            cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx")
            rows = cursor.fetchall()
            cursor.execute("DELETE FROM sqlite_stat1")
        return rows

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        statistics()
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    by_table = statistics()
    analyse(*models)
    assert statistics() == by_table
    assert len(turns) > len(models)
