"""Exports with the desk's state, imported again: ignored, or restored."""

from random import Random

import pytest

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.editing.fields import edit
from articles.exporting.output import write_folder
from articles.exporting.story_documents import export_stories
from articles.importing.runner import import_sources
from articles.models import Article, Conflict, FormerIdentity, RelatedLink, UpstreamDocument, WrittenDocument
from tests.articles.exporting.test_story_documents import empty_the_database
from tests.articles.importing.desk_edits import change_rows, edit_at_random
from tests.articles.importing.expected import only
from tests.articles.importing.generated import Generator
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(editor):
    return workflow.Actor(Origin.ADMIN, editor)


@pytest.fixture
def upstream(tmp_path):
    """Import documents as upstream delivers them, {name: text or values}; return the Report."""
    place = tmp_path / "upstream"
    place.mkdir()

    def deliver(**documents):
        for name, document in documents.items():
            content = document.encode() if isinstance(document, str) else as_document(document)
            (place / f"{name}.md").write_bytes(content)
        return import_sources([str(place)], hold=False)

    return deliver


@pytest.fixture
def export(tmp_path):
    """Export all stories into a new folder: export("name", plain=True); return its path."""

    def export(name="export", **options):
        export = write_folder(export_stories(Article.objects.all(), **options), tmp_path / name)
        assert export.failed == 0
        return tmp_path / name

    return export


def texts_in(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def warnings_of(report):
    return {(problem.field, problem.message) for outcome in report.outcomes for problem in outcome.problems}


def coverage(name):
    return {"title": f"Coverage {name}", "webUrl": f"https://other.example/{name}"}


@pytest.fixture
def values():
    return make_values(title="A", heat=50, topics=["AI", "Film"], related=[coverage("A"), coverage("B")])


@pytest.fixture
def edited(upstream, values, by):
    """A story of upstream's that the desk has retitled, withdrawn, and whose second coverage it removed."""
    upstream(a=values)
    story = Article.objects.get()
    edit(story, {"title": "The desk's"}, by)
    change_rows(story, by, lambda story: story.related_links.get(title="Coverage B").delete())
    workflow.apply(Action.WITHDRAW, story, by)
    return story


def assert_as_edited():
    story = Article.objects.get()
    assert (story.title, story.state, story.state_owner) == ("The desk's", State.WITHDRAWN, Owner.DESK)
    assert [link.title for link in story.related_links.all()] == ["Coverage A"]
    assert list(story.topics.names()) == ["AI", "Film"]


class TestIgnored:
    def test_the_desks_edits_survive_an_import_of_ones_own_export(self, upstream, values, edited, export):
        before = UpstreamDocument.objects.values().get()
        report = import_sources([str(export())])
        outcome = only(report)
        assert (outcome.action, outcome.changed) == ("unchanged", [])
        (problem,) = outcome.problems
        assert (problem.field, problem.level, problem.line is not None) == ("newsroom", "warning", True)
        assert UpstreamDocument.objects.values().get() == before
        assert only(upstream(a=values)).action == "unchanged"
        assert_as_edited()
        assert not Conflict.objects.exists()

    def test_upstreams_document_counts_beside_the_export(self, upstream, values, edited, export, tmp_path):
        folder = export()
        (folder / "0.md").write_bytes(as_document(values | {"heat": 60}))
        report = import_sources([str(folder)])
        assert {outcome.source.rsplit("/")[-1]: outcome.action for outcome in report.outcomes} == {
            "0.md": "updated",
            "a.md": "duplicate",
        }
        assert Article.objects.get().heat == 60

    def test_an_unknown_story_belongs_to_the_desk(self, upstream, values, edited, export):
        folder = export()
        empty_the_database()
        assert only(import_sources([str(folder)])).action == "created"
        assert UpstreamDocument.objects.get().values == {}
        outcome = only(upstream(a=values))
        story = Article.objects.get()
        assert (story.title, story.published, sorted(outcome.conflicts)) == (
            "The desk's",
            False,
            ["published", "title"],
        )

    def test_it_does_not_hold_an_import(self, upstream, settings, by, export):
        settings.IMPORT_HOLD_LEAST = 0
        upstream(**{f"d{number}": make_values() for number in range(3)})
        for story in Article.objects.all():
            edit(story, {"title": f"By the desk {story.pk}"}, by)
        report = import_sources([str(export())])
        assert (report.counts["unchanged"], report.counts["held"]) == (3, 0)

    def test_an_untouched_story_has_no_state(self, upstream, values, export):
        upstream(a=values)
        (text,) = texts_in(export()).values()
        assert "newsroom:" not in text

    def test_a_deleted_story_stays_deleted(self, edited, export):
        folder = export()
        Article.objects.get().delete()
        for restore in (False, True):
            outcome = only(import_sources([str(folder)], restore=restore))
            assert (outcome.action, Article.objects.count()) == ("unchanged", 0)
            assert "deleted at the desk" in outcome.problems[0].message


class TestPlain:
    def test_it_is_unchanged_and_moves_no_base(self, upstream, values, edited, by, export):
        folder = export(plain=True)
        (text,) = texts_in(folder).values()
        assert "newsroom:" not in text
        edit(Article.objects.get(), {"title": "Edited since"}, by)
        before = UpstreamDocument.objects.values().get()
        outcome = only(import_sources([str(folder)]))
        assert (outcome.action, outcome.problems) == ("unchanged", [])
        assert UpstreamDocument.objects.values().get() == before
        assert only(upstream(a=values)).action == "unchanged"
        assert (Article.objects.get().title, Article.objects.get().state) == ("Edited since", State.WITHDRAWN)

    def test_upstreams_own_document_with_the_same_values_is_taken(self, upstream, values, by, export):
        upstream(a=values)
        edit(Article.objects.get(), {"title": "X"}, by)
        (text,) = texts_in(export(plain=True)).values()
        upstream(a=text.replace(values["secured"], "another;blob"))
        assert UpstreamDocument.objects.get().values["title"] == "X"

    def test_documents_of_untouched_stories_are_not_remembered(self, upstream, values, export):
        upstream(a=values)
        export(plain=True)
        assert not WrittenDocument.objects.exists()

    def test_the_latest_ten_of_a_story_are_remembered(self, edited, by, export):
        for number in range(11):
            edit(Article.objects.get(), {"title": f"Title {number}"}, by)
            export(str(number), plain=True)
        export("again", plain=True)
        assert WrittenDocument.objects.count() == 10
        for number in ("1", "10"):
            assert only(import_sources([str(number_folder(export, number))])).action == "unchanged"

    def test_recognising_them_takes_one_query(self, edited, export, django_assert_num_queries):
        folder = export(plain=True)
        (content,) = [path.read_bytes() for path in folder.iterdir()]
        from articles.documents.digests import digests_of
        from articles.exporting.written_digests import find_written, written_key

        with django_assert_num_queries(1):
            found_keys = find_written([digests_of(content), digests_of(b"---\ntitle: Other\n---\n")])
        assert found_keys == {written_key(digests_of(content)): edited.pk}
        with django_assert_num_queries(0):
            assert find_written([]) == {}


def number_folder(export, number):
    import inspect

    return inspect.getclosurevars(export).nonlocals["tmp_path"] / number


class TestRestored:
    def test_into_an_empty_newsroom(self, upstream, values, edited, export):
        folder = export()
        first = texts_in(folder)
        empty_the_database()
        outcome = only(import_sources([str(folder)], restore=True))
        assert (outcome.action, outcome.problems) == ("created", [])
        assert_as_edited()
        assert UpstreamDocument.objects.get().values["title"] == "A"
        assert texts_in(export("again")) == first
        assert only(upstream(a=values)).action == "unchanged"
        assert_as_edited()

    def test_over_later_edits(self, edited, by, export):
        folder = export()
        before = Article.objects.values("state", "visible_from", "first_visible_at", "slug").get()
        edit(edited, {"title": "Later"}, by)
        workflow.apply(Action.PUBLISH, edited, by)
        report = import_sources([str(folder)], restore=True, actor=by)
        assert (only(report).action, only(report).changed) == ("updated", ["title", "published", "newsroom"])
        assert_as_edited()
        assert Article.objects.values("state", "visible_from", "first_visible_at", "slug").get() == before
        revision = edited.revisions.first()
        assert (revision.actor, revision.note, revision.fields) == (by.user, "restored export", ["title"])
        transition = edited.transitions.first()
        assert (transition.action, transition.actor, transition.from_state, transition.to_state) == (
            *(Action.RESTORE_EXPORT, by.user),
            *(State.PUBLISHED, State.WITHDRAWN),
        )

    def test_the_present_state_is_unchanged(self, edited, export):
        before = Article.objects.values().get()
        outcome = only(import_sources([str(export())], restore=True))
        assert (outcome.action, outcome.problems) == ("unchanged", [])
        assert Article.objects.values().get() == before
