"""The reader site's templates: Jinja2, with texts, addresses and static files inserted at compile time."""

import hashlib

import pytest
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.utils.translation import override
from jinja2 import nodes

from newsroom.management.commands.makemessages import calls_of
from reader.template_environment import CONSTANT_FUNCTIONS, ReaderTemplates
from tests.conftest import ROOT

TEMPLATES = ROOT / "templates" / "reader"
NAMES = sorted(f"{path.relative_to(TEMPLATES)}" for path in TEMPLATES.rglob("*") if path.is_file())


@pytest.fixture
def render(tmp_path):
    """Return a function that renders a template's source."""
    (tmp_path / "includes").mkdir()
    (tmp_path / "includes" / "_parts.html").write_text("")
    engine = ReaderTemplates({"NAME": "test", "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {}})

    def render_source(source, **context):
        # The same source has the same name.
        name = f"{hashlib.sha256(source.encode()).hexdigest()}.html"
        (tmp_path / name).write_text(source)
        return engine.get_template(name).render(context)

    return render_source


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_template_compiles(name, language):
    with override(language):
        engines["reader"].get_template(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".html")])
def test_every_filter_exists(name):
    """Jinja2 reports a missing filter only when it is used."""
    environment = engines["reader"].current_backend().env
    tree = environment.parse((TEMPLATES / name).read_text())
    assert {node.name for node in tree.find_all(nodes.Filter)} <= environment.filters.keys()


def test_values_are_escaped(render):
    hostile = "<script>\"&'"
    assert render("{{ value }}", value=hostile) == "&lt;script&gt;&#34;&amp;&#39;"
    assert render("{% trans value=value %}Read at {{ value }}{% endtrans %}", value="<b>") == "Read at &lt;b&gt;"
    assert render("{% macro part(x) %}<i>{{ x }}</i>{% endmacro %}{{ part(value) }}", value="<b>") == "<i>&lt;b&gt;</i>"


def test_texts_are_in_the_active_language(render):
    source = "{{ _('Topics') }} {{ url('topic-list') }} {{ language() }} {{ pgettext('author of a story', 'By') }}"
    pages = []
    for language in ("en", "de", "en"):
        with override(language):
            pages.append(render(source))
    assert pages == ["Topics /topics/ en By", "Themen /topics/ de Von", "Topics /topics/ en By"]


def test_constant_functions_are_called_once(render, monkeypatch):
    calls = []
    monkeypatch.setitem(CONSTANT_FUNCTIONS, "static_prefix", lambda: calls.append(1) or "/files/")
    source = "{% macro prefix() %}{{ static_prefix() }}{% endmacro %}{{ prefix() }}"
    assert [render(source) for _time in range(3)] == ["/files/"] * 3
    assert calls == [1]


def test_url_with_a_variable_is_not_constant(render):
    assert [render("{{ url('topic', slug) }}", slug=slug) for slug in ("ai", "space")] == [
        "/topics/ai/",
        "/topics/space/",
    ]


def test_included_template_sees_the_variables_around_it(render, tmp_path):
    (tmp_path / "includes" / "_one.html").write_text("{% set name = name ~ '!' %}{{ name }} {{ number }}\n")
    source = "{% for number in (1, 2) %}{% with name='a' %}{% include 'includes/_one.html' %}{% endwith %};{% endfor %}"
    assert render(source + "{{ name }}", name="outer") == "a! 1;a! 2;outer"


def test_templates_extend_and_import_others(render, tmp_path):
    (tmp_path / "base.html").write_text("[{% block main %}{% endblock %}]")
    (tmp_path / "macros.html").write_text(
        "{% macro link(slug) %}{{ url('topic', slug) }}{{ _('Topics') }}{% endmacro %}"
    )
    source = "{% extends 'base.html' %}{% import 'macros.html' as m %}{% block main %}{{ super() }}{{ m.link('ai') }}"
    assert render(source + "{% endblock %}") == "[/topics/ai/Topics]"


def test_undefined_variables_render_as_nothing(render):
    assert render("[{{ story.provider.name }}{% if topic.pk %}x{% endif %}]") == "[]"


def test_errors_are_django_exceptions(render):
    with pytest.raises(TemplateSyntaxError):
        render("{% if %}")
    with pytest.raises(TemplateDoesNotExist):
        engines["reader"].get_template("admin/index.html")


def test_makemessages_extracts_every_kind_of_text():
    template = """{{ _('One') }} <a title="{{ _("Two") }}"> {% if a %}{{ pgettext("where", "Three") }}{% endif %}
    {% trans %}Four {{ name }}{% endtrans %} {% trans n=n %}{{ n }} five{% pluralize %}{{ n }} fives{% endtrans %}"""
    assert list(calls_of(template)) == [
        "_('One')\n",
        "_('Two')\n",
        "pgettext('where', 'Three')\n",
        "gettext('Four %(name)s')\n",
        "ngettext('%(n)s five', '%(n)s fives', None)\n",
    ]
