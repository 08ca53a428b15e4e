"""The paper's templates: Jinja2 with Django's texts, addresses and static files put in when they are compiled."""

import hashlib

import pytest
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.utils.translation import override

from newsroom.management.commands.makemessages import calls_of
from reader.template_environment import FIXED, Paper
from tests.conftest import ROOT

PAPER = ROOT / "templates" / "reader"
NAMES = sorted(f"{path.relative_to(PAPER)}" for path in PAPER.rglob("*") if path.is_file())


@pytest.fixture
def made(tmp_path):
    """Return a function that draws a template of a given source."""
    (tmp_path / "includes").mkdir()
    (tmp_path / "includes" / "_parts.html").write_text("")
    engine = Paper({"NAME": "made", "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {}})

    def draw(source, **context):
        # The same source is the same template.
        name = f"{hashlib.sha256(source.encode()).hexdigest()}.html"
        (tmp_path / name).write_text(source)
        return engine.get_template(name).render(context)

    return draw


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_template_compiles(name, language):
    with override(language):
        engines["reader"].get_template(name)


def test_whatever_is_shown_is_escaped(made):
    hostile = "<script>\"&'"
    assert made("{{ said }}", said=hostile) == "&lt;script&gt;&#34;&amp;&#39;"
    assert made("{% trans said=said %}Read at {{ said }}{% endtrans %}", said="<b>") == "Read at &lt;b&gt;"
    assert made("{% macro part(x) %}<i>{{ x }}</i>{% endmacro %}{{ part(said) }}", said="<b>") == "<i>&lt;b&gt;</i>"


def test_texts_are_those_of_the_language_asked_for(made):
    source = "{{ _('Topics') }} {{ url('topic-list') }} {{ language() }} {{ pgettext('number of the edition', 'No.') }}"
    drawn = []
    for language in ("en", "de", "en"):
        with override(language):
            drawn.append(made(source))
    assert drawn == ["Topics /topics/ en No.", "Themen /topics/ de Nr.", "Topics /topics/ en No."]


def test_what_is_the_same_on_all_pages_is_called_once(made, monkeypatch):
    calls = []
    monkeypatch.setitem(FIXED, "static_prefix", lambda: calls.append(1) or "/files/")
    source = "{% macro prefix() %}{{ static_prefix() }}{% endmacro %}{{ prefix() }}"
    assert [made(source) for _time in range(3)] == ["/files/"] * 3
    assert calls == [1]


def test_a_name_in_an_address_is_no_constant(made):
    assert [made("{{ url('topic', slug) }}", slug=slug) for slug in ("ai", "space")] == [
        "/topics/ai/",
        "/topics/space/",
    ]


def test_what_is_included_sees_what_stands_around_it(made, tmp_path):
    (tmp_path / "includes" / "_one.html").write_text("{% set name = name ~ '!' %}{{ name }} {{ number }}\n")
    source = "{% for number in (1, 2) %}{% with name='a' %}{% include 'includes/_one.html' %}{% endwith %};{% endfor %}"
    assert made(source + "{{ name }}", name="outer") == "a! 1;a! 2;outer"


def test_templates_extend_and_import_others(made, tmp_path):
    (tmp_path / "base.html").write_text("[{% block main %}{% endblock %}]")
    (tmp_path / "macros.html").write_text(
        "{% macro link(slug) %}{{ url('topic', slug) }}{{ _('Topics') }}{% endmacro %}"
    )
    source = "{% extends 'base.html' %}{% import 'macros.html' as m %}{% block main %}{{ super() }}{{ m.link('ai') }}"
    assert made(source + "{% endblock %}") == "[/topics/ai/Topics]"


def test_what_was_not_given_is_nothing(made):
    assert made("[{{ story.provider.name }}{% if topic.pk %}x{% endif %}]") == "[]"


def test_errors_are_djangos_own(made):
    with pytest.raises(TemplateSyntaxError):
        made("{% if %}")
    with pytest.raises(TemplateDoesNotExist):
        engines["reader"].get_template("admin/index.html")


def test_makemessages_finds_all_kinds_of_texts():
    template = """{{ _('One') }} <a title="{{ _("Two") }}"> {% if a %}{{ pgettext("where", "Three") }}{% endif %}
    {% trans %}Four {{ name }}{% endtrans %} {% trans n=n %}{{ n }} five{% pluralize %}{{ n }} fives{% endtrans %}"""
    assert list(calls_of(template)) == [
        "_('One')\n",
        "_('Two')\n",
        "pgettext('where', 'Three')\n",
        "gettext('Four %(name)s')\n",
        "ngettext('%(n)s five', '%(n)s fives', None)\n",
    ]
