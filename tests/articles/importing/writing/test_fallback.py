"""Bulk writes that fail fall back to single writes, with a warning and a count."""

import io
import logging

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError

from articles.choices import Result
from articles.importing.runner import import_sources
from articles.importing.writing import fallback, transactions
from articles.models import Article, ImportBatch
from newsroom import pacing
from tests.factories import make_document


@pytest.fixture
def documents(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.md").write_bytes(make_document(webUrl=f"https://o.example/{number}"))
    return [str(tmp_path)]


@pytest.fixture
def fails_together(monkeypatch):
    def fail(*args, **kwargs):
        raise IntegrityError("row with a secret in it")

    monkeypatch.setattr(fallback, "write_stories", fail)


@pytest.mark.django_db
@pytest.mark.parametrize("budget", [pacing.BUDGET, 0], ids=["one turn", "many turns"])
def test_failed_bulk_write_is_logged_and_counted(documents, fails_together, monkeypatch, caplog, budget):
    monkeypatch.setattr(pacing, "BUDGET", budget)
    caplog.set_level(logging.WARNING)
    report = import_sources(documents)
    batch = report.batch
    assert batch.counts[Result.CREATED] == Article.objects.count() == 3
    assert ImportBatch.objects.get().written_singly == 3
    # Only once, and without the database's message, which quotes the row.
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        (
            "newsroom.fallbacks",
            "import: 3 documents are written one at a time because the fast path failed: IntegrityError",
        )
    ]
    assert report.as_json()["written_singly"] == 3


@pytest.mark.django_db
def test_second_attempt_is_logged(documents, fails_together, monkeypatch, caplog):
    write, failures = fallback.write_story, [IntegrityError("row with a secret in it")]

    def fail_once(document, context):
        if failures:
            raise failures.pop()
        return write(document, context)

    monkeypatch.setattr(fallback, "write_story", fail_once)
    assert import_sources(documents).batch.counts[Result.CREATED] == 3
    assert [record.getMessage() for record in caplog.records if record.name == "newsroom.fallbacks"][1:] == [
        "import: a document is looked up and written again because the fast path failed: IntegrityError"
    ]
    assert "secret" not in caplog.text


@pytest.mark.django_db
def test_first_attempt_is_rolled_back_before_the_second(documents, fails_together, monkeypatch):
    write, failures = fallback.write_story, [IntegrityError()]

    def write_and_fail_once(document, context):
        outcome = write(document, context)
        if failures:
            raise failures.pop()
        return outcome

    monkeypatch.setattr(fallback, "write_story", write_and_fail_once)
    assert import_sources(documents).batch.counts[Result.CREATED] == 3
    assert [story.provider.name for story in Article.objects.all()] == ["The Outlet"] * 3
    assert [[topic.name for topic in story.topics.all()] for story in Article.objects.all()] == [["AI"]] * 3


@pytest.mark.django_db
def test_document_that_fails_twice_is_rejected_and_leaves_nothing(documents, fails_together, monkeypatch):
    write, failures = fallback.write_story, [IntegrityError(), IntegrityError()]

    def write_and_fail_twice(document, context):
        outcome = write(document, context)
        if failures:
            raise failures.pop()
        return outcome

    monkeypatch.setattr(fallback, "write_story", write_and_fail_twice)
    counts = import_sources(documents).batch.counts
    assert (counts[Result.CREATED], counts[Result.REJECTED]) == (2, 1)
    assert Article.objects.count() == 2


@pytest.mark.django_db
def test_successful_bulk_write_counts_nothing(documents, caplog):
    assert import_sources(documents).batch.written_singly == 0
    assert caplog.records == []


@pytest.mark.django_db
@pytest.mark.parametrize("is_failing", [True, False])
def test_command_warns_about_a_failed_bulk_write(documents, monkeypatch, request, is_failing):
    if is_failing:
        request.getfixturevalue("fails_together")
    output = io.StringIO()
    call_command("import_articles", *documents, stdout=output)
    warning = "3 documents were written one at a time because writing them together failed; the log has the cause"
    assert (warning in output.getvalue()) is is_failing


@pytest.mark.django_db(transaction=True)
def test_transaction_broken_by_another_writer_is_repeated_and_logged(documents, monkeypatch, caplog):
    write, failures = transactions.write_documents, [OperationalError("deadlock on a row with a secret in it")]

    def fail_once(*arguments, **options):
        if failures:
            raise failures.pop()
        return write(*arguments, **options)

    monkeypatch.setattr(transactions, "write_documents", fail_once)
    report = import_sources(documents)
    assert (report.counts[Result.CREATED], report.batch.written_singly) == (3, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "import: 3 documents are written again because the fast path failed: OperationalError"
    ]
