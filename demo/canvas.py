"""The surface demo pictures are printed on: flat inks, two grained overprints and a paper's tooth."""

import functools
import math
import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

LARGEST_SIDE = 1280

Colour = tuple[int, int, int]
Point = tuple[float, float]
Grain = tuple[str, float]


class Palette(NamedTuple):
    """Name the five inks of a picture by what they do in it, light to dark."""

    paper: Colour
    pale: Colour
    mid: Colour
    accent: Colour
    deep: Colour

    @classmethod
    def from_hex(cls, inks: str) -> "Palette":
        return cls(*(tuple(bytes.fromhex(ink)) for ink in inks.split()))


class Canvas:
    """Hold one picture in the making.

    Scenes measure in units of the shorter side: x runs 0..w, y runs 0..h, and the smaller of w and h is 1.
    Flat colour is laid at twice the size, for smooth edges; the two grains of overprint, shadow in the
    deepest ink and light in paper, are laid at the size itself because stipple needs no smoothing.
    """

    def __init__(self, size: tuple[int, int], rng: random.Random, palette: Palette):
        self.size = size
        self.rng = rng
        self.palette = palette
        self.unit = min(size)
        self.w, self.h = size[0] / self.unit, size[1] / self.unit
        self.colour = Image.new("RGB", (size[0] * 2, size[1] * 2), palette.paper)
        self.grains = {"shade": Image.new("L", size), "light": Image.new("L", size)}
        self._pen = ImageDraw.Draw(self.colour)
        self._grain_pens = {kind: ImageDraw.Draw(plane) for kind, plane in self.grains.items()}

    def poly(self, points: Iterable[Point], ink: Colour | None, **grain: Grain) -> None:
        """Lay a flat shape; `shade` and `light` are each a (gradient name, strength 0..1).

        Without an ink only the grain is laid, over whatever is there.
        """
        points = list(points)
        if ink is not None:
            self._pen.polygon(self._scaled(points, 2 * self.unit), fill=ink)
            for pen in self._grain_pens.values():
                pen.polygon(self._scaled(points, self.unit), fill=0)
        for kind, (gradient, strength) in grain.items():
            self._stipple(kind, self._scaled(points, self.unit), gradient, strength)

    def rect(self, x0: float, y0: float, x1: float, y1: float, ink: Colour | None, **grain: Grain) -> None:
        self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], ink, **grain)

    def fill(self, ink: Colour, **grain: Grain) -> None:
        self.rect(0, 0, self.w, self.h, ink, **grain)

    def disc(self, x: float, y: float, radius: float, ink: Colour | None, **grain: Grain) -> None:
        self.ellipse(x, y, radius, radius, ink, **grain)

    def ellipse(self, x: float, y: float, rx: float, ry: float, ink: Colour | None, **grain: Grain) -> None:
        steps = max(12, min(120, int(max(rx, ry) * 500)))
        turns = (math.tau * step / steps for step in range(steps))
        self.poly([(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns], ink, **grain)

    def line(self, points: Iterable[Point], width: float, ink: Colour) -> None:
        """Lay a line with round joints and ends, `width` in units."""
        points = list(points)
        self._stroke(self._pen, points, 2 * self.unit, width, ink)
        for pen in self._grain_pens.values():
            self._stroke(pen, points, self.unit, width, 0)

    def ring(self, x: float, y: float, radius: float, width: float, ink: Colour) -> None:
        self._pen.ellipse(self._ring_box(x, y, radius + width / 2), None, ink, max(2, self._px(width)))

    def finish(self, mirrored: bool) -> Image.Image:
        """Print the overprints and the paper's grain, at the size asked for."""
        image = self.colour.reduce(2)
        image.paste(self.palette.deep, mask=self.grains["shade"].point(_capped(0.5)))
        image.paste(self.palette.paper, mask=self.grains["light"].point(_capped(0.75)))
        if mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return ImageChops.add(image, paper_grain().crop((0, 0, *self.size)), offset=-128)

    def _stipple(self, kind: str, points: list[Point], gradient: str, strength: float) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
        box = (max(0, int(left)), max(0, int(top)))
        box += (min(self.size[0], int(left + width) + 1), min(self.size[1], int(top + height) + 1))
        if box[0] >= box[2] or box[1] >= box[3] or width < 1 or height < 1:
            return
        side = GRADIENT_SIDE
        seen = [(box[i] - (left, top)[i % 2]) / (width, height)[i % 2] * side for i in range(4)]
        seen = [min(max(edge, 0), side) for edge in seen]
        size = (box[2] - box[0], box[3] - box[1])
        tone = gradient_tile(gradient, round(strength, 2)).resize(size, Image.Resampling.BILINEAR, box=seen)
        dots = ImageChops.subtract(tone, noise().crop(box), scale=0.35)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - box[0], y - box[1]) for x, y in points], fill=255)
        plane = self.grains[kind]
        # Light falls over light: what is brighter already stays so.
        plane.paste(ImageChops.lighter(dots, plane.crop(box)), box, mask)

    def _stroke(self, pen: ImageDraw.ImageDraw, points: list[Point], scale: float, width: float, ink) -> None:
        thick = max(1, round(width * scale))
        scaled = self._scaled(points, scale)
        pen.line(scaled, fill=ink, width=thick, joint="curve")
        if thick > 3:
            half = thick / 2 - 0.5
            for x, y in (scaled[0], scaled[-1]):
                pen.ellipse((x - half, y - half, x + half, y + half), fill=ink)

    def _scaled(self, points: list[Point], scale: float) -> list[Point]:
        return [(x * scale, y * scale) for x, y in points]

    def _px(self, length: float) -> int:
        return round(length * 2 * self.unit)

    def _ring_box(self, x: float, y: float, radius: float) -> tuple[int, int, int, int]:
        return self._px(x - radius), self._px(y - radius), self._px(x + radius), self._px(y + radius)


GRADIENT_SIDE = 64
GRADIENTS: dict[str, Callable[[float, float], float]] = {
    "flat": lambda x, y: 1.0,
    "down": lambda x, y: y,
    "up": lambda x, y: 1 - y,
    "right": lambda x, y: x,
    "left": lambda x, y: 1 - x,
    "corner": lambda x, y: (x + y) / 2,
    "glow": lambda x, y: 1 - 2 * math.hypot(x - 0.5, y - 0.5),
    "orb": lambda x, y: 1.15 * math.hypot(x - 0.3, y - 0.3),
}


@functools.cache
def gradient_tile(name: str, strength: float) -> Image.Image:
    tone, side = GRADIENTS[name], GRADIENT_SIDE
    centres = [(step + 0.5) / side for step in range(side)]
    values = (min(1, max(0, tone(x, y))) ** 1.5 * strength for y in centres for x in centres)
    return Image.frombytes("L", (side, side), bytes(int(value * 255) for value in values))


@functools.cache
def _capped(opacity: float) -> list[int]:
    return [int(value * opacity) for value in range(256)]


@functools.cache
def noise() -> Image.Image:
    """Make the stipple's threshold: even noise of clotted dots, as large as the largest picture."""
    side = LARGEST_SIDE
    dots = Image.frombytes("L", (side, side), random.Random(7).randbytes(side * side))
    return ImageOps.equalize(dots.filter(ImageFilter.GaussianBlur(0.7)))


@functools.cache
def paper_grain() -> Image.Image:
    """Make the paper: faint fine noise over broad cloudiness, centred on 128, in RGB."""
    side, coarse = LARGEST_SIDE, LARGEST_SIDE // 8
    rng = random.Random(11)
    fine = Image.frombytes("L", (side, side), rng.randbytes(side * side)).filter(ImageFilter.BoxBlur(0.6))
    cloud = Image.frombytes("L", (coarse, coarse), rng.randbytes(coarse * coarse))
    cloud = cloud.filter(ImageFilter.GaussianBlur(1)).resize((side, side), Image.Resampling.BICUBIC)
    grain = Image.blend(fine, cloud, 0.35).point([128 + round((value - 128) * 0.11) for value in range(256)])
    return grain.convert("RGB")


def mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def turned(points: Iterable[Point], x: float, y: float, turn: float, scale: float = 1) -> list[Point]:
    """Turn a figure drawn around (0, 0) by radians, then move it to (x, y)."""
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    return [(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in points]


def arc(centre: Point, radii: Point, start: float, end: float, steps: int = 40) -> list[Point]:
    (x, y), (rx, ry) = centre, radii
    turns = [start + (end - start) * step / steps for step in range(steps + 1)]
    return [(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]
