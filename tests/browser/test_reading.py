"""The reader site in a browser: every kind of page, on a phone and a desk, by day and by night."""

import pytest
from django.templatetags.static import static

from tests.browser.accessibility import THEMES, fits, violations
from tests.browser.conftest import HEIGHTS
from tests.browser.navigation import next_page, settle, visit
from tests.browser.pages import pages


@pytest.mark.parametrize("width", [375, 1440])
def test_every_page_is_accessible_and_fits(new_page, site, width):
    page = new_page(width)
    for kind, path in pages().items():
        visit(page, site.url + path)
        assert page.locator("h1").count() == 1, kind
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            settle(page)
            faults = [f"{fault['id']}: {fault['help']}" for fault in violations(page)]
            assert faults == [], f"{kind}, {theme}"
            assert fits(page), f"{kind} is wider than the screen, {theme}"


def test_nothing_overflows_between_and_beyond(new_page, site):
    page = new_page()
    for kind, path in pages().items():
        page.goto(site.url + path)
        for width in (320, 768, 2560, 3840):
            page.set_viewport_size({"width": width, "height": HEIGHTS[1440]})
            assert fits(page), f"{kind} is wider than a screen of {width} pixels"


def test_pages_stay_within_their_budgets(open_page, site):
    page = open_page("/")
    fetched = set()
    page.on("response", lambda response: fetched.add(response.url))
    for kind, path in pages().items():
        # Not compressed: the addresses of pictures, which repeat themselves, are a third of a long list.
        assert len(page.goto(site.url + path).body()) < 80_000, kind
        settle(page)
    # Asked for once more, since a response's body can be gone when the page has moved on.
    weights = {
        suffix: sum(len(page.request.get(url).body()) for url in fetched if url.endswith(suffix))
        for suffix in (".css", ".js")
    }
    # The style sheet for paper keeps no screen waiting.
    paper = len(page.request.get(site.url + static("css/print.css")).body())
    assert 0 < paper < 3_000
    assert 0 < weights[".css"] - paper < 41_000
    assert 0 < weights[".js"] < 5_000
    # No script keeps a page from being shown.
    assert page.locator("script[src]:not([defer])").count() == 0


SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("width", [375, 1440])
def test_nothing_jumps_while_a_page_loads(open_page, site, width):
    page = open_page("/", width)
    page.context.add_init_script(SHIFTS)
    for kind, path in pages().items():
        visit(page, site.url + path)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        settle(page)
        assert page.evaluate("window.shifted") < 0.01, kind


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


@pytest.mark.parametrize("path", ["/", "/topics/"])
def test_the_search_is_in_sight_on_a_phone(open_page, path):
    box = open_page(path, 320).get_by_role("link", name="Search").first.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert min(box["width"], box["height"]) >= 44


def test_the_paper_fills_a_very_large_screen(open_page):
    for width in (1440, 3840):
        assert open_page("/", width).locator("main").bounding_box()["width"] > width * 0.45


def test_it_is_printed_dark_on_light_whatever_the_theme(open_page, site):
    for theme, chosen in (("dark", ""), ("light", "dark")):
        page = open_page("/about/", 1440, theme)
        if chosen:
            with next_page(page):
                page.get_by_role("button", name="Dark").click()
        page.emulate_media(media="print")
        # oklch(lightness …) of what is printed, and of the page's background.
        ink, background = page.evaluate(
            "((style) => [style.color, style.backgroundColor])(getComputedStyle(document.body))"
        )
        assert float(ink.partition("(")[2].split()[0]) < 0.4
        assert float(background.partition("(")[2].split()[0]) > 0.9
        assert not page.get_by_role("navigation").first.is_visible()


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [375, 1440])
def test_searching(open_page, width, javascript):
    page = open_page("/", width, javascript=javascript)
    with next_page(page):
        page.get_by_role("link", name="Search").first.click()
    page.get_by_label("Search for").fill("robot learns to as")
    with next_page(page):
        page.get_by_label("Search for").press("Enter")
    assert page.locator("mark").first.inner_text().lower() in ("robot", "learns", "to", "ask")
    title = page.locator(".results h3").first.inner_text()
    with next_page(page):
        page.locator(".results h3 a").first.click()
    assert page.locator("h1").inner_text() == title


def test_a_search_is_narrowed_and_widened_again(open_page):
    page = open_page("/search/?q=the")
    before = page.locator(".results-label").inner_text()
    page.get_by_text("Filter by topic, outlet, type or date").click()
    page.get_by_label("Type").select_option("video")
    with next_page(page):
        page.get_by_role("button", name="Search").click()
    assert page.locator(".results-label").inner_text() != before
    page.goto(page.url.replace("q=the", "q=xyzzy"))
    with next_page(page):
        page.get_by_role("link", name="Clear the filters").click()
    assert page.url.endswith("?q=xyzzy")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_reader_chooses_the_theme_and_it_stays(open_page, javascript):
    page = open_page("/", 1440, "light", javascript=javascript)

    def background():
        return page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")

    light = background()
    with next_page(page):
        page.get_by_role("button", name="Dark").click()
    dark = background()
    assert dark != light
    page.goto(page.url + "about/")
    assert background() == dark
    with next_page(page):
        page.get_by_role("button", name="System").click()
    assert background() == light


def test_choosing_a_language_returns_to_the_same_page(open_page, site):
    page = open_page("/archive/", 375)
    with next_page(page):
        page.get_by_role("button", name="Deutsch").click()
    assert page.url == f"{site.url}/archive/"
    assert page.locator("h1").inner_text() == "Archiv"
    assert page.locator("html").get_attribute("lang") == "de"


def test_pages_are_in_the_readers_language(open_page, site):
    page = open_page("/", 1440, language="de-AT")
    assert page.locator("html").get_attribute("lang") == "de"
    for kind, path in pages().items():
        page.goto(site.url + path)
        if kind != "offline":
            assert page.get_by_role("link", name="Alle Themen").count(), kind


PLAYER = "https://www.youtube-nocookie.com/"


def test_a_video_is_loaded_only_after_a_click(open_page):
    page = open_page(pages()["story-video"], may_ask=[PLAYER])
    requests = []
    page.on("request", lambda request: requests.append(request.url) if request.url.startswith(PLAYER) else None)
    page.context.route(f"{PLAYER}**", lambda route: route.fulfill(body="<p>Player</p>", content_type="text/html"))
    before = page.locator(".player").bounding_box()
    assert page.locator("iframe").count() == 0
    page.get_by_role("link", name="Play video from YouTube").click()
    page.frame_locator("iframe").get_by_text("Player").wait_for()
    assert len(requests) == 1
    after = page.locator(".player").bounding_box()
    assert abs(after["height"] - before["height"]) < 2


def test_a_video_is_a_link_without_javascript(open_page):
    page = open_page(pages()["story-video"], javascript=False)
    link = page.get_by_role("link", name="Play video from YouTube")
    assert link.get_attribute("href").startswith("https://www.youtube.com/watch?v=")


def test_offline_page_without_network(chromium, site):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url)
    page.evaluate("navigator.serviceWorker.ready")
    context.set_offline(True)
    page.goto(f"{site.url}/topics/")
    assert page.locator("h1").inner_text() == "You're offline."
    context.close()


def test_everything_is_reached_by_keyboard(open_page):
    page = open_page("/search/?q=harbour")
    reached = set()
    for _press in range(120):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 300)"))
        outline = page.evaluate(
            """(() => { const element = document.activeElement;
            return [element, ...document.querySelectorAll(":focus-visible")]
              .some((one) => ["", "::after"].some((part) => getComputedStyle(one, part).outlineStyle !== "none"));
            })()"""
        )
        assert outline or page.evaluate("document.activeElement === document.body"), "a focus that nobody sees"
    focusable = page.locator("a[href]:visible, button:visible, input:not([type=hidden]):visible, summary").count()
    assert len(reached) >= focusable * 0.9
