"""Scenes of public affairs, half abstract: rates, locks, maps, parliaments."""

import math
from itertools import combinations, pairwise

from demo.canvas import Canvas, Colour, Point, arc, mix
from demo.scenes.scenery import ground


def chart(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = rng.random() < 0.45
    back = p.deep if dark else mix(p.paper, rng.choice((p.pale, p.accent)), 0.4)
    _squared(c, back, mix(back, p.pale if dark else p.mid, 0.25))
    disc_ink = p.paper if back != p.deep and rng.random() < 0.4 else p.accent
    c.disc(
        c.w * rng.uniform(0.2, 0.8),
        c.h * rng.uniform(0.22, 0.42),
        rng.uniform(0.13, 0.23),
        disc_ink,
        light=("up", 0.4),
    )
    trend = rng.choice((-0.34, -0.22, 0.2, 0.34)) * c.h
    line = _rates(c, c.h * rng.uniform(0.46, 0.54), trend, 0.075)
    if rng.random() < 0.5:
        _columns(c, line, mix(back, p.mid, 0.6))
    else:
        ground(c, line, mix(back, p.mid, 0.55), shade=("down", 0.45), light=("up", 0.2))
    line = _rates(c, c.h * 0.66, trend * 0.75, 0.06)
    ground(c, line, mix(p.mid, p.deep, 0.2), shade=("down", 0.45), light=("up", 0.2))
    c.line(line, 0.014, p.paper)
    line = _rates(c, c.h * 0.8, trend * 0.5, 0.06)
    ground(c, line, mix(p.mid, p.deep, 0.8), light=("up", 0.2))
    c.line(line, 0.016, p.accent)
    for x, y in line[2:-1:3]:
        c.disc(x, y, 0.02, p.paper)
        c.disc(x, y, 0.011, p.accent)


def _squared(c: Canvas, back: Colour, rule: Colour) -> None:
    c.fill(back, light=("down", 0.3))
    pitch = c.rng.uniform(0.09, 0.13)
    for step in range(1, int(max(c.w, c.h) / pitch) + 1):
        c.line([(step * pitch, 0), (step * pitch, c.h)], 0.0025, rule)
        c.line([(0, step * pitch), (c.w, step * pitch)], 0.0025, rule)


def _columns(c: Canvas, line: list[Point], ink: Colour) -> None:
    for (left, top), (right, _) in pairwise(line):
        wide = (right - left) * 0.72
        lit = c.rng.random() < 0.18
        c.rect(left, top, left + wide, c.h, c.palette.accent if lit else ink, shade=("right", 0.4))


def _rates(c: Canvas, level: float, trend: float, jitter: float) -> list[Point]:
    """Walk a rate across the picture, upwards by `trend`, never a straight line."""
    count = max(6, int(c.w * 10))
    line, drift = [], 0.0
    for step in range(count + 1):
        share = step / count
        drift = drift * 0.55 + c.rng.uniform(-jitter, jitter)
        line.append((c.w * (share * 1.06 - 0.03), level - trend * (share - 0.5) + drift))
    return line


def vault(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    wall = rng.choice((p.deep, mix(p.mid, p.deep, 0.5), mix(p.accent, p.deep, 0.45)))
    c.fill(mix(wall, p.deep, 0.3), light=("corner", 0.2))
    x, y = c.w * rng.uniform(0.3, 0.7), c.h * rng.uniform(0.44, 0.52)
    side = rng.uniform(0.075, 0.11)
    for row in range(int(c.h / side) + 1):
        for column in range(int(c.w / side) + 1):
            share = rng.uniform(0, 0.3)
            left, top = column * side, row * side
            c.rect(left + 0.004, top + 0.004, left + side - 0.004, top + side - 0.004, mix(wall, p.mid, share))
            if rng.random() < 0.13:
                c.disc(left + side / 2, top + side / 2, side * 0.14, rng.choice((p.accent, p.pale)))
    c.disc(x, y, 0.5, None, shade=("flat", 0.5))
    ring_inks = rng.choice(
        (
            (p.pale, p.mid, p.paper),
            (p.mid, p.pale, mix(p.pale, p.paper, 0.4)),
            (p.accent, mix(p.accent, p.deep, 0.4), p.pale),
        )
    )
    size = rng.uniform(0.82, 1.18)
    for radius, ink in zip((0.41, 0.345, 0.27), ring_inks, strict=True):
        c.disc(x + 0.012, y + 0.02, radius * size, mix(wall, (0, 0, 0), 0.45))
        c.disc(x, y, radius * size, ink, shade=("corner", 0.45))
    marks = rng.choice((12, 16, 24))
    for step in range(marks):
        turn = step * math.tau / marks
        ends = [(x + reach * math.cos(turn), y + reach * math.sin(turn)) for reach in (0.29 * size, 0.325 * size)]
        c.line(ends, 0.009, p.deep)
        c.disc(x + 0.378 * size * math.cos(turn), y + 0.378 * size * math.sin(turn), 0.011, p.deep)
    _keyhole(c, x, y)


def _keyhole(c: Canvas, x: float, y: float) -> None:
    """Cut a keyhole with light behind it, falling out over the floor."""
    p = c.palette
    lean = c.rng.uniform(-0.45, 0.45)
    c.disc(x, y - 0.05, 0.088, p.deep)
    c.poly([(x - 0.045, y - 0.03), (x + 0.045, y - 0.03), (x + 0.095, y + 0.165), (x - 0.095, y + 0.165)], p.deep)
    c.disc(x, y - 0.05, 0.062, p.accent, light=("up", 0.9))
    c.poly(
        [(x - 0.026, y - 0.02), (x + 0.026, y - 0.02), (x + 0.066, y + 0.145), (x - 0.066, y + 0.145)],
        p.accent,
        light=("up", 0.6),
    )
    c.poly(
        [(x - 0.066, y + 0.145), (x + 0.066, y + 0.145), (x + lean + 0.28, c.h), (x + lean - 0.28, c.h)],
        None,
        light=("up", 0.95),
    )


def contours(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    water = rng.choice((mix(p.mid, p.deep, 0.35), mix(p.pale, p.paper, 0.3), p.deep))
    c.fill(water, light=("corner", 0.2))
    levels = rng.randint(5, 7)
    summits = [
        (c.w * rng.uniform(0.15, 0.85), c.h * rng.uniform(0.2, 0.8), rng.uniform(0.28, 0.46), _coast(c))
        for _ in range(rng.randint(2, 4))
    ]
    low, high = rng.choice(
        (
            (mix(p.mid, p.pale, 0.3), p.paper),
            (p.pale, p.accent),
            (mix(p.pale, p.mid, 0.6), mix(p.accent, p.paper, 0.2)),
        )
    )
    for shelf in (1.32, 1.16):
        for summit in summits:
            c.line(_contour(summit, shelf), 0.004, mix(water, p.paper, 0.3))
    for level in range(levels):
        share = level / (levels - 1)
        for x, y, radius, coast in summits:
            c.poly(
                _contour((x + 0.01, y + 0.016, radius, coast), 1 - share * 0.88),
                mix(low, p.deep, 0.4 + 0.2 * share),
            )
        for summit in summits:
            c.poly(_contour(summit, 1 - share * 0.88), mix(low, high, share))
    _route(c, [summit[:2] for summit in summits])


def _coast(c: Canvas) -> list[tuple[int, float, float]]:
    return [(k, c.rng.uniform(0.1, 0.42) / k, c.rng.uniform(0, math.tau)) for k in (2, 3, 5, 7)]


def _contour(summit: tuple, share: float) -> list[Point]:
    x, y, radius, coast = summit
    turns = [math.tau * step / 64 for step in range(65)]
    reach = [
        radius * share * (1 + sum(size * share**0.4 * math.sin(k * turn + phase) for k, size, phase in coast))
        for turn in turns
    ]
    return [(x + r * math.cos(turn), y + r * math.sin(turn)) for r, turn in zip(reach, turns, strict=True)]


def _route(c: Canvas, stops: list[Point]) -> None:
    """Dash a path between the two summits farthest apart and pin both its ends."""
    p = c.palette
    (start, end), bow = max(combinations(stops, 2), key=lambda pair: math.dist(*pair)), c.rng.uniform(-0.22, 0.22)
    path = []
    for step in range(31):
        share = step / 30
        lift = bow * math.sin(math.pi * share)
        path.append(
            (
                start[0] + (end[0] - start[0]) * share + lift * 0.4,
                start[1] + (end[1] - start[1]) * share + lift,
            )
        )
    for step in range(0, 30, 2):
        c.line(path[step : step + 2], 0.01, p.deep)
    for x, y in (start, end):
        c.poly(
            [(x, y), *arc((x, y - 0.085), (0.045, 0.045), math.pi * 0.9, math.pi * 2.1, 24)],
            p.accent,
            shade=("right", 0.4),
        )
        c.disc(x, y - 0.085, 0.018, p.paper)


def parliament(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    wall = rng.choice((p.deep, mix(p.mid, p.deep, 0.4), mix(p.pale, p.paper, 0.3)))
    c.fill(wall, light=("down", 0.3))
    columns = rng.randint(7, 11)
    for step in range(columns):
        x = c.w * (step + 0.5) / columns
        c.rect(
            x - 0.022,
            c.h * 0.1,
            x + 0.022,
            c.h * 0.62,
            mix(wall, p.mid if sum(wall) > 500 else p.pale, 0.35),
            shade=("right", 0.6),
        )
        c.rect(x - 0.034, c.h * 0.1, x + 0.034, c.h * 0.125, mix(wall, p.pale, 0.5))
    c.rect(0, c.h * 0.055, c.w, c.h * 0.1, mix(wall, p.pale, 0.5), shade=("down", 0.3))
    x, y = c.w * rng.uniform(0.46, 0.54), c.h * 0.93
    far = min(0.66, c.w * 0.48)
    c.poly(arc((x, y), (far + 0.05, far + 0.05), math.pi, math.tau), mix(wall, p.deep, 0.75))
    c.rect(0, y, c.w, c.h, mix(p.deep, (0, 0, 0), 0.2))
    parties = sorted(rng.uniform(0, 1) for _ in range(3))
    inks = rng.sample((p.accent, p.pale, p.mid, p.paper), 4)
    rows = rng.randint(6, 8)
    for row in range(rows):
        radius = far * (0.34 + 0.66 * row / (rows - 1))
        seats = int(radius * math.pi / 0.062)
        for seat in range(seats):
            share = (seat + 0.5) / seats
            turn = math.pi * (1 + share)
            ink = inks[sum(share > edge for edge in parties)]
            c.disc(
                x + radius * math.cos(turn),
                y - 0.015 + radius * math.sin(turn),
                0.0235,
                ink,
                shade=("orb", 0.5),
            )
    c.rect(x - 0.085, y - 0.13, x + 0.085, y + 0.01, mix(p.accent, p.deep, 0.35), shade=("right", 0.4))
    c.rect(x - 0.1, y - 0.145, x + 0.1, y - 0.12, p.pale)
    c.poly(arc((x, y - 0.145), (0.045, 0.05), math.pi, math.tau, 20), mix(p.deep, (0, 0, 0), 0.3))
    c.disc(x, y - 0.215, 0.03, mix(p.accent, p.paper, 0.45))
