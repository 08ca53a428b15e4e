"""Scenes of what holds a country up: cities, power, ports."""

import math

from demo.canvas import Canvas, Colour, Point, mix, turned
from demo.scenes.scenery import cloud, ground, height_at, sky, sun, swell


def skyline(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    c.fill(mix(p.deep, p.mid, rng.uniform(0.25, 0.75)), light=("down", 0.3))
    dusk, sunlit = c.h * rng.uniform(0.5, 0.72), rng.choice((p.accent, p.pale))
    c.rect(0, dusk * 0.5, c.w, c.h, mix(sunlit, p.mid, 0.45), light=("down", 0.35))
    c.rect(0, dusk * 0.78, c.w, c.h, mix(sunlit, p.paper, 0.4), light=("down", 0.4))
    sun(
        c,
        c.w * rng.uniform(0.15, 0.85),
        dusk * rng.uniform(0.35, 0.95),
        rng.uniform(0.08, 0.18),
        rng.choice((p.paper, p.accent)),
    )
    shore = c.h * (rng.uniform(0.72, 0.8) if rng.random() < 0.5 else 1)
    growth, downtown = rng.uniform(0.8, 1.15), c.w * rng.uniform(0.2, 0.8)
    for layer, share in enumerate((0.25, 0.6, 1)):
        ink = mix(mix(p.mid, sunlit, 0.3), p.deep, share)
        x = -rng.uniform(0, 0.1)
        while x < c.w:
            width = rng.uniform(0.07, 0.17) * (0.75 + 0.35 * share)
            crest = 0.65 + 0.6 * math.exp(-(((x - downtown) / 0.4) ** 2))
            tall = rng.uniform(0.2, 0.46) * (1.15 - 0.45 * share) * growth * crest
            top = shore * (0.83 + 0.06 * layer) - tall * c.h
            _tower(c, (x, x + width), (top, shore), ink, lit=layer > 0)
            x += width + rng.choice((0, 0, 0.012, 0.05))
    if shore < c.h:
        _river(c, shore, mix(sunlit, p.paper, 0.35))
    else:
        c.rect(0, c.h * 0.965, c.w, c.h, mix(p.deep, (0, 0, 0), 0.25))


def _tower(c: Canvas, sides: Point, ends: Point, ink: Colour, lit: bool) -> None:
    (x, right), (top, foot) = sides, ends
    width = right - x
    p, rng = c.palette, c.rng
    c.rect(x, top, x + width, foot, ink)
    crown = rng.choice(("flat", "step", "mast", "slant", "tank"))
    if crown == "step":
        c.rect(x + width * 0.2, top - 0.04, x + width * 0.8, top, ink)
        c.rect(x + width * 0.38, top - 0.07, x + width * 0.62, top, ink)
    elif crown == "mast":
        c.line([(x + width / 2, top), (x + width / 2, top - 0.09)], 0.005, ink)
    elif crown == "slant":
        c.poly([(x, top + 0.001), (x, top - 0.06), (x + width, top + 0.001)], ink)
    elif crown == "tank":
        c.rect(x + width * 0.55, top - 0.035, x + width * 0.85, top, ink)
    if not lit:
        return
    across = max(2, int(width / 0.026))
    pitch, lamp = width / (across + 0.6), rng.choice((p.paper, mix(p.accent, p.paper, 0.45)))
    for row in range(int((foot - top - 0.05) / 0.036)):
        for column in range(across):
            if rng.random() < 0.42:
                left, up = x + pitch * (column + 0.5), top + 0.025 + row * 0.036
                c.rect(left, up, left + pitch * 0.6, up + 0.018, lamp)


def _river(c: Canvas, shore: float, lamp: Colour) -> None:
    p, rng = c.palette, c.rng
    c.rect(0, shore, c.w, c.h, mix(p.deep, p.mid, 0.35), shade=("down", 0.5))
    c.rect(0, shore - 0.012, c.w, shore + 0.006, mix(p.deep, (0, 0, 0), 0.3))
    for _ in range(int(c.w * 34)):
        x, depth = rng.uniform(0, c.w), rng.random() ** 1.6
        reach = rng.uniform(0.008, 0.03) * (1 + depth)
        y = shore + 0.025 + depth * (c.h - shore)
        c.line([(x - reach, y), (x + reach, y)], 0.006, rng.choice((lamp, p.paper, p.mid, p.mid)))


def turbines(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = sky(c)
    horizon = c.h * rng.uniform(0.55, 0.7)
    if not dark:
        cloud(
            c,
            c.w * rng.uniform(0.1, 0.9),
            c.h * rng.uniform(0.15, 0.35),
            rng.uniform(0.3, 0.5),
            mix(p.paper, p.pale, 0.2),
        )
    sun(
        c,
        c.w * rng.uniform(0.2, 0.8),
        horizon - rng.uniform(0, 0.2),
        rng.uniform(0.12, 0.2),
        p.paper if dark else p.accent,
    )
    pylons = rng.random() < 0.4
    count, white = rng.randint(2, 3), p.paper if dark or rng.random() < 0.5 else p.deep
    spots = [c.w * (step + rng.uniform(0.3, 0.7)) / count for step in range(count)]
    haze = mix(p.mid, p.pale, 0.5)
    for layer, share in enumerate((0, 0.5, 1)):
        line = swell(c, horizon + (c.h - horizon) * share * 0.75, 0.05, 1.3)
        ink = mix(mix(p.mid, p.pale, 0.5), p.deep, share)
        for spot in spots:
            x = spot + rng.uniform(-0.16, 0.16)
            if pylons and layer == 1:
                _pylon(c, x, height_at(line, x), 0.42, mix(ink, p.deep, 0.5))
            else:
                tall = min(0.2 + 0.2 * layer, height_at(line, x) * 0.78)
                _turbine(c, x, height_at(line, x), tall, mix(white, haze, 0.4 - 0.2 * layer))
        ground(c, line, ink, shade=("down", 0.4), light=("up", 0.25))
        if layer == 2 and rng.random() < 0.6:
            _solar_field(c, line)


def _turbine(c: Canvas, x: float, foot: float, tall: float, ink: Colour) -> None:
    hub = foot - tall * c.rng.uniform(0.95, 1.15)
    c.poly(
        [
            (x - tall * 0.014, hub),
            (x + tall * 0.014, hub),
            (x + tall * 0.028, foot + 0.03),
            (x - tall * 0.028, foot + 0.03),
        ],
        ink,
    )
    start, blade = c.rng.uniform(0, math.tau), tall * 0.56
    for step in range(3):
        figure = [(0, -0.025), (0.2, -0.065), (1, -0.008), (1, 0.008), (0, 0.025)]
        c.poly(turned(figure, x, hub, start + step * math.tau / 3, blade), ink)
    c.disc(x, hub, tall * 0.032, c.palette.accent if tall > 0.3 else ink)


def _pylon(c: Canvas, x: float, foot: float, tall: float, ink: Colour) -> None:
    wide = tall * 0.13
    c.line(
        [
            (x - wide, foot + 0.02),
            (x - wide * 0.2, foot - tall),
            (x + wide * 0.2, foot - tall),
            (x + wide, foot + 0.02),
        ],
        0.007,
        ink,
    )
    for step in range(5):
        low, high = step / 5, (step + 1) / 5
        left, right = x - wide * (1 - 0.8 * low), x + wide * (1 - 0.8 * high)
        c.line([(left, foot - tall * low), (right, foot - tall * high)], 0.004, ink)
        c.line([(2 * x - left, foot - tall * low), (2 * x - right, foot - tall * high)], 0.004, ink)
    for share, reach in ((0.7, 1.9), (0.86, 1.4)):
        y = foot - tall * share
        c.line([(x - wide * reach, y), (x + wide * reach, y)], 0.007, ink)
        for side in (-1, 1):
            tip = x + side * wide * reach
            c.line([(tip, y), (tip, y + 0.02)], 0.005, ink)
            c.line(
                [(tip + side * step * 0.1, y + 0.02 + 0.05 * math.sin(step * 0.55)) for step in range(12)],
                0.0025,
                ink,
            )


def _solar_field(c: Canvas, line: list[Point]) -> None:
    p = c.palette
    size, start = 0.13, c.rng.uniform(0, c.w * 0.3)
    for step in range(c.rng.randint(3, 6)):
        x = start + step * size * 1.35
        y = height_at(line, x) + 0.02
        c.line([(x + size * 0.3, y + 0.06), (x + size * 0.3, y - 0.02)], 0.008, mix(p.deep, p.pale, 0.4))
        panel = [
            (x - size * 0.5, y + 0.03),
            (x + size * 0.4, y + 0.03),
            (x + size * 0.7, y - 0.06),
            (x - size * 0.2, y - 0.06),
        ]
        c.poly(panel, mix(p.mid, p.deep, 0.3), light=("corner", 0.5))
        for share in (1 / 3, 2 / 3):
            foot = x - size * 0.5 + size * 0.9 * share
            c.line([(foot, y + 0.03), (foot + size * 0.3, y - 0.06)], 0.003, p.pale)
        c.line([(x - size * 0.35, y - 0.015), (x + size * 0.55, y - 0.015)], 0.003, p.pale)


def harbour(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = sky(c)
    quay = c.h * rng.uniform(0.66, 0.74)
    sun(
        c,
        c.w * rng.uniform(0.15, 0.85),
        quay - rng.uniform(0.12, 0.4),
        rng.uniform(0.1, 0.18),
        p.paper if dark else p.accent,
    )
    ground(c, swell(c, quay - 0.1, 0.04, 2), mix(p.pale, p.mid, 0.5), light=("down", 0.4))
    crane_ink = rng.choice((p.deep, mix(p.accent, p.deep, 0.25)))
    for step in range(rng.randint(2, 3)):
        _crane(c, c.w * (0.12 + 0.36 * step) + rng.uniform(-0.05, 0.05), quay, rng.uniform(0.42, 0.56), crane_ink)
    for _ in range(3):
        _stack(c, rng.uniform(-0.1, c.w), quay, rng.randint(2, 5), rng.randint(2, 4))
    c.rect(0, quay, c.w, c.h, mix(p.mid, p.deep, 0.35), light=("up", 0.25))
    _ship(c, c.w * rng.uniform(0.3, 0.6), quay + 0.1, rng.uniform(0.85, 1.05))
    for step in range(3):
        ground(
            c,
            swell(c, quay + 0.13 + step * 0.075, 0.012, 4 - step),
            mix(p.mid, p.deep, 0.5 + step * 0.22),
            light=("up", 0.25),
        )


def _crane(c: Canvas, x: float, foot: float, tall: float, ink: Colour) -> None:
    """Stand a gantry crane, its boom out over the water to the right."""
    top, beam, wide = foot - tall, foot - tall * 0.66, tall * 0.26
    for leg in (0, wide):
        c.line([(x + leg, foot), (x + leg, beam)], 0.016, ink)
    c.line([(x, foot - tall * 0.3), (x + wide, foot - tall * 0.3)], 0.011, ink)
    c.line([(x, foot - tall * 0.3), (x + wide, beam)], 0.006, ink)
    c.line([(x - wide * 0.8, beam), (x + tall * 1.0, beam)], 0.02, ink)
    c.line([(x, beam), (x + wide * 0.6, top), (x + wide, beam)], 0.011, ink)
    for reach in (0.55, 0.95):
        c.line([(x + wide * 0.6, top), (x + tall * reach, beam)], 0.004, ink)
    c.line([(x + wide * 0.6, top), (x - wide * 0.75, beam)], 0.004, ink)
    hook, drop = x + tall * c.rng.uniform(0.5, 0.9), c.rng.uniform(0.05, 0.16)
    c.line([(hook, beam), (hook, beam + drop)], 0.004, ink)
    c.rect(hook - 0.05, beam + drop, hook + 0.05, beam + drop + 0.042, c.palette.accent, shade=("right", 0.3))


def _stack(c: Canvas, x: float, foot: float, across: int, high: int) -> None:
    p = c.palette
    for column in range(across):
        for level in range(max(1, high - c.rng.randint(0, 2))):
            _container(
                c,
                x + column * 0.102,
                foot - level * 0.045,
                c.rng.choice((p.accent, p.mid, p.pale, p.deep, p.paper)),
            )


def _container(c: Canvas, x: float, foot: float, ink: Colour) -> None:
    c.rect(x, foot - 0.043, x + 0.099, foot, ink, shade=("right", 0.2))
    for step in range(1, 8):
        rib = x + step * 0.0124
        c.line([(rib, foot - 0.037), (rib, foot - 0.006)], 0.0018, mix(ink, c.palette.deep, 0.3))


def _ship(c: Canvas, x: float, y: float, length: float) -> None:
    p, rng = c.palette, c.rng
    left, deck = x - length / 2, y - 0.085
    for column in range(int(length * 0.62 / 0.102)):
        for level in range(rng.randint(1, 4)):
            ink = rng.choice((p.accent, p.mid, p.pale, p.paper, mix(p.accent, p.deep, 0.4)))
            _container(c, left + length * 0.24 + column * 0.102, deck - level * 0.045, ink)
    c.rect(left + length * 0.08, deck - 0.2, left + length * 0.2, deck, p.paper, shade=("right", 0.35))
    c.rect(left + length * 0.06, deck - 0.2, left + length * 0.22, deck - 0.175, p.paper)
    for level in range(3):
        c.rect(
            left + length * 0.09,
            deck - 0.165 + level * 0.05,
            left + length * 0.19,
            deck - 0.145 + level * 0.05,
            p.deep,
        )
    c.rect(left + length * 0.1, deck - 0.26, left + length * 0.15, deck - 0.2, p.accent)
    hull = [
        (left, deck),
        (left + length * 0.94, deck),
        (left + length, deck - 0.035),
        (left + length * 0.93, y + 0.07),
        (left + 0.04, y + 0.07),
    ]
    c.poly(hull, p.deep, light=("up", 0.2))
    c.poly(
        [
            (left + 0.025, y + 0.025),
            (left + length * 0.952, y + 0.025),
            (left + length * 0.93, y + 0.07),
            (left + 0.04, y + 0.07),
        ],
        p.accent,
    )
