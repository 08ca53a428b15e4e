"""Not tests: `make screenshots` takes the pictures of the documentation, to be looked at by people."""

import shutil
import subprocess

import pytest

from articles.models import Article
from tests.browser.navigation import visit
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


# Scripts of the demo's stories that common fonts lack, as fontconfig names them.
REQUIRED_FONTS = ("ar", "he", "ja", "ko", "zh", "und-zsye")


@pytest.fixture(autouse=True, scope="session")
def fonts():
    """Fail where a font is missing: its texts would be boxes in every picture."""
    assert shutil.which("fc-list"), "fontconfig is missing (Debian: apt-get install fontconfig)"
    missing = [
        language
        for language in REQUIRED_FONTS
        if not subprocess.run(["fc-list", f":lang={language}"], capture_output=True, check=True).stdout  # noqa: S607
    ]
    assert not missing, f"Install fonts for {missing} (Debian: fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji)"


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
    page.set_viewport_size({"width": width, "height": 1000})
    for name, path in paths.items():
        # The form's view for readers comes after the page.
        visit(page, site.url + path)
        page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.jpg", type="jpeg", quality=72)
