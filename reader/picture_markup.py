"""Attributes of `<picture>` and `<img>`, derived from the name of our copy, without a query or a look at a file."""

import mimetypes
from itertools import groupby
from typing import NamedTuple

from django.core.files.storage import default_storage

from pictures.choosing import MOST_WIDE
from pictures.renditions import Rendition, renditions_of, shared_rendition, size_of
from reader.cards import Card, Picture
from reader.picture_places import PIXELS_PER_CSS_PIXEL, PLACES, Place, magnification_in, most_pixels, sizes_of

# The style sheet has a rule for each multiple (static/css/focus.css), as a policy forbids style attributes. A picture
# moves within the part that its box cuts off, so that nobody sees a difference of half a step.
FOCUS_STEP = 10
CENTRE = 50
# What is lost in the upper half of a tall picture are heads.
FOCUS_OF_TALL = 20
# Pixels, of the shorter side: a smaller logo is a smudge.
LEAST_LOGO = 10


class Source(NamedTuple):
    """A <source>: a format, and its files."""

    media_type: str
    srcset: str
    sizes: str


class PictureMarkup(NamedTuple):
    """What a template needs of a picture in one place.

    `width` and `height` give its shape, None if it is unknown; `focus_x` and `focus_y` are percentages that
    static/css/focus.css has rules for, None in the centre. `is_tall`: higher than wide. `is_panorama`: too wide
    to lead.
    """

    src: str
    width: int | None
    height: int | None
    sources: list[Source]
    focus_x: int | None
    focus_y: int | None
    is_tall: bool
    is_panorama: bool


class SharedPicture(NamedTuple):
    """The file of a picture for other sites and feed readers: not larger than they need, in a format that all read."""

    url: str
    media_type: str
    width: int | None
    height: int | None


class Logo(NamedTuple):
    """A logo at the size at which it is sharp."""

    src: str
    width: int
    height: int


def fitting(picture: Picture | None, place_name: str) -> Picture | None:
    """Return a picture if it is sharp in a place of PLACES, else None. A file of earlier releases always is."""
    size = picture and size_of(picture.file)
    return None if size and size[0] < PLACES[place_name].least else picture


def first_pictured(cards: list[tuple[str, list[Card]]]) -> int | None:
    """Return the key of the first of [(kind, Cards)] that shows a picture, which a page loads at once, or None."""
    return next((card.pk for kind, stories in cards for card in stories if fitting(card.picture, kind)), None)


def markup_of(picture: Picture, place_name: str) -> PictureMarkup:
    """Return the PictureMarkup of a picture in one of PLACES."""
    size = size_of(picture.file)
    width, height = size or (picture.width, picture.height)
    is_tall = bool(width and height and height > width)
    is_panorama = bool(width and height and width > MOST_WIDE * height)
    is_contained = (is_tall or is_panorama) and place_name == "story"
    sources = sources_of(picture.file, size, PLACES[place_name], is_contained=is_contained)
    return PictureMarkup(
        src=default_storage.url(picture.file),
        width=width if height else None,
        height=height if width else None,
        sources=sources,
        focus_x=stepped(picture.focal_x),
        focus_y=stepped(FOCUS_OF_TALL if picture.focal_y is None and is_tall else picture.focal_y),
        is_tall=is_tall,
        is_panorama=is_panorama,
    )


def sources_of(name: str, size: tuple[int, int] | None, place: Place, *, is_contained: bool) -> list[Source]:
    """Return the Sources of a picture of this name and size, those of the smallest format first."""
    if size is None:
        return []
    magnification = magnification_in(place, *size, is_contained=is_contained)
    most, sizes = most_pixels(place, magnification), sizes_of(place, magnification)
    return [
        source_of(media_type, useful(list(group), most), sizes)
        for media_type, group in groupby(renditions_of(name), key=lambda rendition: rendition.media_type)
    ]


def useful(renditions: list[Rendition], most: int) -> list[Rendition]:
    """Keep the renditions up to the first that has as many pixels as any screen shows."""
    return [
        rendition
        for rendition, narrower in zip(renditions, [None, *renditions], strict=False)
        if narrower is None or narrower.width < most
    ]


def source_of(media_type: str, renditions: list[Rendition], sizes: str) -> Source:
    if len(renditions) == 1:
        return Source(media_type, default_storage.url(renditions[0].name), "")
    srcset = ", ".join(f"{default_storage.url(rendition.name)} {rendition.width}w" for rendition in renditions)
    return Source(media_type, srcset, sizes)


def stepped(percentage: int | None) -> int | None:
    """Return the nearest percentage that has a rule in the style sheet, None for the centre."""
    if percentage is None:
        return None
    step = FOCUS_STEP * round(percentage / FOCUS_STEP)
    return None if step == CENTRE else step


def shared_picture(name: str) -> SharedPicture:
    """Return the file of the picture of this name for previews and feeds."""
    rendition = shared_rendition(name)
    if rendition is None:
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return SharedPicture(default_storage.url(name), media_type, None, None)
    return SharedPicture(default_storage.url(rendition.name), *rendition[1:])


def logo_of(name: str | None, size: int) -> Logo | None:
    """Return the logo of this name in a square of `size` CSS pixels, or smaller, so that it is sharp at 2x.

    None without a file, and if it would be too small to be recognised. Of files of earlier releases the size is
    unknown: they fill the square.
    """
    if not name:
        return None
    own_size = size_of(name)
    if own_size is None:
        return Logo(default_storage.url(name), size, size)
    scale = min(size / max(own_size), 1 / PIXELS_PER_CSS_PIXEL)
    width, height = (max(1, round(side * scale)) for side in own_size)
    if min(width, height) < LEAST_LOGO:
        return None
    needed = PIXELS_PER_CSS_PIXEL * width
    webp = [rendition for rendition in renditions_of(name) if rendition.media_type == "image/webp"]
    file = next((rendition.name for rendition in webp if rendition.width >= needed), name)
    return Logo(default_storage.url(file), width, height)
