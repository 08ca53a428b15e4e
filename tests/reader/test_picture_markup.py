"""Markup of pictures and logos, from the name of our copy alone."""

import pytest

from pictures.renditions import base_name
from reader.cards import Picture
from reader.front_page import FrontPage, Section
from reader.navigation import Heading
from reader.picture_markup import first_pictured, fitting, logo_of, markup_of, shared_picture
from tests.reader.card_factory import make_card

DIGEST = "ab" * 16
STEM = f"/media/pictures/ab/{DIGEST}"


def name_of(width, height=None, *, has_alpha=False):
    return base_name(DIGEST, (width, height or width * 9 // 16), has_alpha=has_alpha)


def picture(width, height=None, **fields):
    return Picture(name_of(width, height), 60, 40, "", **fields)


def widths(source):
    return [int(candidate.split()[1].removesuffix("w")) for candidate in source.srcset.split(", ")]


def test_sources_are_all_widths_in_both_formats():
    markup = markup_of(picture(1600), "lead")
    assert [source.media_type for source in markup.sources] == ["image/avif", "image/webp"]
    assert markup.sources[0].srcset == ", ".join(
        f"{STEM}-{width}.avif {width}w" for width in (320, 640, 960, 1280, 1600)
    )
    assert markup.sources[1].srcset == ", ".join(
        f"{STEM}-{width}.webp {width}w" for width in (320, 640, 960, 1280, 1600)
    )
    assert (markup.src, markup.width, markup.height) == (f"{STEM}-1600x900.jpg", 1600, 900)


def test_no_file_is_offered_that_is_larger_than_the_place_needs():
    (avif, webp) = markup_of(picture(1600), "row").sources
    assert widths(avif) == widths(webp) == [320, 640]
    (avif, webp) = markup_of(picture(1600), "river").sources
    assert avif == ("image/avif", f"{STEM}-320.avif", "")
    assert webp == ("image/webp", f"{STEM}-320.webp", "")


def test_small_picture_is_offered_in_its_own_width():
    (avif, _webp) = markup_of(picture(300), "row").sources
    assert avif.srcset == f"{STEM}-300.avif"


def test_file_of_an_earlier_release_is_a_single_one():
    markup = markup_of(Picture("pictures/old.png", 60, 40, ""), "lead")
    assert markup == ("/media/pictures/old.png", 60, 40, [], None, None, False, False)
    assert markup_of(Picture("pictures/old.png", 60, None, ""), "lead")[1:3] == (None, None)


@pytest.mark.parametrize(
    ("focus", "steps"),
    [
        ((None, None), (None, None)),
        ((0, 100), (0, 100)),
        ((54, 56), (None, 60)),
        ((33, 37), (30, 40)),
        ((None, 10), (None, 10)),
    ],
)
def test_focal_point_is_rounded_to_steps_that_have_a_rule(focus, steps):
    markup = markup_of(picture(1600, focal_x=focus[0], focal_y=focus[1]), "lead")
    assert (markup.focus_x, markup.focus_y) == steps


def test_crops_of_tall_pictures_keep_their_upper_part_unless_the_desk_chose_a_point():
    assert markup_of(picture(600, 900), "row").focus_y == 20
    assert markup_of(picture(600, 900, focal_y=80), "row").focus_y == 80
    assert markup_of(picture(600, 900, focal_y=50), "row").focus_y is None


def test_a_panorama_is_shown_whole_on_its_own_page():
    markup = markup_of(picture(1600, 300), "story")
    assert markup.is_panorama
    assert markup.sources[0].sizes == markup_of(picture(1600, 1067), "story").sources[0].sizes
    # In a place that crops it, it is wider than the box.
    assert markup_of(picture(1600, 300), "row").sources[0].sizes != markup_of(picture(1600), "row").sources[0].sizes
    assert not markup_of(picture(1600, 400), "story").is_panorama


@pytest.mark.parametrize(("place", "least"), [("lead", 560), ("second", 280), ("section_lead", 280), ("story", 480)])
def test_picture_that_would_be_blurred_is_not_shown(place, least):
    assert fitting(picture(least), place) == picture(least)
    assert fitting(picture(least - 1), place) is None
    old = Picture("pictures/old.png", 60, 40, "")
    assert fitting(old, place) == old
    assert fitting(None, place) is None


def test_first_picture_is_that_of_the_first_story_that_shows_one():
    cards = [
        ("lead", [make_card(1)]),
        ("second", [make_card(2, picture(200)), make_card(3, picture(280))]),
        ("river", [make_card(4, picture(280))]),
    ]
    assert first_pictured(cards) == 3
    assert first_pictured(cards[:1]) is None


@pytest.mark.parametrize(
    ("sections", "kind", "width"),
    [(1, "section_lead", "22rem"), (2, "section_lead_wide", "34.5rem"), (4, "section_lead_narrow", "15.75rem")],
)
def test_sections_are_as_wide_as_their_number_allows(sections, kind, width):
    story = make_card(1, picture(800))
    front = FrontPage(sections=[Section(Heading(1, "Science", "", "science"), [story])] * sections)
    assert front.section_kind == kind
    assert front.first_pictured == 1
    assert f"(min-width: 75rem) {width}," in markup_of(story.picture, kind).sources[0].sizes


def test_shared_picture_has_about_1200_pixels():
    assert shared_picture(name_of(1600)) == (f"{STEM}-1280.webp", "image/webp", 1280, 720)
    # The largest copy is hardly larger.
    assert shared_picture(name_of(1400)) == (f"{STEM}-1400x787.jpg", "image/jpeg", 1400, 787)
    assert shared_picture(name_of(800)) == (f"{STEM}-800x450.jpg", "image/jpeg", 800, 450)
    assert shared_picture(name_of(800, has_alpha=True))[:2] == (f"{STEM}-800x450.webp", "image/webp")
    assert shared_picture("pictures/old.png") == ("/media/pictures/old.png", "image/png", None, None)
    assert shared_picture("pictures/old")[1] == "application/octet-stream"


@pytest.mark.parametrize(
    ("own", "size", "shown"),
    [
        ((400, 400), 72, ("320.webp", 72, 72)),
        ((144, 144), 72, ("144.webp", 72, 72)),
        # Never larger than half of its own pixels.
        ((50, 50), 72, ("50.webp", 25, 25)),
        ((50, 50), 20, ("50.webp", 20, 20)),
        ((800, 400), 72, ("320.webp", 72, 36)),
        ((20, 20), 20, ("20.webp", 10, 10)),
    ],
)
def test_logo_is_sharp(own, size, shown):
    file, *box = shown
    assert logo_of(name_of(*own), size) == (f"{STEM}-{file}", *box)


def test_logo_too_small_to_be_recognised_is_not_shown():
    assert logo_of(name_of(18, 18), 20) is None
    # A long name in a small square.
    assert logo_of(name_of(400, 100), 20) is None
    assert logo_of("", 20) is None
    assert logo_of(None, 20) is None


def test_logo_of_an_earlier_release_fills_its_square():
    assert logo_of("pictures/logo.png", 40) == ("/media/pictures/logo.png", 40, 40)
