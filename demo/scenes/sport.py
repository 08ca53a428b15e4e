"""Scenes of sport: a stadium, a road race."""

import math
from collections.abc import Callable

from demo.canvas import Canvas, Colour, Point, arc, mix, turned
from demo.scenes.scenery import ground, sky, sun, swell


def pitch(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    night = rng.random() < 0.6
    c.fill(mix(p.deep, p.mid, 0.2) if night else mix(p.pale, p.paper, 0.4), light=("down", 0.5))
    far, near = c.h * rng.uniform(0.42, 0.52), c.h * 1.12
    for side in (0.12, 0.88):
        _floodlight(c, c.w * (side + rng.uniform(-0.03, 0.03)), far - rng.uniform(0.28, 0.36))
    _stand(c, far, rng.uniform(0.2, 0.26))
    vanish, grass = c.w * rng.uniform(0.3, 0.7), mix(p.mid, p.deep, rng.uniform(0.15, 0.4))
    c.rect(0, far, c.w, c.h, grass, shade=("down", 0.35))

    def at(u: float, v: float) -> Point:
        """Place a spot of the field, u -1..1 across and v 0..1 from the far line, as the eye sees it."""
        depth = 1 / (1 + 1.9 * (1 - v))
        y = far + (near - far) * (depth - 0.345) / 0.655
        return vanish + (c.w * 0.5 - vanish) * depth + u * c.w * 0.95 * depth, y

    for stripe in range(0, 12, 2):
        left, right = -1.5 + stripe * 0.25, -1.25 + stripe * 0.25
        c.poly(
            [at(left, 0), at(right, 0), at(right, 1), at(left, 1)],
            mix(grass, p.pale, 0.16),
            shade=("down", 0.3),
        )
    for path in _markings():
        c.line([at(u, v) for u, v in path], 0.007, p.paper)
    _ball(c, c.w * rng.uniform(0.2, 0.8), c.h * rng.uniform(0.72, 0.82), rng.uniform(0.075, 0.13))


def _markings() -> list[list[Point]]:
    box = [(-0.55, 0), (-0.55, 0.3), (0.55, 0.3), (0.55, 0)]
    small = [(-0.27, 0), (-0.27, 0.12), (0.27, 0.12), (0.27, 0)]
    circle = arc((0, 0.86), (0.3, 0.17), 0, math.tau)
    return [
        [(-1.2, 0.004), (1.2, 0.004)],
        box,
        small,
        arc((0, 0.3), (0.2, 0.1), 0, math.pi, 20),
        circle,
        [(-1.2, 0.86), (1.2, 0.86)],
    ]


def _stand(c: Canvas, foot: float, tall: float) -> None:
    p, rng = c.palette, c.rng
    c.poly(
        [(0, foot - tall), (c.w * 0.5, foot - tall * 0.8), (c.w, foot - tall), (c.w, foot), (0, foot)],
        mix(p.deep, p.mid, 0.1),
    )
    rows = 9
    ours, theirs = rng.sample((p.accent, p.mid, p.pale), 2)
    mixed = (p.accent, p.pale, p.mid, p.paper)
    # Supporters sit together, so the crowd is blocks of colour rather than confetti.
    fans = [rng.choice(((ours, ours, ours, p.paper), (theirs, theirs, p.paper), mixed)) for _ in range(9)]
    for row in range(rows):
        y = foot - 0.03 - row * (tall * 0.72) / rows
        for seat in range(int(c.w / 0.021) + 1):
            if rng.random() < 0.8:
                ink = rng.choice(fans[seat * 2 // 21 % len(fans)])
                c.disc(seat * 0.021 + rng.uniform(-0.003, 0.003) + (row % 2) * 0.01, y, 0.0065, ink)
    c.rect(0, foot - 0.024, c.w, foot, p.pale)
    x = 0.0
    while x < c.w:
        wide = rng.uniform(0.12, 0.3)
        c.rect(x, foot - 0.022, x + wide, foot - 0.003, rng.choice((p.accent, p.deep, p.paper, p.mid)))
        x += wide


def _floodlight(c: Canvas, x: float, y: float) -> None:
    p = c.palette
    c.line([(x, y), (x, y + 0.3)], 0.009, mix(p.deep, p.mid, 0.35))
    c.disc(x, y, 0.19, None, light=("glow", 1))
    c.rect(x - 0.06, y - 0.035, x + 0.06, y + 0.035, mix(p.deep, p.mid, 0.2))
    for column in range(4):
        for row in range(2):
            c.disc(x - 0.042 + column * 0.028, y - 0.016 + row * 0.032, 0.0105, p.paper)


def _ball(c: Canvas, x: float, y: float, radius: float) -> None:
    p = c.palette
    c.ellipse(x + radius * 0.3, y + radius * 0.98, radius * 1.1, radius * 0.22, None, shade=("flat", 0.8))
    c.disc(x, y, radius, p.paper)
    spin = c.rng.uniform(0, math.tau)
    c.poly(turned(arc((0, 0), (radius * 0.36, radius * 0.36), 0, math.tau, 5), x, y, spin), p.deep)
    for step in range(5):
        turn = spin + step * math.tau / 5
        inner = (x + math.cos(turn) * radius * 0.34, y + math.sin(turn) * radius * 0.34)
        c.line(
            [inner, (x + math.cos(turn) * radius * 0.7, y + math.sin(turn) * radius * 0.7)],
            radius * 0.045,
            p.deep,
        )
        rim = arc((x, y), (radius * 0.995, radius * 0.995), turn - 0.3, turn + 0.3, 10)
        c.poly([*rim, *arc((x, y), (radius * 0.7, radius * 0.7), turn + 0.16, turn - 0.16, 4)], p.deep)
    c.disc(x, y, radius, None, shade=("orb", 0.75))


def cycling(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = sky(c)
    horizon = c.h * rng.uniform(0.4, 0.52)
    sun(
        c,
        c.w * rng.uniform(0.15, 0.85),
        horizon - rng.uniform(0.02, 0.2),
        rng.uniform(0.1, 0.17),
        p.paper if dark else p.accent,
    )
    for share in (0, 0.4, 0.75):
        ground(
            c,
            swell(c, horizon + 0.2 * share, 0.07, 1.5 - share * 0.6),
            mix(mix(p.pale, p.mid, 0.4), mix(p.mid, p.deep, 0.35), share),
            shade=("down", 0.35),
        )
    road = c.h * rng.uniform(0.78, 0.82)
    c.rect(0, road - 0.09, c.w, c.h, mix(p.deep, p.mid, 0.25), light=("up", 0.2))
    c.rect(0, road - 0.1, c.w, road - 0.088, p.paper)
    dash = -rng.uniform(0, 0.3)
    while dash < c.w:
        c.poly(
            [
                (dash, c.h - 0.085),
                (dash + 0.2, c.h - 0.085),
                (dash + 0.17, c.h - 0.065),
                (dash - 0.03, c.h - 0.065),
            ],
            p.pale,
        )
        dash += 0.36
    riders = rng.randint(1, 4)
    jerseys = rng.sample((p.accent, p.paper, p.pale, mix(p.accent, p.paper, 0.5)), 4)
    size = rng.uniform(0.15, 0.17) if riders < 3 else rng.uniform(0.115, 0.13)
    gap, start = size * rng.uniform(2.7, 3.3), c.w * rng.uniform(0.42, 0.58)
    for rider in range(riders):
        x = start + (rider - (riders - 1) / 2) * gap
        _rider(c, x, road - 0.02 + 0.022 * (rider % 2), size, jerseys[rider])


def _rider(c: Canvas, x: float, foot: float, size: float, jersey: Colour) -> None:
    """Draw a racer bound to the right; `size` is the wheel's radius."""
    p = c.palette
    y = foot - size
    c.ellipse(x, foot + 0.012, size * 2.3, size * 0.1, None, shade=("flat", 0.8))
    for wheel in (-1.15, 1.15):
        _wheel(c, x + wheel * size, y, size)

    def at(px: float, py: float) -> Point:
        return x + px * size, y + py * size

    skin = mix(p.accent, p.paper, 0.45) if jersey != mix(p.accent, p.paper, 0.5) else mix(p.accent, p.deep, 0.35)
    crank, saddle, bars, hip = (-0.15, 0.15), (-0.55, -1.15), (0.95, -1.15), (-0.52, -1.3)
    stroke = c.rng.uniform(0, math.tau)
    feet = [(crank[0] + 0.33 * math.cos(turn), crank[1] + 0.33 * math.sin(turn)) for turn in (stroke, stroke + math.pi)]
    _leg(c, at, (hip, feet[1]), size, mix(skin, p.deep, 0.4))
    frame = [at(-1.15, 0), at(*crank), at(0.82, -0.85), at(-0.45, -0.85), at(-1.15, 0)]
    c.line(frame, size * 0.09, jersey)
    c.line([at(*crank), at(*saddle)], size * 0.09, jersey)
    c.line([at(0.75, -1.1), at(1.15, 0)], size * 0.09, jersey)
    c.line([at(saddle[0] - 0.2, saddle[1]), at(saddle[0] + 0.2, saddle[1])], size * 0.11, p.deep)
    c.line([at(0.75, -1.1), at(*bars), at(1.12, -0.98), at(0.98, -0.85)], size * 0.08, p.deep)
    c.ring(*at(*crank), size * 0.17, size * 0.06, p.paper)
    _leg(c, at, (hip, feet[0]), size, skin)
    neck = (0.45, -1.95)
    c.line([at(neck[0] - 0.08, neck[1] + 0.16), at(0.6, -1.4), at(*bars)], size * 0.17, skin)
    back = [
        at(hip[0] - 0.24, hip[1] + 0.08),
        at(-0.5, -1.75),
        at(-0.02, -2.12),
        at(0.45, -2.14),
        at(0.58, -1.84),
        at(0.2, -1.55),
        at(-0.25, -1.1),
    ]
    c.poly(back, jersey, shade=("down", 0.4))
    c.disc(*at(0.76, -2.2), size * 0.25, skin)
    c.poly(
        [at(0.44, -2.2), *[at(px, py) for px, py in arc((0.76, -2.26), (0.34, 0.3), math.pi, math.tau, 16)]],
        p.deep,
    )


def _leg(c: Canvas, at: Callable[..., Point], ends: tuple[Point, Point], size: float, ink: Colour) -> None:
    """Bend a leg from hip to foot at the knee, knee forward."""
    hip, foot = ends
    dx, dy = foot[0] - hip[0], foot[1] - hip[1]
    span, bone = math.hypot(dx, dy), 0.98
    turn = math.atan2(dy, dx) - math.acos(min(1, span / 2 / bone))
    knee = (hip[0] + bone * math.cos(turn), hip[1] + bone * math.sin(turn))
    c.line([at(*hip), at(*knee)], size * 0.3, mix(c.palette.deep, (0, 0, 0), 0.15))
    c.line([at(*knee), at(*foot)], size * 0.19, ink)
    c.line([at(foot[0] - 0.1, foot[1]), at(foot[0] + 0.2, foot[1] + 0.04)], size * 0.15, c.palette.paper)


def _wheel(c: Canvas, x: float, y: float, radius: float) -> None:
    p = c.palette
    spin = c.rng.uniform(0, 1)
    for step in range(9):
        turn = spin + step * math.pi / 9
        dx, dy = radius * math.cos(turn), radius * math.sin(turn)
        c.line([(x - dx, y - dy), (x + dx, y + dy)], 0.0022, mix(p.pale, p.deep, 0.2))
    c.ring(x, y, radius * 0.95, radius * 0.1, mix(p.deep, (0, 0, 0), 0.3))
    c.ring(x, y, radius * 0.86, radius * 0.05, p.pale)
    c.disc(x, y, radius * 0.08, p.paper)
