"""Pages on paper: how many sheets they take."""

import re

import pytest

from tests.browser.navigation import settle, visit
from tests.browser.pages import pages
from tests.browser.test_pictures import LOAD_ALL

MOST_SHEETS = {"front": 4, "story": 3, "story-longest-headline": 3, "story-video": 3, "story-with-body": 3}
SHEET = re.compile(rb"/Type\s*/Page\b")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_front_page_takes_four_sheets_and_a_story_three(open_page, site, paper):
    page = open_page("/about/")
    for kind, path in pages().items():
        if kind in MOST_SHEETS:
            visit(page, site.url + path)
            page.evaluate(LOAD_ALL)
            settle(page)
            assert 1 <= len(SHEET.findall(page.pdf(format=paper))) <= MOST_SHEETS[kind], kind
