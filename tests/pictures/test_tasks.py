"""Background downloads."""

import logging

import pytest

from articles.importing.batches import new_batch
from articles.models.picture import SourceState
from pictures import tasks
from pictures.downloading import Outcome, Summary
from pictures.runs import exclusive_run
from tests.factories import make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def selections(monkeypatch, settings, request):
    """The selections that were downloaded."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.nodeid}}
    calls = []

    def download(selection, notify=None):
        calls.append(selection)
        summary = Summary(seconds=2.0)
        outcome = Outcome("https://x.example/", SourceState.STORED)
        summary.add(outcome)
        if notify is not None:
            notify(outcome, 1, 1)
        return summary

    monkeypatch.setattr(tasks, "download", download)
    return calls


def test_all_that_is_missing(selections, caplog):
    with caplog.at_level(logging.INFO, "pictures.tasks"):
        tasks.download_missing.call()
    assert [(selection.stories, selection.missing, selection.failed) for selection in selections] == [
        (None, True, False)
    ]
    assert "pictures: 1 stored in 2 s" in caplog.text


def test_one_run_at_a_time(selections):
    with exclusive_run() as is_first:
        assert is_first
        tasks.download_missing.call()
        assert selections == []
    tasks.download_missing.call()
    assert len(selections) == 1


def test_a_run_that_is_refused_does_not_end_the_first_one(selections):
    with exclusive_run():
        with exclusive_run() as is_first:
            assert not is_first
        with exclusive_run() as is_first:
            assert not is_first
    with exclusive_run() as is_first:
        assert is_first


def test_selected_stories_are_tried_again_at_once(selections):
    story = make_story()
    make_story()
    tasks.download_for_stories.call([story.pk])
    assert [(list(selection.stories), selection.failed) for selection in selections] == [([story], True)]


def test_the_stories_of_an_import(selections):
    tasks.download_for_import.call(new_batch([]).pk)
    assert [list(selection.stories) for selection in selections] == [[]]
    tasks.download_for_import.call(99_999)
    assert len(selections) == 1


def test_a_run_that_ended_early_is_an_error(caplog):
    tasks.log(Summary(error="No space left on device"))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "none in 0 s; No space left on device" in caplog.text
