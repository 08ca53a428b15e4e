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
GERMAN = [ROOT / "locale/de/LC_MESSAGES/django.po", *sorted((ROOT / "desk/theme_texts/de/LC_MESSAGES").glob("*.po"))]


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


# What the German texts must not contain, and what they say instead.
WRONG_GERMAN = {
    r"vor %\(\w+\)[sd] (Tage|Monate|Jahre)\b": "vor %(count)d Tagen",
    r"%\(when\)s Uhr": "times have their “Uhr” already",
    r"\b[Kk]ürzel\b": "Adressname",
    r"\b[Ss]ichern\b": "speichern",
    r"\b[Mm]eldung(en)? ausgeführt": "exportiert",
    r"\b[Aa]ufgehoben\b": "freigegeben, beibehalten",
    r"\b[Gg]ewichtung\b|\b[Hh]itze\b|\b[Rr]ang\b": "Gewicht",
    r"(?<!\()\b[Ss]lot\b|\b[Pp]in(nen)?\b": "Platz",
    r"(?<!\()\b[Pp]rovider\b": "Anbieter at the desk, Medium for readers",
    r"\b[Aa]rtikel (importieren|veröffentlich)|\b[Bb]eiträge\b|(?<!\()\b[Ss]tor(y|ies)\b": "Meldung",
    r"\b[Zz]usammen(ge)?leg": "zusammenführen",
    r"[Ss]till(ge)?leg": "deaktivieren",
    r"\bunser(e|en)? Fassung\b|\bunseres\b": "unser Wert",
    r"\b[Zz]ustand\b": "Status",
    r"\b[Rr]edirect": "leitet weiter",
    r"\bje (Tag|Woche|Sekunde)\b": "pro Tag",
    r"\bAngehalten\b": "Abgestürzt",
    r"Keine Meldung ist so|Was Menschen taten|Wie Leser sie|Mehr vom Tag|Ausgabe von|stünde dort": "plain sentences",
    # Punctuation.
    r"(?<![=\w/])[\"“](?=\w)": "„…“",
    r"\w…|\.\.\.": "a space and “…”",
    r"\d%(?!\()|%\(number\)s%%": "a space before the percent sign",
    r"  |!": "one space; no exclamation mark",
}


@pytest.mark.parametrize("path", GERMAN, ids=lambda path: "/".join(path.parts[-4:]))
@pytest.mark.parametrize(("pattern", "instead"), WRONG_GERMAN.items(), ids=WRONG_GERMAN.values())
def test_wrong_german(path, pattern, instead):
    texts = [text for entry in polib.pofile(path) for text in (entry.msgstr, *entry.msgstr_plural.values())]
    assert [text for text in texts if re.search(pattern, text.strip().replace("\n", ""))] == [], instead


def test_no_text_with_one_form_has_a_noun_that_only_fits_several():
    """ "Von 1 Meldungen entfernt": such a text needs a plural."""
    texts = [entry.msgstr for entry in polib.pofile(GERMAN[0]) if not entry.msgid_plural]
    assert [text for text in texts if re.search(r"%\(\w+\)d (Meldungen|Themen|Anbieter|Konflikte)", text)] == [
        # Only with several.
        "%(n)d Themen löschen",
    ]


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
