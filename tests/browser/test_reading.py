"""Reading the paper in a browser: every kind of page, on a phone and a desk, by day and by night."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.pages import pages

LOOKS = [(width, theme) for width in (375, 1440) for theme in ("light", "dark")]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_is_accessible_and_fits(open_page, site, width, theme):
    page = open_page("/", width, theme)
    for kind, path in pages().items():
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        faults = [f"{fault['id']}: {fault['help']}" for fault in Axe().run(page).response["violations"]]
        assert faults == [], kind
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{kind} is wider than the screen"
        assert page.locator("h1").count() == 1, kind


@pytest.mark.parametrize("width", [320, 768, 2560])
def test_nothing_overflows_between_and_beyond(open_page, site, width):
    page = open_page("/", width)
    for kind, path in pages().items():
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{kind} is wider than the screen"


def test_pages_stay_within_their_budgets(open_page, site):
    page = open_page("/")
    sizes = {}
    page.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    for kind, path in pages().items():
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        assert sizes[site.url + path] < 60_000, kind
    assert sum(size for url, size in sizes.items() if url.endswith(".css")) < 40_000
    assert not [url for url in sizes if url.endswith(".js")]


def test_the_paper_reads_without_javascript(open_page):
    page = open_page("/", 375, javascript=False)
    headline = page.locator("main h2 a, main h3 a").first
    title = headline.inner_text()
    headline.click()
    assert page.locator("h1").inner_text() == title
    assert page.locator("main a[rel~=nofollow]").first.is_visible()


def test_the_link_to_the_original_is_above_the_fold(open_page, site):
    for width, height in ((375, 812), (1440, 900)):
        page = open_page(pages()["story"], width)
        box = page.get_by_role("link", name="Read at").first.bounding_box()
        assert box["y"] + box["height"] <= height


def test_the_keyboard_reaches_the_news_past_the_masthead(open_page):
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_older_stories_are_a_link_away(open_page):
    page = open_page(pages()["topic"])
    first = page.locator("main h2, main h3").first.inner_text()
    older = page.locator("a[rel~=next]")
    if older.count():
        older.click()
        assert page.locator("main h2, main h3").first.inner_text() != first


def test_the_two_themes_differ(open_page):
    colours = {
        open_page("/", 1440, theme).evaluate("getComputedStyle(document.body).backgroundColor")
        for theme in ("light", "dark")
    }
    assert len(colours) == 2
