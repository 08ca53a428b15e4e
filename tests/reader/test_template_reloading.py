"""With RELOAD_TEMPLATES a changed template shows at the next request, and errors name its line."""

import shutil
import traceback
from collections import namedtuple

import pytest
from django.core.cache import cache
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.utils.translation import override
from django.views.debug import ExceptionReporter

from reader.template_environment import ReaderTemplates
from tests.conftest import ROOT
from tests.factories import make_story

PAGE = """{% extends "base.html" %}
{% from "includes/_imported.html" import signature %}
{% block main %}{% include "includes/_part.html" %} {{ mark() }} {{ signature() }} {{ _("Topics") }}{% endblock %}"""
FILES = {
    "page.html": PAGE,
    "base.html": "Head: {% block main %}{% endblock %}",
    "includes/_part.html": "part, {% include 'includes/_inner.html' %}",
    "includes/_inner.html": "inner",
    "includes/_parts.html": "{% macro mark() %}macro{% endmacro %}",
    "includes/_imported.html": "{% macro signature() %}imported{% endmacro %}",
    "includes/_card_plain.html": "{% macro card(story) %}card {{ story.title }} {{ mark() }}{% endmacro %}",
    "list.html": "{{ cards('plain', stories) }}",
}
Story = namedtuple("Story", ["title", "published_at"])
CONTEXT = {"stories": [Story("one", None)]}
EDITS = [
    ("page.html", "page.html", "{% endblock %}", " edited{% endblock %}"),
    ("page.html", "base.html", "Head", "Edited head"),
    ("page.html", "includes/_part.html", "part", "edited part"),
    ("page.html", "includes/_inner.html", "inner", "edited inner"),
    ("page.html", "includes/_parts.html", "macro{%", "edited macro{%"),
    ("page.html", "includes/_imported.html", "imported", "edited import"),
    ("list.html", "includes/_card_plain.html", "card {{", "edited card {{"),
    ("list.html", "includes/_parts.html", "macro{%", "edited macro{%"),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "includes").mkdir()
    for name, source in FILES.items():
        (tmp_path / name).write_text(source)
    return tmp_path


@pytest.fixture
def engine(folder):
    return ReaderTemplates({"NAME": "reloading", "DIRS": [folder], "APP_DIRS": False, "OPTIONS": {}})


def edit(path, old, new):
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new))


@pytest.mark.parametrize("cache_of_cards", ["off", "cards"])
@pytest.mark.parametrize(("page", "name", "old", "new"), EDITS)
def test_an_edit_takes_effect_at_the_next_request(settings, engine, folder, page, name, old, new, cache_of_cards):
    settings.RELOAD_TEMPLATES, settings.READER_CACHE = True, cache_of_cards
    before = engine.get_template(page).render(CONTEXT)
    edit(folder / name, old, new)
    after = engine.get_template(page).render(CONTEXT)
    assert "dited" not in before
    assert "dited" in after
    with override("de"):
        assert "dited" in engine.get_template(page).render(CONTEXT)


@pytest.mark.parametrize(("page", "name", "old", "new"), EDITS)
def test_without_the_setting_templates_stay(settings, engine, folder, page, name, old, new):
    settings.RELOAD_TEMPLATES = False
    before = engine.get_template(page).render(CONTEXT)
    edit(folder / name, old, new)
    assert engine.get_template(page).render(CONTEXT) == before


def test_templates_are_added_and_removed(settings, engine, folder):
    settings.RELOAD_TEMPLATES = True
    engine.get_template("page.html").render()
    (folder / "later.html").write_text("later")
    assert engine.get_template("later.html").render() == "later"
    (folder / "later.html").unlink()
    with pytest.raises(TemplateDoesNotExist):
        engine.get_template("later.html")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("front_page.html", "{% block main %}", "{% block main %}<p>edited</p>"),
        ("base.html", "</body>", "<p>edited</p></body>"),
        ("includes/_footer.html", "</footer>", "<p>edited</p></footer>"),
        ("includes/_masthead.html", "</header>", "<p>edited</p></header>"),
        ("includes/_parts.html", '<p class="meta">', '<p class="meta">edited'),
        ("includes/_card_lead.html", "{{ list_card", "<p>edited</p>{{ list_card"),
    ],
)
def test_cached_pages_are_replaced_after_an_edit(settings, client, tmp_path, name, old, new):
    templates = tmp_path / "reader"
    shutil.copytree(ROOT / "templates" / "reader", templates)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [templates]}, *settings.TEMPLATES[1:]]
    settings.RELOAD_TEMPLATES, settings.READER_CACHE = True, "pages"
    cache.clear()
    make_story()
    assert "edited" not in client.get("/").content.decode()
    edit(templates / name, old, new)
    assert "edited" in client.get("/").content.decode()


@pytest.mark.parametrize("reloads", [True, False])
def test_a_runtime_error_names_the_line(settings, engine, folder, reloads):
    settings.RELOAD_TEMPLATES = reloads
    (folder / "wrong.html").write_text("{% if True %}\n\n\n    <p>\n      {{ 1 // 0 }}\n    </p>\n{% endif %}\n")
    with pytest.raises(ZeroDivisionError) as caught:
        engine.get_template("wrong.html").render()
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno) == (str(folder / "wrong.html"), 5)


def test_a_runtime_error_in_an_include_names_its_file(settings, engine, folder):
    settings.RELOAD_TEMPLATES = True
    (folder / "includes" / "_inner.html").write_text("\n\n{{ 1 // 0 }}")
    with pytest.raises(ZeroDivisionError) as caught:
        engine.get_template("page.html").render()
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno) == (str(folder / "includes" / "_inner.html"), 3)


@pytest.mark.parametrize("name", ["page.html", "includes/_inner.html", "includes/_parts.html"])
def test_the_debug_page_shows_the_line_of_a_syntax_error(settings, engine, folder, name, rf):
    settings.RELOAD_TEMPLATES = True
    (folder / name).write_text("one\n\n   {% endwhile %}\nfour")
    with pytest.raises(TemplateSyntaxError) as caught:
        engine.get_template("page.html").render()
    assert caught.value.template_debug["line"] == 3
    assert caught.value.template_debug["name"] == str(folder / name)
    reporter = ExceptionReporter(rf.get("/"), caught.type, caught.value, caught.value.__traceback__)
    page = reporter.get_traceback_html()
    assert f"In template <code>{folder / name}</code>, error at line <strong>3</strong>" in " ".join(page.split())
