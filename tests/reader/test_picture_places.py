"""How wide pictures are shown: the values of `sizes`, and what they need in pixels."""

import pytest

from reader.picture_places import PLACES, magnification_in, most_pixels, sizes_of

ROW = PLACES["row"]


def test_sizes_go_from_the_widest_window_to_all_others():
    assert sizes_of(PLACES["river"]) == "6rem"
    assert sizes_of(ROW) == "(min-width: 64rem) 16.5rem, (min-width: 40rem) 12rem, 6rem"
    assert sizes_of(PLACES["lead"]).split(", ") == [
        *("(min-width: 200rem) 74.75rem", "(min-width: 140rem) 57.5rem"),
        *("(min-width: 75rem) 46rem", "(min-width: 64rem) calc(66.67vw - 4rem)"),
        *("(min-width: 40rem) calc(100vw - 3rem)", "calc(100vw - 2rem)"),
    ]


def test_picture_whose_sides_are_cut_off_needs_more_pixels_than_its_box():
    assert magnification_in(ROW, 2250, 1000) == 1.5
    assert sizes_of(ROW, 1.5) == "(min-width: 64rem) 24.75rem, (min-width: 40rem) 18rem, 9rem"
    assert sizes_of(PLACES["second"], 1.5).endswith(
        "(min-width: 40rem) calc((50vw - 2.25rem) * 1.5), calc((100vw - 2rem) * 1.5)"
    )
    assert most_pixels(ROW, 1.5) == 3 * 264


@pytest.mark.parametrize(("size", "magnification"), [((1800, 1000), 1), ((1815, 1000), 1.21), ((500, 1000), 1)])
def test_picture_that_is_cut_slightly_or_above_and_below_needs_no_more(size, magnification):
    assert magnification_in(ROW, *size) == magnification


def test_tall_picture_is_narrower_than_the_box_that_contains_it():
    assert magnification_in(PLACES["story"], 500, 1000, is_contained=True) == 0.5


def test_every_place_ends_with_the_size_in_any_window():
    for place in PLACES.values():
        *conditional, last = sizes_of(place).split(", ")
        assert all(size.startswith("(min-width: ") for size in conditional)
        assert not last.startswith("(")
