"""Whose value each field of the form has."""

import pytest
from django.urls import reverse

from articles.editing.fields import edit
from articles.importing.runner import import_sources
from articles.models import Article
from tests.desk.pages import by, page_of
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


def test_source_of_each_value_is_shown_at_its_field(desk, editor, tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(as_document(make_values(title="One", topics=["AI"])))
    import_sources([str(path)])
    story = Article.objects.get()
    edit(story, {"title": "Ours"}, by(editor))
    page = desk.get(page_of(story))
    html = page.content.decode()
    assert "desk-provenance-upstream" in html
    assert "editor, " in html
    # Documents have no slot on the front page; the desk sets it.
    helps = {name: field.help_text for name, field in page.context["adminform"].form.fields.items()}
    assert "upstream, " in helps["excerpt"]
    of_upstream = [
        name for name in ("excerpt", "quality", "pin", "visible_until", "slug") if "upstream, " in helps[name]
    ]
    assert of_upstream == ["excerpt", "quality"]
    editor.first_name, editor.last_name = "Ada", "Editor"
    editor.save()
    edit(story, {"pin": 3}, by(editor))
    page = desk.get(page_of(story))
    assert "Ada Editor, " in page.context["adminform"].form.fields["pin"].help_text
    assert "Ada Editor" in desk.get(reverse("admin:articles_article_history", args=[story.pk])).content.decode()
    assert "Use upstream version" in html
    # Upstream's value, if it is short, is beside its button.
    assert "upstream: One" in helps["title"]
    assert "&quot;title&quot;: &quot;One&quot;" in html
