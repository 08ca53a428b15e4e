"""What became of a picture, in plain words."""

from datetime import UTC, datetime

import pytest

from articles.models import Image, PictureSource, StoredPicture
from desk.stories.picture_states import PictureState, copy_url, describe_state, thumbnail

NAME = f"pictures/ab/{'ab' * 16}-1600x1067.jpg"
STEM = f"/media/pictures/ab/{'ab' * 16}"
SIZE = "1,600 × 1,067 pixels, 214.0\xa0KB"
SITE_TEXT = "Many stories of this provider have this picture. It leads the story only if you choose it."

HALF_PAST_FIVE = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)


def stored(**fields):
    return StoredPicture(**{"file": NAME, "width": 1600, "height": 1067, "bytes": 214 * 1024, **fields})


def shown(*, file=NAME, **fields):
    return Image(**{"url": "https://img.example/a.jpg", "file": file, "stored": stored(), **fields})


def failing(**fields):
    source = PictureSource(url="https://img.example/a.jpg", **fields)
    return Image(url=source.url, source=source)


CASES = [
    (shown(), PictureState("Stored", [SIZE])),
    (shown(url=""), PictureState("Uploaded", [SIZE])),
    (shown(file="pictures/old.png", stored=None), PictureState("Stored", [])),
    (shown(stored=stored(is_site_picture=True)), PictureState("Site picture", [SIZE, SITE_TEXT])),
    (shown(source=PictureSource(is_site_picture=True)), PictureState("Site picture", [SIZE, SITE_TEXT])),
    (Image(url="/a.jpg"), PictureState("Not downloaded yet", [])),
    (Image(), PictureState("No file", [], is_problem=True)),
    (failing(state="waiting"), PictureState("Not downloaded yet", [])),
    (failing(state="stored", stored=stored()), PictureState("Not downloaded yet", [])),
    (
        failing(state="refused", reason="svg"),
        PictureState("Not usable", ["SVG drawings are not stored: they can contain scripts."], is_problem=True),
    ),
    (failing(state="blocked"), PictureState("Removed and blocked", [], is_problem=True)),
    (failing(state="never"), PictureState("Provider's pictures are not stored", [])),
    (
        failing(state="failed", reason="status", http_status=404, attempts=1),
        PictureState(
            "Download failed",
            [
                "The server responded with an error (HTTP 404).",
                "1 attempt.",
                "No further attempt unless you start one.",
            ],
            is_problem=True,
        ),
    ),
    (
        failing(state="failed", reason="timeout", attempts=2, next_attempt_at=HALF_PAST_FIVE),
        PictureState(
            "Download failed",
            ["The server took too long.", "2 attempts.", "Next attempt: 27 Nov 2026, 17:30 UTC."],
            is_problem=True,
        ),
    ),
]


@pytest.mark.parametrize(
    ("image", "state"), CASES, ids=lambda case: case.label if isinstance(case, PictureState) else ""
)
def test_state(image, state, settings):
    settings.TIME_ZONE = "UTC"
    assert describe_state(image) == state


@pytest.mark.parametrize(
    ("name", "width", "url"),
    [
        (NAME, 128, f"{STEM}-320.webp"),
        (NAME, 320, f"{STEM}-320.webp"),
        (NAME, 321, f"{STEM}-640.webp"),
        (NAME, 5000, f"{STEM}-1600.webp"),
        ("pictures/old.png", 128, "/media/pictures/old.png"),
    ],
)
def test_the_narrowest_copy_that_is_wide_enough(name, width, url):
    assert copy_url(name, width) == url


def test_thumbnails_of_lists():
    assert f'src="{STEM}-320.webp"' in thumbnail(shown())
    assert "No picture" in thumbnail(None) == thumbnail(Image(url="https://img.example/a.jpg"))
