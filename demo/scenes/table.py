"""A still life: a bowl of fruit on a laid table."""

import math

from demo.canvas import Canvas, Colour, arc, mix, turned


def still_life(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    wall = rng.choice((p.mid, mix(p.pale, p.mid, 0.3), mix(p.deep, p.mid, 0.3), p.pale))
    c.fill(wall, shade=("down", 0.3))
    slant, left = rng.uniform(0.15, 0.4), c.w * rng.uniform(0.05, 0.5)
    for pane in range(2):
        edge = left + pane * 0.3
        c.poly(
            [(edge, 0), (edge + 0.27, 0), (edge + 0.27 + slant, c.h), (edge + slant, c.h)],
            None,
            light=("flat", 0.5),
        )
    table = c.h * rng.uniform(0.66, 0.74)
    cloth = rng.choice((p.paper, p.pale if wall != p.pale else p.paper, mix(p.accent, p.paper, 0.55)))
    c.rect(0, table, c.w, c.h, cloth, shade=("down", 0.45))
    _check(c, table, mix(cloth, p.mid, 0.35))
    x, y = c.w * rng.uniform(0.38, 0.62), table + 0.09
    if rng.random() < 0.7:
        _bottle(c, x + rng.choice((-1, 1)) * rng.uniform(0.36, 0.42), table + 0.05, rng.uniform(0.42, 0.56))
    radius = rng.uniform(0.25, 0.3)
    c.ellipse(x + 0.06, y + 0.01, radius * 1.15, 0.045, None, shade=("flat", 0.85))
    for step in range(rng.randint(5, 6)):
        share = (step - 2.2) / 2.6
        _fruit(
            c,
            x + share * radius * 0.82,
            y - radius * 0.78 - (1 - abs(share)) * rng.uniform(0.03, 0.12),
            rng.uniform(0.072, 0.095),
        )
    _bowl(c, x, y, radius)
    for side in rng.sample((-1, 1), rng.randint(1, 2)):
        _fruit(c, x + side * (radius + rng.uniform(0.06, 0.12)), y - 0.01, rng.uniform(0.07, 0.085), shadow=True)


def _check(c: Canvas, table: float, ink: Colour) -> None:
    for step in range(-6, 13):
        x = c.w * 0.5 + (step - 3) * 0.16
        c.line([(x, table + 0.002), (c.w * 0.5 + (x - c.w * 0.5) * 1.9, c.h)], 0.006, ink)
    for step in range(1, 6):
        y = table + step * step * 0.014
        c.line([(0, y), (c.w, y)], 0.004 + step * 0.0008, ink)


def _bowl(c: Canvas, x: float, y: float, radius: float) -> None:
    p = c.palette
    ink = c.rng.choice((p.deep, p.paper, mix(p.mid, p.deep, 0.6)))
    c.rect(x - radius * 0.36, y - 0.03, x + radius * 0.36, y + 0.012, mix(ink, p.deep, 0.4))
    c.poly(
        arc((x, y - radius * 0.78), (radius, radius * 0.8), 0, math.pi),
        ink,
        shade=("right", 0.6),
        light=("left", 0.35),
    )
    stripe = p.accent if ink != p.paper else p.mid
    right = arc((x, y - radius * 0.78), (radius, radius * 0.8), 0.2, 0.42, 6)
    c.poly([*right, *[(2 * x - px, py) for px, py in reversed(right)]], stripe, shade=("right", 0.6))
    c.line([(x - radius, y - radius * 0.78), (x + radius, y - radius * 0.78)], 0.016, mix(ink, p.paper, 0.3))


def _fruit(c: Canvas, x: float, y: float, size: float, shadow: bool = False) -> None:
    p, rng = c.palette, c.rng
    ink = rng.choice(
        (
            p.accent,
            p.accent,
            mix(p.accent, p.paper, 0.4),
            mix(p.mid, p.accent, 0.45),
            mix(p.accent, p.deep, 0.3),
        )
    )
    if shadow:
        c.ellipse(x + size * 0.5, y + size * 0.85, size * 1.2, size * 0.25, None, shade=("flat", 0.85))
    if rng.random() < 0.3:
        c.ellipse(x, y - size * 0.9, size * 0.5, size * 0.75, ink)
    c.disc(x, y, size, ink, shade=("orb", 0.95), light=("left", 0.12))
    top = y - size * 0.95
    c.line([(x, top + size * 0.12), (x + size * 0.12, top - size * 0.3)], 0.008, p.deep)
    if rng.random() < 0.6:
        c.poly(
            turned(
                arc((0.6, 0), (0.6, 0.26), 0, math.tau, 24),
                x + size * 0.05,
                top,
                rng.uniform(-0.7, -0.1),
                size * 0.65,
            ),
            mix(p.mid, p.deep, 0.45),
        )


def _bottle(c: Canvas, x: float, foot: float, tall: float) -> None:
    p = c.palette
    wide, ink = tall * 0.16, mix(p.deep, p.mid, c.rng.uniform(0, 0.35))
    c.ellipse(x + 0.05, foot, wide * 1.5, 0.025, None, shade=("flat", 0.85))
    side = [
        (wide, 0),
        (wide, -tall * 0.55),
        (wide * 0.75, -tall * 0.64),
        (wide * 0.36, -tall * 0.74),
        (wide * 0.33, -tall),
    ]
    c.poly(
        [(x + px, foot + py) for px, py in [*side, *[(-px, py) for px, py in reversed(side)]]],
        ink,
        light=("left", 0.4),
    )
    c.rect(x - wide * 0.4, foot - tall * 1.02, x + wide * 0.4, foot - tall * 0.93, p.accent)
    c.rect(x - wide, foot - tall * 0.42, x + wide, foot - tall * 0.16, p.paper, shade=("right", 0.4))
    c.disc(x, foot - tall * 0.29, wide * 0.45, p.accent)
