"""Fields that upstream and the desk both changed are recorded as conflicts, and settled by a person."""

import pytest
from django.core.exceptions import PermissionDenied

from articles import workflow
from articles.choices import Action, Origin, State
from articles.importing.conflicts import settle
from articles.models import Article, Conflict, ImportBatch
from providers.models import Provider
from tests.articles.importing.expected import only
from tests.factories import make_values

pytestmark = pytest.mark.django_db


class TestConflicts:
    @pytest.fixture
    def contested(self, folder):
        """Return a story whose title, provider, coverage and authors both sides changed."""
        coverage = {"title": "Theirs", "webUrl": "https://other.example/1"}
        values = make_values(title="Before", related=[coverage], topics=["AI"])
        folder(a=values)
        story = Article.objects.get()
        story.title, story.provider, story.authors = "Ours", Provider.objects.create(name="Ours"), [{"name": "Us"}]
        story.save()
        story.related_links.update(title="Ours")
        theirs = {"name": "Theirs", "domain": "theirs.example", "authors": [{"name": "Them"}]}
        values |= {"title": "Theirs", "provider": theirs, "related": [{**coverage, "title": "Theirs, again"}]}
        report = folder(a=values)
        assert only(report).conflicts == ["title", "provider.authors", "provider", "related"]
        return values

    def test_conflict_has_both_values_and_the_batch(self, contested):
        title = Conflict.objects.get(field="title")
        assert (title.base, title.ours, title.theirs) == ("Before", "Ours", "Theirs")
        assert title.batch == ImportBatch.objects.first()
        assert Conflict.objects.get(field="provider").theirs["name"] == "Theirs"
        assert Conflict.objects.get(field="related").ours[0]["title"] == "Ours"

    def test_later_value_replaces_the_earlier_one(self, contested, folder):
        folder(a={**contested, "title": "Theirs, later"})
        conflict = Conflict.objects.get(field="title")
        assert (conflict.base, conflict.theirs) == ("Before", "Theirs, later")

    def test_conflict_closes_when_upstream_agrees(self, contested, folder):
        folder(a={**contested, "title": "Ours"})
        assert Conflict.objects.get(field="title").settlement == "agreed"

    def test_settle_with_theirs(self, contested, folder, editor):
        for conflict in Conflict.objects.filter(settlement=""):
            settle(conflict, Conflict.Settlement.THEIRS, workflow.Actor(Origin.ADMIN, editor))
        story = Article.objects.get()
        assert (story.title, story.provider.name, story.authors) == ("Theirs", "Theirs", [{"name": "Them"}])
        assert [link.title for link in story.related_links.all()] == ["Theirs, again"]
        assert set(Conflict.objects.values_list("settlement", "settled_by")) == {("theirs", editor.pk)}
        assert only(folder(a={**contested, "title": "Theirs, later"})).changed == ["title"]

    def test_settle_with_always_ours(self, contested, folder, editor):
        by = workflow.Actor(Origin.ADMIN, editor)
        settle(Conflict.objects.get(field="title"), Conflict.Settlement.ALWAYS_OURS, by)
        settle(Conflict.objects.get(field="provider"), Conflict.Settlement.OURS, by)
        outcome = only(folder(a={**contested, "title": "Later", "provider": {"name": "Later", "domain": "l.example"}}))
        # Upstream has no authors again, as before the conflict.
        assert outcome.conflicts == ["provider"]
        story = Article.objects.get()
        assert (story.title, story.provider.name) == ("Ours", "Ours")

    def test_settling_the_state_needs_permission_to_publish(self, folder, reporter, editor):
        values = make_values(published=True)
        folder(a=values)
        story = Article.objects.get()
        workflow.apply(Action.WITHDRAW, story, workflow.Actor(Origin.ADMIN, editor))
        workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.ADMIN, editor))
        folder(a={**values, "published": False})
        conflict = Conflict.objects.get(field="published")
        assert (conflict.base, conflict.ours, conflict.theirs) == (True, True, False)
        with pytest.raises(PermissionDenied):
            settle(conflict, Conflict.Settlement.THEIRS, workflow.Actor(Origin.ADMIN, reporter))
        settle(conflict, Conflict.Settlement.THEIRS, workflow.Actor(Origin.ADMIN, editor))
        assert Article.objects.get().state == State.WITHDRAWN
