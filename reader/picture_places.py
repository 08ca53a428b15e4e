"""Where pages show pictures, and how wide: the values of `sizes`, which repeat what the style sheets lay out."""

from itertools import groupby
from typing import NamedTuple

# From these widths of the window on, all lengths grow (static/css/tokens.css). In `sizes`, 1rem is always 16px.
MAGNIFIED = (("200rem", 1.625), ("140rem", 1.25))
# Thumbnails, of which a page has many, have pixels enough: their sizes name no such window.
THUMBNAIL_REM = 20
# From this width on, the page has its full width, 72rem.
FULL_PAGE = "75rem"
PIXELS_PER_CSS_PIXEL = 2
# A picture that its box cuts no more than this at its sides needs no more pixels.
SLIGHTLY_CUT = 1.2


class Place(NamedTuple):
    """A place that shows a picture in a box.

    `rem` is the width of the box in a full page, `widths` are (width of the window, width of the box) in narrower ones,
    from wide to narrow. `shape` is width by height. `widest` is the greatest width in CSS pixels. A picture narrower
    than `least` pixels would be blurred: the place stays empty.
    """

    rem: float
    widths: tuple[tuple[str, str], ...]
    shape: float
    widest: int
    least: int = 0


FULL_WIDTH = (("40rem", "100vw - 3rem"), ("", "100vw - 2rem"))
# By kind of card (templates/reader/includes/_card_*.html), and the places of a story's own page.
PLACES = {
    "lead": Place(46, (("64rem", "66.67vw - 4rem"), *FULL_WIDTH), 3 / 2, 976, least=560),
    "second": Place(
        21.5, (("64rem", "33.33vw - 3.5rem"), ("40rem", "50vw - 2.25rem"), ("", "100vw - 2rem")), 3 / 2, 608, least=280
    ),
    # A second story beside its picture, in a row of its own.
    "second_row": Place(
        21.5,
        (
            *(("70.5rem", "21.5rem"), ("64rem", "33.33vw - 2rem")),
            *(("46rem", "21.5rem"), ("40rem", "50vw - 1.5rem"), ("", "100vw - 2rem")),
        ),
        3 / 2,
        608,
        least=280,
    ),
    # Below a lead without a picture, these rows are two columns.
    "second_row_narrow": Place(
        17.25,
        (("64rem", "25vw - 1.5rem"), ("46rem", "21.5rem"), ("40rem", "50vw - 1.5rem"), ("", "100vw - 2rem")),
        3 / 2,
        608,
        least=280,
    ),
    "section_lead": Place(
        22, (("64rem", "33.33vw - 3rem"), ("40rem", "50vw - 3rem"), ("", "100vw - 2rem")), 3 / 2, 608, least=280
    ),
    # Two sections have two columns, four have four.
    "section_lead_wide": Place(34.5, (("40rem", "50vw - 3rem"), ("", "100vw - 2rem")), 3 / 2, 608, least=420),
    "section_lead_narrow": Place(
        15.75, (("64rem", "25vw - 3rem"), ("40rem", "50vw - 3rem"), ("", "100vw - 2rem")), 3 / 2, 608, least=280
    ),
    "river": Place(6, (("", "6rem"),), 4 / 3, 96),
    "row": Place(16.5, (("64rem", "16.5rem"), ("40rem", "12rem"), ("", "6rem")), 3 / 2, 264),
    "row_lead": Place(16.5, (("64rem", "16.5rem"), ("40rem", "12rem"), ("", "100vw - 2rem")), 3 / 2, 608),
    "story": Place(47, (("64rem", "66.67vw - 3rem"), *FULL_WIDTH), 3 / 2, 976, least=480),
    "story_small": Place(20, (("", "20rem"),), 3 / 2, 320),
}


def sizes_of(place: Place, magnification: float = 1) -> str:
    """Return the `sizes` of a picture; one that its box crops is shown wider than the box by `magnification`."""
    windows = ((FULL_PAGE, 1), *(() if place.rem < THUMBNAIL_REM else MAGNIFIED[::-1]))
    full = [(window, scaled_rem(place.rem, magnification * factor)) for window, factor in windows]
    narrower = [(window, scaled(length, magnification)) for window, length in place.widths]
    # A wider window in which the width is the same needs no mention.
    sizes = [next(same) for _length, same in groupby([*narrower[::-1], *full], key=lambda size: size[1])]
    return ", ".join(f"(min-width: {window}) {length}" if window else length for window, length in sizes[::-1])


def scaled_rem(rem: float, factor: float) -> str:
    return f"{round(rem * factor, 2):g}rem"


def scaled(length: str, factor: float) -> str:
    """Return a CSS length, which may be a difference, times a factor."""
    if length.endswith("rem") and " " not in length:
        return scaled_rem(float(length.removesuffix("rem")), factor)
    if factor != 1:
        return f"calc(({length}) * {factor:g})"
    return f"calc({length})" if " " in length else length


def magnification_in(place: Place, width: int, height: int, *, is_contained: bool = False) -> float:
    """Return how much wider than its box a picture is shown: 1, more if its sides are cut off.

    A tall picture that the box contains is narrower than its box, which is square then.
    """
    ratio = width / height
    if is_contained:
        return round(min(1.0, ratio), 2)
    cut = round(ratio / place.shape, 2)
    return cut if cut > SLIGHTLY_CUT else 1


def most_pixels(place: Place, magnification: float) -> int:
    """Return the width in pixels beyond which no screen shows more of a picture."""
    return round(place.widest * PIXELS_PER_CSS_PIXEL * magnification)
