"""Conflicts on a story's page."""

import re

import pytest
from django.urls import reverse

from articles.choices import State
from articles.editing.fields import edit
from articles.importing.runner import import_sources
from articles.models import Article, Conflict
from tests.desk.pages import STORIES, by, fields_of, fresh, page_of, page_text
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


def test_conflicts_are_settled_on_the_page(desk, editor, tmp_path):
    values, path = make_values(title="One", excerpt="One", heat=1), tmp_path / "a.md"
    path.write_bytes(as_document(values))
    import_sources([str(path)])
    story = Article.objects.get()
    edit(story, {"title": "Ours", "excerpt": "Ours"}, by(editor))
    path.write_bytes(as_document(values | {"title": "Theirs", "excerpt": "Theirs"}))
    import_sources([str(path)], hold=False)
    page = desk.get(page_of(story))
    html = page.content.decode()
    assert "2 fields changed both here and upstream" in html
    assert re.findall(r"<legend>\s*(.*?)\s*</legend>", html) == ["Headline", "Excerpt"]
    listed = desk.get(reverse("admin:articles_conflict_changelist")).content.decode()
    assert "Headline" in listed
    title, excerpt = (Conflict.objects.get(field=field) for field in ("title", "excerpt"))
    posted = fields_of(page) | {f"settle-{title.pk}": "theirs", f"settle-{excerpt.pk}": "ours", "heat": 7}
    assert desk.post(page_of(story), posted).status_code == 302
    assert (fresh(story).title, fresh(story).excerpt, fresh(story).heat) == ("Theirs", "Ours", 7)
    assert not Conflict.objects.filter(settlement="").exists()


def test_removed_story_is_marked_and_withdrawn_from_its_page(desk, editor, tmp_path):
    values, path = make_values(title="One"), tmp_path / "a.md"
    path.write_bytes(as_document(values))
    import_sources([str(path)])
    path.write_bytes(as_document(values | {"removed": True}))
    import_sources([str(path)], hold=False)
    story, conflict = Article.objects.get(), Conflict.objects.get()
    assert "Removed upstream" in desk.get(STORIES, {"removed": "yes"}).content.decode()
    page = desk.get(page_of(story))
    html = page_text(page)
    assert "Withdraw the story" in html
    assert "Keep it published" in html
    desk.post(page_of(story), fields_of(page) | {f"settle-{conflict.pk}": "theirs"})
    assert (fresh(story).state, fresh(story).is_removed) == (State.WITHDRAWN, True)
    assert Conflict.objects.get().settlement == "theirs"
