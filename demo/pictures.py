"""Draw stand-in news pictures and provider marks, so that demo pages look real without a network.

Everything is seeded by the sha256 of a URL or a name: one argument, one picture, on every machine.
"""

import hashlib
import io
import random
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from demo import scenes
from demo.canvas import LARGEST_SIDE, Canvas, Colour, Palette, Point

FALLBACK_SIZE = (1200, 800)
MOST_OBLONG = 3
JPEG_QUALITY = 80
LOGO_SIZES = (16, 1024)
FALLBACK_LOGO_SIZE = 200

PALETTES = [
    Palette.from_hex(inks)
    for inks in (
        "f2e8d5 d9c7a3 7f9c96 d2603d 22384a",
        "efe6dd c9d2cf 6e8ca0 dd9d35 2b2f48",
        "f4ebdd e6b9a0 b5626a eeb44c 3a2a4a",
        "eceae0 b9c9b5 5f8a70 dd784e 1f3d3a",
        "f1e5d1 bfd0d6 4f7f99 cf4b40 1c2b3a",
        "f0e4d8 e3c5b5 8a7ba0 df8656 2e2547",
        "f3ecd9 d8cfa8 98995c c2563f 3a392b",
        "ede8e0 c4cdd6 7c8fb0 e2ab48 25304f",
        "f5e9dc efc8a7 47898a d1524f 143a44",
        "efe9df d7c2c0 a06a78 e0a35e 30283a",
    )
]
LOGO_PAPER = (247, 242, 232)
LOGO_INK = (27, 28, 33)
# Marks with a bar at their foot; what stands on it sits higher.
FOOTED = ("foot", "paper")
LOGO_COLOURS = [
    tuple(bytes.fromhex(ink))
    for ink in [
        "b3261e",
        "0b5d5e",
        "1d4e9e",
        "7a2e6b",
        "c25a12",
        "1f6b3a",
        "2b2d6e",
        "8a1f3d",
        "0f4c5c",
        "5b3a1e",
        "d08a00",
        "3d5a80",
    ]
]


def draw_picture(url: str, width: int, height: int, subject: str = "") -> bytes:
    """Draw the picture a URL stands for.

    Sizes are pixels; the longest side is brought down to 1280, ratios are held within 1:3..3:1 by
    lengthening the shorter side, and a size that is not positive means 1200x800. `subject` is a topic's
    name and picks the scene; one we do not know leaves it to the URL. Returns a progressive JPEG.
    """
    rng = _seeded(url)
    palette, mirrored, any_scene = rng.choice(PALETTES), rng.random() < 0.5, rng.choice(list(scenes.SCENES))
    canvas = Canvas(picture_size(width, height), rng, palette)
    scenes.SCENES[scenes.scene_for(subject) or any_scene](canvas)
    out = io.BytesIO()
    canvas.finish(mirrored).save(out, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return out.getvalue()


def picture_size(width: int, height: int) -> tuple[int, int]:
    """Bring a size asked for within what is drawn, in pixels."""
    if width <= 0 or height <= 0:
        width, height = FALLBACK_SIZE
    longest = max(width, height)
    least = longest / MOST_OBLONG
    scale = min(1, LARGEST_SIDE / longest)
    return max(1, round(max(width, least) * scale)), max(1, round(max(height, least) * scale))


def draw_logo(name: str, size: int) -> bytes:
    """Draw a provider's mark: its first letter, or a figure where the font lacks that letter.

    `size` is pixels a side, held within 16..1024; one that is not positive means 200. Returns a PNG.
    """
    size = min(max(size, LOGO_SIZES[0]), LOGO_SIZES[1]) if size > 0 else FALLBACK_LOGO_SIZE
    rng = _seeded(name)
    colour, shape = rng.choice(LOGO_COLOURS), rng.choice(("solid", "solid", "disc", "foot", "paper"))
    mark = Image.new("RGB", (size * 4, size * 4), LOGO_PAPER if shape in ("disc", "paper") else colour)
    ground = _logo_ground(mark, shape, colour)
    letter = _first_letter(name)
    if letter and _has_glyph(letter):
        _logo_letter(mark, letter, ground, shape)
    else:
        _logo_figure(mark, rng, ground, shape)
    out = io.BytesIO()
    mark.reduce(4).save(out, "PNG", optimize=True)
    return out.getvalue()


def _logo_ground(mark: Image.Image, shape: str, colour: Colour) -> Colour:
    """Draw what lies behind the letter; return the ink the letter takes."""
    pen, side = ImageDraw.Draw(mark), mark.width
    if shape == "disc":
        inset = side * 0.04
        pen.ellipse((inset, inset, side - inset, side - inset), fill=colour)
    elif shape == "foot":
        pen.rectangle((0, side * 0.84, side, side), fill=LOGO_INK)
    elif shape == "paper":
        pen.rectangle((0, side * 0.84, side, side), fill=colour)
        return colour
    return LOGO_PAPER


def _logo_letter(mark: Image.Image, letter: str, ink: Colour, shape: str) -> None:
    side = mark.width
    tall = side * (0.5 if shape != "solid" else 0.58)
    font = ImageFont.load_default(size=tall * 1.36)
    # The font comes in one weight only; the outline makes it heavy enough to read at 50 pixels.
    box = font.getbbox(letter, stroke_width=side * 0.016)
    centre = side * (0.42 if shape in FOOTED else 0.5)
    at = (side / 2 - (box[0] + box[2]) / 2, centre - (box[1] + box[3]) / 2)
    ImageDraw.Draw(mark).text(at, letter, ink, font, stroke_width=side * 0.016)


def _logo_figure(mark: Image.Image, rng: random.Random, ink: Colour, shape: str) -> None:
    """Draw a plain figure of circles and bars, on a grid of sixteenths of the mark."""
    pen, unit = ImageDraw.Draw(mark), mark.width / 16
    x, y = 8 * unit, (6.7 if shape in FOOTED else 8) * unit
    figure = rng.choice((_rings, _bars, _petals, _arch))
    figure(pen, (x, y), unit * (1 if shape == "solid" else 0.9), ink, rng)


def _rings(pen: ImageDraw.ImageDraw, at: Point, unit: float, ink: Colour, rng: random.Random) -> None:
    pen.circle(at, 4.4 * unit, outline=ink, width=round(1.1 * unit))
    offset = rng.choice((-1, 0, 1)) * unit
    pen.circle((at[0] + offset, at[1] + offset), 1.9 * unit, fill=ink)


def _bars(pen: ImageDraw.ImageDraw, at: Point, unit: float, ink: Colour, rng: random.Random) -> None:
    # Upright: lying bars of unlike length read as an E or an F.
    foot = at[1] + 4 * unit
    for step, tall in enumerate(rng.sample((8, 5.2, 6.6, 3.4), 4)):
        left = at[0] + (step * 2.2 - 4) * unit
        pen.rectangle((left, foot - tall * unit, left + 1.4 * unit, foot), fill=ink)


def _petals(pen: ImageDraw.ImageDraw, at: Point, unit: float, ink: Colour, rng: random.Random) -> None:
    """Lay four quarter discs about the middle, their points in or out."""
    inward, gap, radius = rng.random() < 0.5, 0.25 * unit, 4 * unit
    for quarter, (dx, dy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        reach = gap if inward else gap + radius
        x, y = at[0] + dx * reach, at[1] + dy * reach
        start = quarter * 90 if inward else quarter * 90 + 180
        pen.pieslice((x - radius, y - radius, x + radius, y + radius), start, start + 90, fill=ink)


def _arch(pen: ImageDraw.ImageDraw, at: Point, unit: float, ink: Colour, _rng: random.Random) -> None:
    foot = at[1] + 1.8 * unit
    for reach in (4.4, 2.7, 1):
        box = (at[0] - reach * unit, foot - reach * unit, at[0] + reach * unit, foot + reach * unit)
        pen.arc(box, 180, 360, fill=ink, width=round(min(reach, 0.95) * unit))
    pen.rectangle((at[0] - 4.4 * unit, foot + 0.6 * unit, at[0] + 4.4 * unit, foot + 1.6 * unit), fill=ink)


def _first_letter(name: str) -> str:
    # Half of all papers begin with "The", and their marks never show it. The font has no accents.
    stripped = name.strip()
    if stripped.lower().startswith("the "):
        stripped = stripped[4:]
    plain = unicodedata.normalize("NFKD", stripped)
    return next((letter.upper()[0] for letter in plain if letter.isalnum()), "")


def _has_glyph(letter: str) -> bool:
    font = ImageFont.load_default(size=40)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010ffff"))


def _seeded(key: str) -> random.Random:
    return random.Random(int.from_bytes(hashlib.sha256(key.encode(errors="surrogatepass")).digest()))
