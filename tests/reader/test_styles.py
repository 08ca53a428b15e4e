"""The style sheets hold together where no browser would say that they do not."""

import re

from tests.conftest import ROOT

TOKENS = ROOT / "static" / "css" / "tokens.css"


def test_the_dark_of_the_system_is_the_dark_a_reader_chooses():
    systems = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', TOKENS.read_text(), re.DOTALL)
    chosen = re.search(r'^  :root\[data-theme="dark"\] \{(.*?)\}', TOKENS.read_text(), re.DOTALL | re.MULTILINE)
    assert systems[1].split() == chosen[1].split() != []


def test_cards_are_printed_whole_and_stories_over_several_sheets():
    sheet = (ROOT / "static" / "css" / "print.css").read_text()
    (whole,) = re.findall(r"([^{}]*)\{\s*break-inside: avoid;\s*\}", sheet)
    selectors = re.sub(r"/\*.*?\*/", "", whole, flags=re.DOTALL).split(",")
    assert [selector.strip() for selector in selectors] == [".card", "figure", "li"]
