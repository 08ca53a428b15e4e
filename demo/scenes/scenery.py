"""What several scenes share: skies, suns, clouds and rolling ground."""

import math

from demo.canvas import Canvas, Colour, Point, arc, mix


def swell(c: Canvas, base: float, height: float, waves: float, span: Point | None = None) -> list[Point]:
    """Draw a rolling line from left to right: two sines at odds with each other."""
    left, right = span or (0, c.w)
    first, second = c.rng.uniform(0, math.tau), c.rng.uniform(0, math.tau)
    xs = [left + (right - left) * step / 60 for step in range(61)]
    return [
        (
            x,
            base - height * (0.7 * math.sin(waves * x * 2.2 + first) + 0.3 * math.sin(waves * x * 5.3 + second)),
        )
        for x in xs
    ]


def ground(c: Canvas, line: list[Point], ink: Colour, **grain) -> None:
    """Fill everything below a line."""
    c.poly([*line, (line[-1][0], c.h), (line[0][0], c.h)], ink, **grain)


def height_at(line: list[Point], x: float) -> float:
    return min(line, key=lambda point: abs(point[0] - x))[1]


def sun(c: Canvas, x: float, y: float, radius: float, ink: Colour) -> None:
    c.disc(x, y, radius * 2.6, None, light=("glow", 0.8))
    c.disc(x, y, radius, ink, light=("up", 0.35))


def sky(c: Canvas) -> bool:
    """Lay the sky by day, dusk or night; return whether it is dark."""
    p = c.palette
    kind = c.rng.choice(("day", "day", "dusk", "night"))
    if kind == "night":
        c.fill(mix(p.deep, p.mid, 0.3), light=("down", 0.45))
        for _ in range(60):
            c.disc(c.rng.uniform(0, c.w), c.rng.uniform(0, c.h * 0.6), c.rng.uniform(0.0012, 0.0035), p.paper)
    elif kind == "dusk":
        c.fill(mix(p.accent, p.paper, 0.45), light=("down", 0.8))
    else:
        c.fill(mix(p.pale, p.paper, c.rng.uniform(0.1, 0.6)), light=("down", 0.7))
    return kind == "night"


def cloud(c: Canvas, x: float, y: float, width: float, ink: Colour) -> None:
    """Lay a cloud cut from paper: a flat foot and two or three bumps."""
    for share, radius in ((-0.3, 0.13), (0, 0.2), (0.28, 0.15)):
        centre, size = x + share * width, radius * width
        c.poly(arc((centre, y), (size, size), math.pi, math.tau, 24), ink)
    c.rect(x - width * 0.5, y - width * 0.05, x + width * 0.5, y + 0.001, ink)


def birds(c: Canvas, x: float, y: float, count: int, ink: Colour) -> None:
    for _ in range(count):
        bx, by, size = (
            x + c.rng.uniform(-0.12, 0.12),
            y + c.rng.uniform(-0.06, 0.06),
            c.rng.uniform(0.012, 0.02),
        )
        c.line([(bx - size, by - size * 0.5), (bx, by), (bx + size, by - size * 0.6)], 0.004, ink)
