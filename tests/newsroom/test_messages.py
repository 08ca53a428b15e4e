"""Translations are complete, keep their placeholders, and are compiled."""

import re

import polib
import pytest
from django.conf import settings
from django.utils.translation import override

from reader.template_filters import LOCALES
from tests.conftest import ROOT
from tests.factories import make_related, make_story

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))


def test_every_language_but_english_has_its_catalogue():
    assert {path.parts[-3] for path in CATALOGUES} == {code for code, _name in settings.LANGUAGES} - {"en"}


def test_every_language_has_its_open_graph_locale():
    assert LOCALES.keys() == dict(settings.LANGUAGES).keys()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
class TestCatalogue:
    def test_nothing_is_missing_or_guessed(self, path):
        catalogue = polib.pofile(path)
        assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []

    def test_placeholders_are_kept(self, path):
        for entry in polib.pofile(path):
            texts = [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]
            allowed = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            assert all(set(PLACEHOLDER.findall(text)) <= allowed for text in texts), entry.msgid
            assert set(PLACEHOLDER.findall(texts[-1])) == allowed, entry.msgid

    def test_it_is_compiled(self, path):
        written, compiled = polib.pofile(path), polib.mofile(path.with_suffix(".mo"))

        def texts(catalogue):
            return {(one.msgctxt or None, one.msgid): one.msgstr or dict(one.msgstr_plural) for one in catalogue}

        assert texts(written) == texts(compiled)


@pytest.mark.django_db
def test_a_page_in_german(client):
    story = make_story(outlets=2)
    make_related(story)
    page = client.get(story.get_absolute_url(), headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de"' in page
    assert "Auch bei <bdi>" in page
    assert "vor " in page or "November" in page
    with override("de"):
        assert client.get("/", headers={"accept-language": "fr"}).headers["Content-Language"] == "en"
