"""What is recorded of every change of a story, wherever it comes from."""

import pytest
from django.contrib.auth.models import User

from articles import workflow
from articles.choices import Origin
from articles.editing.fields import edit
from articles.editing.restoring import state_at
from articles.history.differences import ROW_FIELDS
from articles.history.recording import recording
from articles.history.states import FIELDS, UNRECORDED, state_of
from articles.importing.conflicts import settle
from articles.importing.runner import import_sources
from articles.importing.undo import undo_batch
from articles.models import Article, Conflict, ImportBatch, Revision
from providers.merging import merge_providers
from providers.models import Provider
from tests.factories import as_document, make_provider, make_related, make_story, make_topic, make_values


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


@pytest.mark.django_db
class TestRevision:
    def test_every_column_is_recorded_or_listed_as_unrecorded(self):
        columns = {field.name for field in Article._meta.concrete_fields}
        assert columns == {name for name in FIELDS if name not in ("topics", *ROW_FIELDS)} | UNRECORDED
        assert set(state_of(make_story().pk)) == set(FIELDS)

    def test_change_is_recorded_with_every_field_before_and_after(self, editor):
        story, topic = make_story(title="Old"), make_topic("Space")
        with recording(story, by(editor), note="By hand"):
            story.title = "New"
            story.save()
            story.topics.add(topic)
            link = make_related(story, title="Elsewhere")
        revision = Revision.objects.get()
        assert (revision.actor, revision.origin, revision.note) == (editor, "admin", "By hand")
        assert set(revision.fields) == {"title", "topics", "related"}
        assert revision.changes["title"] == ["Old", "New"]
        assert revision.changes["related"][str(link.pk)][0] is None
        assert revision.changes["related"][str(link.pk)][1]["title"] == "Elsewhere"

    def test_unchanged_story_gets_no_revision(self, editor):
        story = make_story(title="Same")
        with recording(story, by(editor)):
            story.save()
        assert not Revision.objects.exists()


@pytest.mark.django_db
class TestEveryWayToChangeAStory:
    @pytest.fixture
    def import_values(self, tmp_path):
        def import_values(**values):
            path = tmp_path / "a.md"
            path.write_bytes(as_document(values))
            import_sources([str(path)], hold=False)
            return Article.objects.first()

        return import_values

    def test_import(self, import_values):
        values = make_values(title="One", topics=["AI"], related=[])
        story = import_values(**values)
        assert not Revision.objects.exists()
        import_values(**values | {"secured": "other"})
        assert not Revision.objects.exists()
        import_values(**values | {"title": "Two", "topics": ["AI", "Space"]})
        revision = Revision.objects.get()
        assert (revision.origin, revision.actor, set(revision.fields)) == ("import", None, {"title", "topics"})
        assert revision.batch == ImportBatch.objects.first()
        assert state_at(story, 0)["title"] == "One"

    def test_undone_import_and_settled_conflict(self, import_values, editor):
        values = make_values(title="One", heat=10)
        story = import_values(**values)
        edit(story, {"title": "Ours"}, by(editor))
        import_values(**values | {"title": "Theirs", "heat": 20})
        batch = ImportBatch.objects.first()
        settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, by(editor))
        assert Revision.objects.first().changes == {"title": ["Ours", "Theirs"]}
        assert Revision.objects.first().actor == editor
        number = Revision.objects.count()
        import_values(**values | {"title": "Theirs", "heat": 33})
        undo_batch(ImportBatch.objects.first(), by(make_admin()))
        assert Revision.objects.count() == number + 2
        assert Revision.objects.first().changes["heat"] == [33, 20]
        assert batch.pk

    def test_merge_of_providers(self, editor):
        target, source = make_provider(name="Target"), make_provider(name="Source")
        story = make_story(provider=source)
        merge_providers(target, [source], actor=editor)
        revision = Revision.objects.get()
        assert (revision.actor, revision.article) == (editor, story)
        assert [side["name"] for side in revision.changes["provider"]] == ["Source", "Target"]
        assert not Provider.objects.filter(name="Source").exists()


def make_admin():
    return User.objects.create_superuser("root")
