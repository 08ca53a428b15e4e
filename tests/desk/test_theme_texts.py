"""desk/theme_texts: German for the texts of unfold, the admin theme, and English for those that read wrongly."""

import ast
import re
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from tests.conftest import ROOT

CATALOGUES = sorted((ROOT / "desk" / "theme_texts").glob("*/LC_MESSAGES/*.po"))
SAME_IN_GERMAN = {"System"}

TAG = re.compile(r"""\{%-?\s*trans(?:late)?\s+(["'])(?P<text>.*?)\1|\b_\((["'])(?P<literal>.*?)\3\)""")
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b(?P<options>.*?)%\}(?P<text>.*?)\{%\s*endblocktrans", re.DOTALL)
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
GETTEXT = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy")
THEME_SCRIPT_TEXT = re.compile(r"\bthemeTexts\.(\w+)")
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\}")


def folders_of_unfold():
    """Return the folders of unfold and of its parts that are installed."""
    apps = {app.partition(".apps.")[0] for app in settings.INSTALLED_APPS if app.startswith("unfold")}
    return [Path(find_spec(app).origin).parent for app in sorted(apps)]


def files_of_unfold(ending):
    """Return the files of the installed parts of unfold; those of its other parts are not used."""
    folders = folders_of_unfold()
    parts = [path for path in (folders[0] / "contrib").iterdir() if path not in folders]
    files = {path for folder in folders for path in folder.rglob(f"*{ending}")}
    return sorted(path for path in files if not any(path.is_relative_to(part) for part in parts))


def texts_of_template(source):
    """Return the texts of a template to translate: (singular,) or (singular, plural)."""
    texts = [(match["text"] or match["literal"],) for match in TAG.finditer(source)]
    for block in BLOCK.finditer(source):
        parts = [VARIABLE.sub(r"%(\1)s", part) for part in PLURAL.split(block["text"])]
        if "trimmed" in block["options"]:
            parts = [" ".join(part.split()) for part in parts]
        texts.append(tuple(parts))
    return texts


def texts_of_module(source):
    """Return the texts of a Python module to translate: (singular,) or (singular, plural)."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [(getattr(call.func, "id", ""), call.args) for call in calls]
    arguments = [args[: 2 if "ngettext" in name else 1] for name, args in names if name in GETTEXT]
    return [tuple(argument.value for argument in texts if isinstance(argument, ast.Constant)) for texts in arguments]


def theme_texts():
    """Return the texts of unfold to translate: a set of (singular,) or (singular, plural)."""
    readers = {".html": texts_of_template, ".py": texts_of_module}
    texts = {
        text for ending, read in readers.items() for path in files_of_unfold(ending) for text in read(path.read_text())
    }
    return texts - {()}


def django_texts(domain, language):
    """Return the entries of Django's catalogues of the admin and of accounts."""
    folders = [Path(find_spec(app).origin).parent for app in ("django.contrib.admin", "django.contrib.auth")]
    paths = [folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po" for folder in folders]
    return [entry for path in paths if path.exists() for entry in polib.pofile(path)]


def translated(text):
    """Return the forms of a text in the active language."""
    return [gettext(*text)] if len(text) == 1 else [ngettext(*text, number) for number in (1, 2)]


def test_texts_of_the_theme_are_collected():
    assert {
        ("Welcome back to",),
        ("Select action to run",),
        ("%(counter)s result", "%(counter)s results"),
    } <= theme_texts()


def test_the_theme_is_german_in_german():
    with override("de"):
        english = [text for text in theme_texts() if any(form in text for form in translated(text))]
    assert {text for (text,) in english} == SAME_IN_GERMAN


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_texts_without_a_translation_in_django_are_german(domain):
    german = [*django_texts(domain, "de"), *polib.pofile(ROOT / f"desk/theme_texts/de/LC_MESSAGES/{domain}.po")]
    translated = {entry.msgid for entry in german if entry.translated()}
    assert [entry.msgid for entry in django_texts(domain, "en") if entry.msgid not in translated] == []


def test_wrong_english_is_corrected():
    with override("en"):
        assert gettext("No results found") == "Nothing found"
        assert "yielded" not in gettext("This page yielded into no results. Create a new item or reset your filters.")


def test_texts_of_the_project_come_first():
    assert settings.LOCALE_PATHS == [ROOT / "locale", ROOT / "desk" / "theme_texts"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
class TestCatalogue:
    def test_it_is_compiled(self, path):
        def texts(catalogue):
            return {one.msgid: one.msgstr or dict(one.msgstr_plural) for one in catalogue}

        assert texts(polib.pofile(path)) == texts(polib.mofile(path.with_suffix(".mo")))

    def test_nothing_is_missing_and_placeholders_are_kept(self, path):
        for entry in polib.pofile(path):
            for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
                assert text
                assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(entry.msgid)), entry.msgid

    def test_every_text_is_in_use(self, path):
        in_use = {text[0] for text in theme_texts()} | {entry.msgid for entry in django_texts(path.stem, "en")}
        assert {entry.msgid for entry in polib.pofile(path)} <= in_use


class TestPagesInGerman:
    """What neither a catalogue of Django nor one of unfold translates."""

    @pytest.fixture
    def page(self, admin_client):
        def fetch(url):
            return unescape(admin_client.get(url, headers={"accept-language": "de"}).content.decode())

        return fetch

    def test_permissions(self, page):
        text = page(reverse("admin:auth_group_add"))
        labels = re.findall(r"<option value=\"\d+\"[^>]*>(.*?)</option>", text)
        assert labels
        assert [label for label in labels if "Can " in label] == []

    def test_deleting_a_group_names_no_rows_of_tables(self, page):
        group = Group.objects.get(name="editor")
        text = page(reverse("admin:auth_group_delete", args=[group.pk]))
        assert "„editor“ löschen wollen" in text
        assert "relationship" not in text

    def test_the_title_of_a_list_is_a_plural(self, page):
        assert re.search(r"<title>\s*Benutzer\s*\|", page(reverse("admin:auth_user_changelist")))

    def test_the_delete_button_is_a_verb(self, page):
        group = Group.objects.get(name="editor")
        delete_url = reverse("admin:auth_group_delete", args=[group.pk])
        buttons = re.findall(
            rf'<a[^>]*href="{delete_url}"[^>]*>(.*?)</a>', page(delete_url[: -len("delete/")] + "change/"), re.DOTALL
        )
        assert [" ".join(button.split()) for button in buttons] == ["Löschen"]

    def test_the_slug_of_a_topic_is_named_as_that_of_a_story(self, page):
        for url in (reverse("admin:articles_topic_add"), reverse("admin:articles_article_changelist")):
            assert "Kürzel" not in page(url)
        assert "Adressname" in page(reverse("admin:articles_topic_add"))

    def test_the_theme_s_scripts_get_their_texts_from_every_page(self, page):
        script = (ROOT / "static/js/desk.js").read_text()
        names = {
            re.sub(r"[A-Z]", lambda match: f"-{match[0].lower()}", name) for name in THEME_SCRIPT_TEXT.findall(script)
        }
        for url in (reverse("admin:index"), reverse("admin:auth_user_changelist"), reverse("admin:auth_group_add")):
            texts = re.search(r"<template id=\"desk-texts\"(.*?)>", page(url), re.DOTALL)[1]
            given = dict(re.findall(r"data-([\w-]+)=\"(.*?)\"", texts))
            assert given.keys() == names
            assert given["no-results"] == "Nichts gefunden"
