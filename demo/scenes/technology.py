"""Scenes of the laboratory and the plant: chips, robots, molecules, networks."""

import math
from itertools import pairwise

from demo.canvas import Canvas, Colour, Point, arc, mix, turned

# Where a figure drawn around (0, 0) goes: x, y and its turn in radians.
Place = tuple[float, float, float]


def chip(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    board = rng.choice((p.deep, mix(p.mid, p.deep, 0.45), mix(p.accent, p.deep, 0.35), mix(p.mid, p.paper, 0.1)))
    c.fill(board, light=("corner", 0.25), shade=("down", 0.3))
    x, y, half = c.w * rng.uniform(0.3, 0.7), c.h * rng.uniform(0.42, 0.58), rng.uniform(0.15, 0.26)
    pins = int(half * rng.uniform(36, 60))
    bright = p.accent if board == p.deep else p.paper
    copper = [mix(board, p.pale, 0.55), mix(board, p.pale, 0.55), bright]
    for quarter in range(4):
        for pin in range(pins):
            offset = (pin - (pins - 1) / 2) / pins
            _trace(c, (x, y, quarter * math.pi / 2), half, offset * 1.9 * half, (rng.choice(copper), board))
    for _ in range(rng.randint(4, 8)):
        _component(c, rng.uniform(0, c.w), rng.choice((rng.uniform(0, 0.16), c.h - rng.uniform(0, 0.16))), board)
    _package(c, x, y, half, board)


def _package(c: Canvas, x: float, y: float, half: float, board: Colour) -> None:
    """Set the chip itself down, with the shadow of its thickness."""
    p, rng = c.palette, c.rng
    dx, dy = 0.03, 0.04
    shadow = [
        (-half, half),
        (half, half),
        (half, -half),
        (half + dx, dy - half),
        (half + dx, half + dy),
        (dx - half, half + dy),
    ]
    c.poly([(x + px, y + py) for px, py in shadow], mix(board, (0, 0, 0), 0.4))
    body = rng.choice((p.pale, p.accent)) if board == p.deep else mix(p.deep, (0, 0, 0), 0.2)
    c.rect(x - half, y - half, x + half, y + half, body, shade=("corner", 0.45), light=("left", 0.12))
    if rng.random() < 0.35:
        rim = half * 0.78
        c.disc(x, y, rim, mix(body, p.mid, 0.6), shade=("corner", 0.4))
        _die(c, (x - rim * 0.6, y - rim * 0.6, x + rim * 0.6, y + rim * 0.6), 3)
    else:
        rim = half * 0.76
        c.rect(x - rim, y - rim, x + rim, y + rim, mix(body, p.mid, 0.6), shade=("corner", 0.4))
        _die(c, (x - rim * 0.86, y - rim * 0.86, x + rim * 0.86, y + rim * 0.86), 4)
    c.disc(x - half * 0.87, y + half * 0.87, half * 0.05, p.paper)


def _trace(c: Canvas, place: Place, half: float, offset: float, inks: tuple[Colour, Colour]) -> None:
    """Lead a track from a pin outward; the farther from the middle, the sooner it fans out, so none cross."""
    width, (ink, board) = 0.0085, inks
    bend = half + 0.05 + (half - abs(offset)) * 0.75
    fan = math.copysign(abs(offset) * 1.1, offset)
    reach = bend + abs(fan) + (c.rng.uniform(0.02, 0.4) if c.rng.random() < 0.55 else 2)
    path = [(half * 0.9, offset), (bend, offset), (bend + abs(fan), offset + fan), (reach, offset + fan)]
    path = turned(path, *place)
    c.line(path, width, ink)
    c.line([path[0], *turned([(half + 0.03, offset)], *place)], width * 1.8, c.palette.paper)
    c.disc(*path[-1], width * 1.7, ink)
    c.disc(*path[-1], width * 0.7, board)


def _component(c: Canvas, x: float, y: float, board: Colour) -> None:
    p = c.palette
    wide, tall = c.rng.choice(((0.09, 0.045), (0.05, 0.09), (0.06, 0.06)))
    c.rect(
        x - wide / 2 + 0.012,
        y - tall / 2 + 0.015,
        x + wide / 2 + 0.012,
        y + tall / 2 + 0.015,
        mix(board, (0, 0, 0), 0.35),
    )
    c.rect(
        x - wide / 2,
        y - tall / 2,
        x + wide / 2,
        y + tall / 2,
        c.rng.choice((p.mid, p.pale, p.accent)),
        shade=("corner", 0.4),
    )
    c.rect(x - wide / 2, y - tall / 2, x - wide * 0.3, y + tall / 2, p.paper)


def _die(c: Canvas, box: tuple[float, float, float, float], splits: int) -> None:
    """Part a rectangle again and again into blocks, as a chip's floor plan."""
    p, rng = c.palette, c.rng
    x0, y0, x1, y1 = box
    if splits == 0 or (splits < 3 and rng.random() < 0.2):
        ink = rng.choice((p.accent, p.paper, mix(p.mid, p.deep, 0.4), p.pale, mix(p.accent, p.paper, 0.5)))
        c.rect(x0 + 0.003, y0 + 0.003, x1 - 0.003, y1 - 0.003, ink)
        return
    share = rng.uniform(0.34, 0.66)
    if x1 - x0 > y1 - y0:
        cut = x0 + (x1 - x0) * share
        halves = ((x0, y0, cut, y1), (cut, y0, x1, y1))
    else:
        cut = y0 + (y1 - y0) * share
        halves = ((x0, y0, x1, cut), (x0, cut, x1, y1))
    for half in halves:
        _die(c, half, splits - 1)


def robot(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    c.fill(mix(p.paper, p.pale, rng.uniform(0.3, 1)), light=("down", 0.4))
    floor = c.h * rng.uniform(0.78, 0.84)
    base_x = c.w * rng.uniform(0.28, 0.4)
    c.disc(
        c.w * rng.uniform(0.5, 0.66),
        c.h * rng.uniform(0.38, 0.5),
        rng.uniform(0.3, 0.36),
        rng.choice((p.accent, mix(p.mid, p.pale, 0.4))),
        light=("up", 0.4),
    )
    for step in range(rng.randint(1, 4)):
        _lamp(c, c.w * (0.12 + 0.25 * step) + rng.uniform(-0.05, 0.05), rng.uniform(0.05, 0.16))
    c.rect(0, floor, c.w, c.h, mix(p.mid, p.deep, 0.5), shade=("down", 0.4))
    belt = floor - rng.uniform(0.1, 0.16)
    target = (min(base_x + rng.uniform(0.52, 0.68), c.w - 0.11), belt - rng.uniform(0.25, 0.36))
    _belt(c, base_x + 0.28, belt, floor)
    _load(c, target[0], target[1] + 0.105, 0.1, p.deep if rng.random() < 0.5 else p.paper)
    c.poly(
        [
            (base_x - 0.16, floor + 0.03),
            (base_x - 0.09, floor - 0.14),
            (base_x + 0.09, floor - 0.14),
            (base_x + 0.16, floor + 0.03),
        ],
        p.deep,
        light=("left", 0.25),
    )
    c.rect(base_x - 0.2, floor + 0.02, base_x + 0.2, floor + 0.06, mix(p.deep, (0, 0, 0), 0.25))
    _arm(c, (base_x, floor - 0.14), target, rng.choice((p.accent, p.paper, p.mid)))


def _lamp(c: Canvas, x: float, drop: float) -> None:
    p = c.palette
    c.line([(x, 0), (x, drop)], 0.004, mix(p.pale, p.deep, 0.5))
    c.poly(
        [(x - 0.13, drop + 0.4), (x - 0.04, drop), (x + 0.04, drop), (x + 0.13, drop + 0.4)],
        None,
        light=("up", 0.5),
    )
    c.poly(arc((x, drop + 0.035), (0.055, 0.045), math.pi, math.tau, 20), mix(p.mid, p.deep, 0.6))


def _arm(c: Canvas, shoulder: Point, target: Point, ink: Colour) -> None:
    """Bend a two-boned arm so that its wrist hangs above the target, elbow up."""
    p = c.palette
    wrist = (target[0], target[1] - 0.09)
    dx, dy = wrist[0] - shoulder[0], wrist[1] - shoulder[1]
    span = math.hypot(dx, dy)
    bone = max(span / 2 * 1.12, 0.36)
    raised = math.atan2(dy, dx) - math.acos(min(1, span / 2 / bone))
    elbow = (shoulder[0] + bone * math.cos(raised), shoulder[1] + bone * math.sin(raised))
    for start, end, thick, tint in (
        (elbow, wrist, 0.075, mix(ink, p.deep, 0.18)),
        (shoulder, elbow, 0.115, ink),
    ):
        _bone(c, start, end, thick, tint)
    for (x, y), radius in ((shoulder, 0.095), (elbow, 0.075), (wrist, 0.05)):
        c.disc(x, y, radius, p.deep, light=("left", 0.3))
        c.disc(x, y, radius * 0.55, p.pale)
        c.disc(x, y, radius * 0.22, p.deep)
    x, y = target
    c.rect(x - 0.03, y - 0.06, x + 0.03, y - 0.01, p.deep)
    for side in (-1, 1):
        c.line([(x, y - 0.012), (x + side * 0.062, y), (x + side * 0.062, y + 0.055)], 0.018, p.deep)


def _bone(c: Canvas, start: Point, end: Point, thick: float, ink: Colour) -> None:
    length, turn = math.dist(start, end), math.atan2(end[1] - start[1], end[0] - start[0])
    figure = [(0, -thick / 2), (length, -thick * 0.36), (length, thick * 0.36), (0, thick / 2)]
    c.poly(turned(figure, *start, turn), ink, shade=("down", 0.5))
    stripe = [
        (length * 0.3, -thick * 0.12),
        (length * 0.75, -thick * 0.1),
        (length * 0.75, thick * 0.1),
        (length * 0.3, thick * 0.12),
    ]
    c.poly(turned(stripe, *start, turn), mix(ink, c.palette.deep, 0.5))


def _belt(c: Canvas, left: float, top: float, floor: float) -> None:
    p, rng = c.palette, c.rng
    for x in (left + 0.08, left + 0.5, left + 0.92):
        c.rect(x, top + 0.05, x + 0.035, floor + 0.02, mix(p.deep, p.mid, 0.3))
    c.rect(left, top, c.w, top + 0.06, p.deep)
    c.disc(left, top + 0.03, 0.03, p.deep)
    x = left
    while x < c.w:
        c.disc(x, top + 0.03, 0.017, p.pale)
        x += 0.075
    x = left + 0.03
    while x < c.w:
        size = rng.uniform(0.06, 0.095)
        _load(c, x + size / 2, top, size, rng.choice((p.accent, p.pale, p.mid)))
        x += size + rng.uniform(0.05, 0.14)


def _load(c: Canvas, x: float, foot: float, size: float, ink: Colour) -> None:
    c.rect(x - size / 2, foot - size, x + size / 2, foot, ink, shade=("right", 0.4))
    c.rect(x - size * 0.09, foot - size, x + size * 0.09, foot, mix(ink, c.palette.deep, 0.4))


def molecule(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = rng.random() < 0.45
    back = mix(p.deep, p.mid, 0.15) if dark else mix(p.paper, p.pale, 0.6)
    c.fill(back, light=("corner", 0.3))
    c.disc(
        c.w * rng.uniform(0.35, 0.65),
        c.h * 0.5,
        rng.uniform(0.36, 0.44),
        mix(back, rng.choice((p.mid, p.accent)), 0.55),
        light=("left", 0.3),
    )
    bond = p.pale if dark else p.deep
    size, turn = rng.uniform(0.12, 0.15), rng.uniform(0, 0.5)
    x, y = c.w * rng.uniform(0.3, 0.42), c.h * rng.uniform(0.4, 0.55)
    step = size * math.sqrt(3)
    rings = [(0.0, 0.0)] + [
        (step * math.cos(k * math.pi / 3), step * math.sin(k * math.pi / 3))
        for k in rng.sample(range(6), rng.randint(2, 3))
    ]
    corners = {}
    for ring in rings:
        figure = [
            (ring[0] + size * math.cos(k), ring[1] + size * math.sin(k))
            for k in (math.pi * (2 * n + 1) / 6 for n in range(6))
        ]
        c.line(turned([*figure, figure[0]], x, y, turn), 0.013, bond)
        corners.update({(round(px, 3), round(py, 3)): (px, py) for px, py in figure})
    for corner in corners.values():
        _atoms(c, corner, (x, y, turn), bond)
    _pills(c, dark)


def _atoms(c: Canvas, corner: Point, place: Place, bond: Colour) -> None:
    p, rng = c.palette, c.rng
    spot, away = turned([corner], *place)[0], math.hypot(*corner)
    if away > 0.2 and rng.random() < 0.4:
        tip = turned([(corner[0] * (1 + 0.12 / away), corner[1] * (1 + 0.12 / away))], *place)[0]
        c.line([spot, tip], 0.011, bond)
        c.disc(*tip, 0.028, p.accent, shade=("orb", 0.8))
    c.disc(
        *spot,
        rng.choice((0.03, 0.04, 0.048)),
        rng.choice((p.mid, p.paper, p.accent, p.pale)),
        shade=("orb", 0.9),
    )


def _pills(c: Canvas, dark: bool) -> None:
    p, rng = c.palette, c.rng
    for step in range(rng.randint(2, 3)):
        x, y = c.w * rng.uniform(0.62, 0.9), c.h * (0.24 + 0.27 * step + rng.uniform(-0.03, 0.03))
        turn, long, thick = rng.uniform(-0.9, 0.9), rng.uniform(0.1, 0.13), rng.uniform(0.06, 0.072)
        ends = (
            arc((long, 0), (thick, thick), -math.pi / 2, math.pi / 2, 20),
            arc((-long, 0), (thick, thick), math.pi / 2, math.pi * 1.5, 20),
        )
        shadow = [*ends[0], *ends[1]]
        c.poly(turned(shadow, x + 0.02, y + 0.03, turn), None, shade=("flat", 0.75))
        for end, ink in zip(ends, rng.choice(((p.accent, p.paper), (p.mid, p.paper), (p.accent, p.pale))), strict=True):
            c.poly(turned([*end, (0, end[-1][1]), (0, end[0][1])], x, y, turn), ink, shade=("corner", 0.4))
        c.line(
            turned([(-long, -thick * 0.5), (long, -thick * 0.5)], x, y, turn),
            0.012,
            mix(p.paper, p.pale, 0.2),
        )


def network(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    dark = rng.random() < 0.65
    back, thread = (
        (mix(p.deep, (0, 0, 0), 0.1), mix(p.deep, p.pale, 0.4))
        if dark
        else (mix(p.paper, p.pale, 0.4), mix(p.pale, p.mid, 0.7))
    )
    c.fill(back, light=("corner", 0.22))
    x, y = c.w * rng.uniform(0.44, 0.56), c.h * 0.5
    for step, ink in enumerate((mix(back, p.mid, 0.3), mix(back, p.mid, 0.5), mix(p.mid, p.accent, 0.2))):
        c.disc(x, y, 0.44 - step * 0.13, ink, light=("up", 0.3))
    layers = rng.randint(4, 5)
    columns = []
    for layer in range(layers):
        count = rng.randint(3, 7)
        across = c.w * (0.09 + 0.82 * layer / (layers - 1))
        columns.append([(across, c.h * (0.5 + 0.8 * ((node + 0.5) / count - 0.5))) for node in range(count)])
    hot = [rng.choice(column) for column in columns]
    for left, right in pairwise(columns):
        for start in left:
            for end in rng.sample(right, max(2, len(right) * 2 // 3)):
                c.line(_thread(start, end), 0.0032, thread)
    for start, end in pairwise(hot):
        c.line(_thread(start, end), 0.011, p.accent)
    for column in columns:
        for node in column:
            _node(c, node, node in hot, back)


def _thread(start: Point, end: Point) -> list[Point]:
    steps = [step / 14 for step in range(15)]
    rise = end[1] - start[1]
    return [(start[0] + (end[0] - start[0]) * share, start[1] + rise * share**2 * (3 - 2 * share)) for share in steps]


def _node(c: Canvas, spot: Point, hot: bool, back: Colour) -> None:
    p = c.palette
    radius = c.rng.uniform(0.022, 0.036) * (1.35 if hot else 1)
    c.disc(*spot, radius + 0.009, back)
    c.disc(*spot, radius, p.accent if hot else c.rng.choice((p.pale, p.mid, p.paper)), shade=("orb", 0.8))
    if hot:
        c.disc(*spot, radius * 0.42, p.paper)
