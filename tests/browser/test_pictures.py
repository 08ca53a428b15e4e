"""Pictures on the reader's pages: the right file for each place, little to load, and nothing that moves."""

import pytest
from django.core.cache import cache

from reader import front_page
from reader.front_page import compose_front_page
from reader.views import stories
from tests.browser.navigation import Traffic, settle, visit
from tests.browser.pages import pages
from tests.browser.test_reading import SHIFTS

WITH_PICTURES = ("front", "topic", "provider", "story", "story-video", "archive-month", "provider-list")
WITHOUT_THUMBNAILS = ("front", "story", "story-video")
WITH_SIZES = (*WITHOUT_THUMBNAILS, "topic", "provider", "archive-month")
MAGNIFIED = 2240
# A phone of today.
PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2}
MOST_BYTES = 600_000
# The width that `sizes` gives, which is the natural width of an image with width descriptors, and that of the image in
# the layout, where a wide picture is cropped at its sides.
WIDTHS = """(selector) => [...document.querySelectorAll(selector)].filter((image) => image.currentSrc
    && image.parentElement.querySelector("source[sizes]")).map((image) => {
  const box = image.getBoundingClientRect();
  const [width, height] = [image.getAttribute("width"), image.getAttribute("height")].map(Number);
  const fit = getComputedStyle(image).objectFit === "contain" ? Math.min : Math.max;
  return [image.naturalWidth, box.width, fit(box.width, box.height * width / height)];
})"""
LOAD_ALL = "() => { for (const image of document.images) image.loading = 'eager'; }"
SCROLL = "window.scrollTo(0, document.body.scrollHeight)"


@pytest.mark.parametrize("width", [360, 700, 1100, 1440, 2300])
def test_sizes_are_those_of_the_layout(open_page, site, width):
    page = open_page("/", width)
    # In the widest windows, thumbnails are larger than their sizes say.
    kinds = WITH_SIZES if width < MAGNIFIED else WITHOUT_THUMBNAILS
    for kind, path in pages().items():
        if kind in kinds:
            visit(page, site.url + path)
            page.evaluate(LOAD_ALL)
            settle(page)
            assert_sizes(page, kind)


@pytest.mark.parametrize("width", [375, 768, 1024, 1440])
@pytest.mark.parametrize("sections", [1, 2, 3, 4])
def test_sizes_are_those_of_the_columns_of_sections(open_page, site, monkeypatch, width, sections):
    monkeypatch.setattr(front_page, "SECTIONS", sections)
    cache.clear()
    page = open_page("/", width)
    # Other tests get the page with all sections.
    cache.clear()
    page.evaluate(LOAD_ALL)
    settle(page)
    assert page.locator(".section").count() == sections
    assert_sizes(page, sections, ".card-section-lead .picture img")


@pytest.mark.parametrize("width", [375, 700, 1024, 1100, 1440])
@pytest.mark.parametrize("is_textual", [False, True], ids=["lead-with-picture", "lead-without"])
def test_sizes_are_those_of_the_rows_below_the_lead(open_page, site, monkeypatch, width, is_textual):
    def compose_with_rows():
        front = compose_front_page()
        pictured = [card for card in (front.lead, *front.seconds, *front.river) if card.picture]
        front.lead, *front.seconds = pictured[:3]
        if is_textual:
            front.lead = front.lead._replace(picture_json=None)
        else:
            front.seconds[1] = front.seconds[1]._replace(picture_json=None)
        return front

    monkeypatch.setattr(stories, "compose_front_page", compose_with_rows)
    cache.clear()
    page = open_page("/", width)
    # Other tests get the page as it is.
    cache.clear()
    page.evaluate(LOAD_ALL)
    settle(page)
    assert page.locator(".front-textual").count() == is_textual
    assert page.locator(".seconds-rows .picture").count() == (2 if is_textual else 1)
    assert_sizes(page, width, ".seconds-rows .picture img")


def assert_sizes(page, kind, selector=".picture img"):
    """Compare `sizes` with the widths at which the pictures of a page are shown."""
    measured = page.evaluate(WIDTHS, selector)
    assert measured, kind
    for given, box, shown in measured:
        # A picture that is hardly cropped is given as wide as its box.
        assert box * 0.97 <= given <= max(shown, box) * 1.03 or abs(given - shown) <= 0.03 * shown, kind
        assert given >= 0.75 * shown, kind


def test_front_page_of_a_phone_loads_few_bytes(chromium, site):
    context = chromium.new_context(**PHONE, service_workers="block")
    Traffic.follow(context, javascript=True)
    page, requests = context.new_page(), {}
    page.on("requestfinished", lambda request: requests.update({request.url: request}))
    visit(page, site.url)
    page.evaluate(LOAD_ALL)
    settle(page)
    pictures = [request for url, request in requests.items() if "/media/" in url]
    shown = page.evaluate("[...document.images].map((image) => image.currentSrc)")
    assert {request.url for request in pictures} == set(shown)
    assert len(shown) > 20
    weight = sum(request.sizes()["responseBodySize"] for request in pictures)
    context.close()
    assert 0 < weight <= MOST_BYTES
    assert all(url.endswith((".avif", ".webp")) for url in shown)


def missing(route):
    route.fulfill(status=404, body="")


def failing(route):
    route.abort()


@pytest.mark.parametrize("answer", [None, missing, failing])
@pytest.mark.parametrize("width", [375, 1440])
def test_nothing_moves_whether_pictures_come_or_not(open_page, site, width, answer):
    page = open_page("/about/", width)
    page.context.add_init_script(SHIFTS)
    if answer:
        page.route("**/media/**", answer)
    for kind, path in pages().items():
        if kind in WITH_PICTURES:
            visit(page, site.url + path)
            page.evaluate(SCROLL)
            settle(page)
            assert page.evaluate("window.shifted") == 0, kind


def test_first_picture_of_the_front_page_is_requested_first(new_page, site):
    page, requested = new_page(375), []
    page.on("request", lambda request: requested.append(request.url))
    visit(page, site.url)
    first = page.locator(".picture img").first
    assert first.evaluate("(image) => [image.fetchPriority, image.loading]") == ["high", "auto"]
    assert first.evaluate("(image) => image.currentSrc") in requested
    assert page.locator(".picture img[fetchpriority]").count() == 1
