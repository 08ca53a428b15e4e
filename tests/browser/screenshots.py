"""Not a test of anything: `make screenshots` takes every page's picture, to be looked at by people."""

import pytest

from articles.models import Article
from tests.browser.pages import pages
from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "screenshots"
STORIES = "/admin/articles/article/"
LOOKS = [(width, theme) for width in (375, 1440) for theme in ("light", "dark")]
TRACKED_PAGES = (
    "front",
    "story",
    "story-longest-headline",
    "story-right-to-left",
    "story-without-picture",
    "topic",
    "provider",
    "topic-list",
    "provider-list",
    "story-video",
    "story-with-body",
    "search",
    "search-nothing",
    "archive",
    "archive-month",
    "about",
    "offline",
    "withdrawn",
    "not-found",
)


def take(page, name, width, theme):
    # Pictures further down are loaded only when they come near.
    page.evaluate(
        """Promise.all([...document.images].map((image) => {
             image.loading = "eager";
             return image.decode().catch(() => {});
           }))"""
    )
    FOLDER.mkdir(exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.jpg", type="jpeg", quality=72, full_page=True)


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_screenshots_of_the_reader_site(open_page, site, width, theme):
    page = open_page("/", width, theme)
    for kind, path in pages().items():
        if kind in TRACKED_PAGES:
            page.goto(site.url + path)
            take(page, kind, width, theme)


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_screenshots_of_the_desk(sign_in, site, width, theme):
    page = sign_in("editor", width, theme)
    story = Article.objects.order_by("-heat").first()
    paths = {
        "desk": "/admin/",
        "desk-stories": STORIES,
        "desk-story": f"{STORIES}{story.pk}/change/",
        "desk-providers": "/admin/providers/provider/",
        "desk-topics": "/admin/articles/topic/",
    }
    for name, path in paths.items():
        page.goto(site.url + path)
        page.set_viewport_size({"width": width, "height": 1000})
        page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.jpg", type="jpeg", quality=72)
