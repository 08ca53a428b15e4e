"""Who set a field, and which other value could replace it."""

import pytest

from articles import workflow
from articles.choices import Origin
from articles.editing.fields import edit
from articles.history.provenance import provenance_of
from articles.history.states import state_of
from articles.importing.runner import import_sources
from articles.models import Article
from tests.factories import as_document, make_values


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


@pytest.mark.django_db
def test_provenance_distinguishes_upstream_from_people_and_offers_the_alternative(tmp_path, editor):
    values, path = make_values(title="One", excerpt="Said so"), tmp_path / "a.md"
    path.write_bytes(as_document(values))
    import_sources([str(path)])
    story = Article.objects.get()
    provenance = provenance_of(story, story.upstream, state_of(story.pk))
    assert (provenance["title"].current.is_human, provenance["title"].upstream, provenance["title"].desk) == (
        False,
        None,
        None,
    )
    edit(story, {"title": "Ours"}, by(editor))
    provenance = provenance_of(story, story.upstream, state_of(story.pk))
    assert provenance["title"].current.actor == editor
    assert provenance["title"].upstream[0] == "One"
    assert not provenance["excerpt"].current.is_human
    edit(story, {"title": "One"}, workflow.UPSTREAM)
    provenance = provenance_of(story, story.upstream, state_of(story.pk))
    assert provenance["title"].upstream is None
    assert (provenance["title"].desk[0], provenance["title"].desk[1].actor) == ("Ours", editor)
