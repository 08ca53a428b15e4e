"""Which stories have the desk's state in their export, and what it says."""

from datetime import timedelta
from random import Random

import pytest
import yaml
from django.utils import timezone

from articles import workflow
from articles.choices import Action, Origin
from articles.editing.fields import edit
from articles.exporting.story_documents import export_stories
from articles.importing.runner import import_sources
from articles.models import Article
from tests.articles.importing.desk_edits import EDITS, change_rows
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(editor):
    return workflow.Actor(Origin.ADMIN, editor)


@pytest.fixture
def values():
    related = [{"title": name, "webUrl": f"https://other.example/{name}"} for name in ("First", "Second", "Third")]
    return make_values(related=related, images=[{"url": "https://img.example/1.png"}], body="x")


@pytest.fixture
def send(tmp_path):
    def send(values):
        (tmp_path / "a.md").write_bytes(as_document(values))
        import_sources([str(tmp_path)])
        return Article.objects.get()

    return send


def exported_state():
    """Return the field `newsroom` of the only story's export, None if it has none."""
    (document,) = export_stories(Article.objects.all())
    return yaml.safe_load(document.text.split("\n---", 1)[0].removeprefix("---")).get("newsroom")


@pytest.mark.parametrize("change", EDITS, ids=lambda change: change.__name__)
def test_each_edit_of_the_desk_shows(send, values, by, change):
    story = send(values)
    assert exported_state() is None
    change(story, by, Random(0))
    assert exported_state()["version"] == 1


def test_changes_of_upstream_do_not_show(send, values):
    send(values)
    send(values | {"title": "Retitled", "related": [], "topics": ["Film"], "published": False})
    send(values | {"title": "Retitled", "webUrl": "https://two.example/copy", "removed": True})
    assert exported_state() is None


def test_an_edit_that_was_taken_back_does_not_show(send, values, by):
    story = send(values)
    edit(story, {"title": "Edited"}, by)
    edit(story, {"title": values["title"]}, by)
    assert exported_state() is None


def test_upstreams_document_is_written_as_its_differences(send, values, by):
    story = send(values)
    edit(story, {"title": "Edited", "excerpt": "", "price": "5 €", "body": "By the desk"}, by)
    upstream = exported_state()["upstream"]
    assert upstream.pop("source").endswith("/a.md")
    assert upstream == {
        "fields": {"title": values["title"], "excerpt": values["excerpt"]},
        "absent": ["price"],
        "body": "",
        "path": "a.md",
    }


def test_all_that_the_desk_decided(send, values, by):
    story = send(values)
    tomorrow = timezone.now().replace(microsecond=0) + timedelta(days=1)

    def change(story):
        first, second, _third = story.related_links.all()
        first.is_hidden = True
        first.save()
        second.delete()
        story.topics.remove("AI")

    change_rows(story, by, change)
    edit(story, {"pin": 4, "kept_fields": ["title"], "visible_until": tomorrow}, by)
    workflow.apply(Action.WITHDRAW, story, by)
    state = exported_state()
    assert {key: state[key] for key in state.keys() - {"upstream", "visibleFrom", "firstVisible"}} == {
        "version": 1,
        "identity": story.identity,
        "address": {"day": "2026-11-20", "slug": story.slug},
        "state": "withdrawn",
        "owner": "desk",
        "visibleUntil": tomorrow.isoformat().replace("+00:00", "Z"),
        "slot": 4,
        "alwaysOurs": ["title"],
        "setFields": ["related", "topics"],
        "removed": {"related": [{"name": "https://other.example/Second", "number": 0}], "topics": ["AI"]},
        "hidden": [{"position": 0, "item": values["related"][0]}],
    }
