"""The style sheets hold together where no browser would say that they do not."""

import re

from tests.conftest import ROOT

TOKENS = ROOT / "static" / "css" / "tokens.css"


def test_the_dark_of_the_system_is_the_dark_a_reader_chooses():
    systems = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', TOKENS.read_text(), re.DOTALL)
    chosen = re.search(r'^  :root\[data-theme="dark"\] \{(.*?)\}', TOKENS.read_text(), re.DOTALL | re.MULTILINE)
    assert systems[1].split() == chosen[1].split() != []
