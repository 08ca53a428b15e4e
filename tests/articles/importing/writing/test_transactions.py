"""Writing together what can be, and one at a time where that fails: never silently."""

import logging

import pytest
from django.db import IntegrityError

from articles import workflow
from articles.choices import Action, Origin, Owner, Result, State
from articles.importing.runner import import_sources
from articles.importing.writing import fallback
from articles.models import Article, ImportBatch, Topic, TopicAlias
from newsroom import pacing
from tests.conftest import make_user
from tests.factories import make_document, make_story, make_topic

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("budget", [pacing.BUDGET, 0], ids=["one turn", "many turns"])
def test_a_failed_bulk_write_is_logged_and_counted(documents, fails_together, monkeypatch, caplog, budget):
    monkeypatch.setattr(pacing, "BUDGET", budget)
    caplog.set_level(logging.WARNING)
    report = import_sources(documents)
    batch = report.batch
    assert batch.counts[Result.CREATED] == Article.objects.count() == 3
    assert ImportBatch.objects.get().written_singly == 3
    # Once, and without what the database says, which quotes the row.
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("newsroom.fallbacks", "import: 3 documents are written one at a time, as the fast way failed: IntegrityError")
    ]
    assert report.as_json()["written_singly"] == 3


def test_a_document_that_is_tried_again_is_logged(documents, fails_together, monkeypatch, caplog):
    write, first = fallback.write_story, [True]

    def fail_once(document, context):
        if first:
            first.clear()
            raise IntegrityError("row with a secret in it")
        return write(document, context)

    monkeypatch.setattr(fallback, "write_story", fail_once)
    assert import_sources(documents).batch.counts[Result.CREATED] == 3
    assert [record.getMessage() for record in caplog.records if record.name == "newsroom.fallbacks"][1:] == [
        "import: a document is looked up and written again, as the fast way failed: IntegrityError"
    ]
    assert "secret" not in caplog.text


def test_where_it_goes_well_nothing_is_counted(documents, caplog):
    assert import_sources(documents).batch.written_singly == 0
    assert caplog.records == []


def test_a_topic_is_saved_with_all_that_leads_to_it_or_not_at_all(monkeypatch):
    topic = make_topic("Climate")

    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(TopicAlias.objects, "update_or_create", fail)
    topic.slug = "another"
    for unsaved in (topic, Topic(name="Sea")):
        with pytest.raises(RuntimeError, match="broken"):
            unsaved.save()
    assert list(Topic.objects.values_list("name", "slug")) == [("Climate", "climate")]


@pytest.mark.parametrize(
    ("actor", "owner"),
    [
        (workflow.UPSTREAM, Owner.UPSTREAM),
        (workflow.COMMAND_LINE, Owner.DESK),
    ],
)
def test_a_change_of_upstreams_leaves_the_state_to_upstream(actor, owner):
    story = make_story(state=State.INBOX)
    workflow.apply(Action.PUBLISH, story, actor)
    story.refresh_from_db()
    assert story.state_owner == owner


def test_an_import_by_a_user_is_upstreams_change():
    story, user = make_story(state=State.INBOX), make_user("root", is_superuser=True)
    workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.IMPORT, user))
    story.refresh_from_db()
    assert story.state_owner == Owner.UPSTREAM
