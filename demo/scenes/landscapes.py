"""Scenes of nature: hills, sea, mountains, planets."""

import math

from demo.canvas import Canvas, Colour, Point, arc, mix, turned
from demo.scenes.scenery import birds, cloud, ground, height_at, sky, sun, swell


def hills(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = sky(c)
    horizon = c.h * rng.uniform(0.3, 0.6)
    sun(
        c,
        c.w * rng.uniform(0.2, 0.8),
        horizon - rng.uniform(0.02, 0.18),
        rng.uniform(0.1, 0.17),
        p.paper if dark else p.accent,
    )
    if not dark:
        birds(c, c.w * rng.uniform(0.2, 0.8), horizon * 0.4, rng.randint(2, 5), p.deep)
    count = rng.randint(4, 6)
    near, waves = rng.choice((p.deep, mix(p.mid, p.deep, 0.55))), rng.uniform(0.8, 1.6)
    for layer in range(count):
        share = layer / (count - 1)
        ink = mix(mix(p.pale, p.mid, 0.45), near, share**1.2)
        line = swell(c, horizon + (c.h - horizon) * share * 0.85, 0.05 + 0.03 * share, waves * (1.5 - 0.7 * share))
        ground(c, line, ink, light=("up", 0.35))
        if 0 < layer < count - 1 and rng.random() < 0.8:
            _wood(c, line, mix(ink, p.deep, 0.4), 0.03 + 0.035 * share)
    if rng.random() < 0.65:
        _lone_house(c, line, near)


def _wood(c: Canvas, line: list[Point], ink: Colour, size: float) -> None:
    """Stand a clump of cypresses or round trees along a ridge."""
    start, slim = c.rng.uniform(0, c.w * 0.8), c.rng.random() < 0.5
    for step in range(c.rng.randint(3, 9)):
        x, tall = start + step * size * (0.7 if slim else 1.05), size * c.rng.uniform(0.8, 1.4)
        y = height_at(line, x)
        if slim:
            c.ellipse(x, y - tall * 0.8, tall * 0.24, tall, ink)
        else:
            c.line([(x, y + 0.005), (x, y - tall)], size * 0.1, ink)
            c.disc(x, y - tall, size * 0.5, ink, light=("left", 0.25))


def _lone_house(c: Canvas, line: list[Point], land: Colour) -> None:
    p = c.palette
    x, size = c.w * c.rng.uniform(0.2, 0.8), c.rng.uniform(0.05, 0.075)
    y = max(height_at(line, x - size), height_at(line, x + size)) + 0.004
    c.rect(x - size, y - size, x + size, y, p.paper, shade=("right", 0.4))
    c.poly(
        [
            (x - size * 1.2, y - size),
            (x - size * 0.8, y - size * 1.7),
            (x + size * 0.8, y - size * 1.7),
            (x + size * 1.2, y - size),
        ],
        p.accent,
    )
    for share in (-0.55, 0.3):
        c.rect(x + size * share, y - size * 0.7, x + size * (share + 0.3), y - size * 0.3, mix(land, p.deep, 0.7))


def sea(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = sky(c)
    horizon = c.h * rng.uniform(0.34, 0.62)
    x, radius = c.w * rng.uniform(0.25, 0.75), rng.uniform(0.11, 0.2)
    glow = p.paper if dark else p.accent
    sun(c, x, horizon - radius * rng.uniform(-0.1, 0.9), radius, glow)
    for _ in range(rng.randint(1, 2)):
        tint = mix(p.paper, p.pale, 0.3 + 0.5 * dark)
        cloud(c, c.w * rng.uniform(0.1, 0.9), horizon * rng.uniform(0.2, 0.65), rng.uniform(0.22, 0.42), tint)
    if rng.random() < 0.4:
        ground(c, swell(c, horizon - 0.015, 0.035, 1.4), mix(p.mid, p.pale, 0.4))
    c.rect(0, horizon, c.w, c.h, mix(p.mid, p.pale, 0.2), light=("up", 0.3))
    for layer in range(5):
        share = (layer + 1) / 5
        y = horizon + (c.h - horizon) * share**1.25 * 0.88
        ink = mix(mix(p.mid, p.pale, 0.1), p.deep, share)
        ground(c, swell(c, y, 0.012 + 0.014 * share, 3.4 - 1.6 * share), ink, light=("up", 0.3))
    _glint(c, x, horizon, radius, mix(glow, p.paper, 0.3))
    if rng.random() < 0.45:
        _headland(c, horizon)
    _boat(
        c,
        c.w * rng.uniform(0.25, 0.8),
        horizon + (c.h - horizon) * rng.uniform(0.2, 0.55),
        rng.uniform(0.14, 0.27),
    )


def _glint(c: Canvas, x: float, horizon: float, radius: float, ink: Colour) -> None:
    """Lay the sun's path on the water, broken up towards the eye."""
    y, step = horizon + 0.012, 0
    while y < horizon + (c.h - horizon) * 0.7:
        reach = radius * c.rng.uniform(0.35, 1) * (1 - step * 0.045)
        middle = x + c.rng.uniform(-0.03, 0.03)
        c.line([(middle - reach, y), (middle + reach, y)], 0.006 + step * 0.0007, ink)
        step += 1
        y += 0.014 + step * 0.0042


def _headland(c: Canvas, horizon: float) -> None:
    """Raise a rock at the left edge with a lighthouse on it."""
    p, rng = c.palette, c.rng
    x, top = c.w * rng.uniform(0.07, 0.14), horizon - rng.uniform(0.06, 0.12)
    rock = mix(p.mid, p.deep, 0.6)
    c.poly(
        [
            (0, top),
            (x + 0.07, top),
            (x + 0.1, top + 0.05),
            (x + 0.17, horizon + 0.02),
            (x + 0.24, horizon + 0.06),
            (0, horizon + 0.06),
        ],
        rock,
        light=("up", 0.4),
    )
    tall = rng.uniform(0.22, 0.3)
    if top - tall < 0.1:
        return
    for step in range(4):
        low, high = step / 4, (step + 1) / 4
        wide, narrow = 0.038 - 0.014 * low, 0.038 - 0.014 * high
        figure = [
            (x - wide, top - tall * low),
            (x + wide, top - tall * low),
            (x + narrow, top - tall * high),
            (x - narrow, top - tall * high),
        ]
        c.poly(figure, p.paper if step % 2 else p.accent, shade=("right", 0.3))
    c.rect(x - 0.03, top - tall - 0.006, x + 0.03, top - tall, p.deep)
    c.rect(x - 0.016, top - tall - 0.04, x + 0.016, top - tall - 0.006, p.pale)
    c.poly([(x - 0.024, top - tall - 0.04), (x + 0.024, top - tall - 0.04), (x, top - tall - 0.07)], p.deep)


def _boat(c: Canvas, x: float, y: float, size: float) -> None:
    p = c.palette
    lean = c.rng.uniform(-0.1, 0.1)
    c.poly(
        turned([(-0.02, -1.15), (-0.02, -0.14), (-0.62, -0.14)], x, y, lean, size),
        p.accent,
        shade=("left", 0.3),
    )
    c.poly(turned([(0.03, -1.3), (0.03, -0.14), (0.5, -0.14)], x, y, lean, size), p.paper, shade=("right", 0.35))
    c.poly(turned([(-0.6, -0.1), (0.62, -0.1), (0.4, 0.2), (-0.42, 0.2)], x, y, lean, size), p.deep)
    c.poly(turned([(-0.6, -0.1), (0.62, -0.1), (0.58, -0.04), (-0.56, -0.04)], x, y, lean, size), p.pale)


def mountains(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = sky(c)
    sun(
        c,
        c.w * rng.uniform(0.15, 0.85),
        c.h * rng.uniform(0.14, 0.3),
        rng.uniform(0.06, 0.12),
        p.paper if dark else p.accent,
    )
    base = c.h * rng.uniform(0.68, 0.8)
    ground(c, swell(c, base - 0.22, 0.05, 2.4), mix(p.pale, p.mid, 0.35), light=("down", 0.6))
    peaks = [(c.w * (step + rng.uniform(0.2, 0.8)) / 4, rng.uniform(0.26, 0.4)) for step in range(4)]
    peaks.append((c.w * rng.uniform(0.3, 0.7), rng.uniform(0.5, 0.6)))
    for x, tall in sorted(peaks, key=lambda peak: peak[1] + rng.uniform(-0.15, 0.15), reverse=True):
        _peak(c, x, base, tall * min(c.h, 1.2), rng.uniform(0.65, 0.9))
    c.rect(0, base - 0.1, c.w, base + 0.05, None, light=("down", 0.55))
    ground(c, swell(c, base + 0.01, 0.03, 1.6), mix(p.mid, p.deep, 0.25), shade=("down", 0.4))
    for share in (0.45, 1):
        y = base + (c.h - base) * (0.2 + 0.5 * share)
        line = swell(c, y, 0.03, 1.8)
        ink = mix(p.mid, p.deep, 0.4 + 0.6 * share)
        x = -0.02
        while x < c.w:
            _fir(c, x, height_at(line, x) + 0.02, rng.uniform(0.07, 0.15) * (0.6 + 0.6 * share), ink)
            x += rng.uniform(0.02, 0.075)
        ground(c, line, ink)


def _peak(c: Canvas, x: float, base: float, tall: float, spread: float) -> None:
    p, rng = c.palette, c.rng
    top, left, right = base - tall, x - tall * spread, x + tall * spread
    rock = mix(p.mid, p.deep, rng.uniform(0.05, 0.3))
    foot = x + tall * rng.uniform(-0.12, 0.15)
    c.poly([(x, top), (left, base), (right, base)], rock, light=("down", 0.35))
    crest = [
        (x, top),
        (x + tall * 0.05, top + tall * 0.3),
        (x - tall * 0.06, top + tall * 0.52),
        (foot, base),
    ]
    c.poly([*crest, (right, base)], mix(rock, p.deep, 0.5), light=("down", 0.3))
    snow = rng.uniform(0.3, 0.44)
    teeth = [
        (share, snow * (1 if step % 2 else 0.62)) for step, share in enumerate((-1, -0.62, -0.3, 0, 0.34, 0.66, 1))
    ]
    edge = [(x + share * tall * spread * down, top + tall * down) for share, down in teeth]
    c.poly([(x, top), *edge], p.paper)
    c.poly([(x, top), (x + tall * 0.05, top + tall * snow * 0.62), *edge[4:]], mix(p.pale, p.mid, 0.35))


def _fir(c: Canvas, x: float, y: float, tall: float, ink: Colour) -> None:
    for share, reach in ((1, 0.16), (0.78, 0.23), (0.52, 0.3)):
        c.poly(
            [
                (x, y - tall * share),
                (x - tall * reach, y - tall * (share - 0.45)),
                (x + tall * reach, y - tall * (share - 0.45)),
            ],
            ink,
        )
    c.rect(x - tall * 0.03, y - tall * 0.1, x + tall * 0.03, y, ink)


def planet(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    c.fill(mix(p.deep, (0, 0, 0), 0.2), light=("corner", 0.2))
    for _ in range(150):
        c.disc(
            rng.uniform(0, c.w),
            rng.uniform(0, c.h),
            rng.choice((0.0013, 0.002, 0.002, 0.004)),
            rng.choice((p.paper, p.pale, p.accent)),
        )
    x, y = c.w * rng.uniform(0.3, 0.7), c.h * rng.uniform(0.4, 0.66)
    radius, tilt = rng.uniform(0.22, 0.34), rng.uniform(-0.5, 0.5)
    ringed = rng.random() < 0.6
    for step in range(rng.randint(1, 3)):
        reach = radius * (2.0 + step * 0.75)
        orbit = [turned([point], x, y, tilt)[0] for point in arc((0, 0), (reach, reach * 0.42), 0, math.tau, 110)]
        c.line(orbit, 0.0028, mix(p.deep, p.pale, 0.55))
        moon = rng.choice(orbit)
        c.disc(*moon, rng.uniform(0.018, 0.045), rng.choice((p.pale, p.accent, p.mid)), shade=("orb", 0.9))
    if ringed:
        _planet_ring(c, (x, y, tilt), radius, math.pi)
    _globe(c, x, y, radius, tilt)
    if ringed:
        _planet_ring(c, (x, y, tilt), radius, 0)
    if rng.random() < 0.7:
        c.disc(
            rng.choice((-0.1, c.w + 0.1)),
            c.h + 0.1,
            rng.uniform(0.4, 0.55),
            mix(p.mid, p.deep, 0.35),
            light=("up", 0.4),
        )


def _globe(c: Canvas, x: float, y: float, radius: float, tilt: float) -> None:
    p, rng = c.palette, c.rng
    pairs = ((p.accent, p.pale), (p.pale, p.accent), (p.mid, p.pale), (mix(p.mid, p.paper, 0.3), p.accent))
    base, other = rng.choice(pairs)
    c.disc(x, y, radius, base)
    edge, bulge = -1.2, rng.uniform(0.05, 0.22) * radius
    while edge < 1.1:
        deep = min(rng.uniform(0.1, 0.32), 1.25 - edge)
        ink = mix(base, rng.choice((other, p.paper, p.deep)), rng.uniform(0.2, 0.6))
        c.poly(turned(_belt_of_globe(radius, edge, edge + deep, bulge), x, y, tilt), ink)
        edge += deep + rng.uniform(0.08, 0.3)
    spot = turned([(radius * rng.uniform(-0.4, 0.4), radius * 0.3)], x, y, tilt)[0]
    c.poly(turned(arc((0, 0), (radius * 0.2, radius * 0.1), 0, math.tau), *spot, tilt), mix(base, p.deep, 0.35))
    c.disc(x, y, radius, None, shade=("orb", 1), light=("glow", 0.12))


def _belt_of_globe(radius: float, start: float, end: float, bulge: float) -> list[Point]:
    """Outline a band of cloud between two latitudes in radians, bowed as if seen from above."""

    def parallel(latitude: float) -> list[Point]:
        reach, y = radius * math.cos(latitude), radius * math.sin(latitude)
        steps = [step / 10 - 1 for step in range(21)]
        # The bow fades towards the rim and the poles, so that no band leaves the disc.
        return [(reach * s, y + bulge * (1 - s * s) * math.cos(latitude) ** 2) for s in steps]

    return [
        *parallel(start),
        *arc((0, 0), (radius, radius), start, end, 8),
        *reversed(parallel(end)),
        *arc((0, 0), (radius, radius), math.pi - end, math.pi - start, 8),
    ]


def _planet_ring(c: Canvas, place: tuple[float, float, float], radius: float, start: float) -> None:
    p = c.palette
    for inner, outer, ink in (
        (1.3, 1.5, mix(p.pale, p.deep, 0.35)),
        (1.54, 1.85, p.pale),
        (1.89, 1.97, p.accent),
    ):
        far = arc((0, 0), (radius * outer, radius * outer * 0.3), start, start + math.pi)
        near = arc((0, 0), (radius * inner, radius * inner * 0.3), start + math.pi, start)
        c.poly(turned([*far, *near], *place), ink, shade=("left", 0.3))
