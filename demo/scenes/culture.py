"""Scenes of an evening out: books, a concert, a film."""

import math

from demo.canvas import Canvas, Colour, arc, mix, turned
from demo.scenes.scenery import swell


def bookshelf(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    wood = rng.choice((mix(p.accent, p.deep, 0.5), mix(p.pale, p.accent, 0.3), mix(p.mid, p.deep, 0.3), p.pale))
    c.fill(mix(wood, p.deep, 0.62), shade=("down", 0.4))
    shelves = rng.randint(2, 3) if c.h <= 1.2 else 4
    tall = c.h / shelves
    for shelf in range(shelves):
        foot = tall * (shelf + 1) - 0.045
        c.rect(0, foot - tall + 0.045, c.w, foot - tall * 0.7, None, shade=("up", 0.9))
        x = -rng.uniform(0, 0.05)
        while x < c.w:
            x += _shelved(c, x, foot, tall - 0.06)
        c.rect(0, foot, c.w, foot + 0.05, wood, light=("up", 0.3))
        c.rect(0, foot + 0.042, c.w, foot + 0.056, mix(wood, p.deep, 0.5))


def _shelved(c: Canvas, x: float, foot: float, room: float) -> float:
    """Put the next thing on a shelf; return how much of the shelf it takes."""
    p, rng = c.palette, c.rng
    kind = rng.choices(("book", "leaning", "pile", "ball", "gap"), (20, 2, 2, 0.5, 1.5))[0]
    if kind == "leaning":
        thick, tall = rng.uniform(0.04, 0.06), room * rng.uniform(0.66, 0.8)
        figure = [(0, 0), (thick, 0), (thick, -tall), (0, -tall)]
        lean = rng.uniform(0.14, 0.24)
        c.poly(
            turned(figure, x + 0.005, foot - thick * math.sin(lean), lean),
            rng.choice((p.accent, p.paper, p.mid)),
            shade=("right", 0.35),
        )
        return thick + tall * math.sin(lean) + 0.01
    if kind == "pile":
        wide, y = rng.uniform(0.2, 0.28), foot
        for _ in range(rng.randint(2, 5)):
            thick, inset = rng.uniform(0.03, 0.05), rng.uniform(0, 0.035)
            c.rect(
                x + inset,
                y - thick,
                x + wide - inset * 0.5,
                y,
                rng.choice((p.accent, p.pale, p.mid, p.paper)),
                shade=("down", 0.4),
            )
            c.rect(x + inset + 0.025, y - thick, x + inset + 0.035, y, p.deep)
            y -= thick
        return wide + 0.012
    if kind == "ball":
        _globe_stand(c, x + 0.12, foot, min(0.1, room * 0.3))
        return 0.25
    if kind == "gap":
        return rng.uniform(0.03, 0.1)
    return _spine(c, x, foot, room)


def _spine(c: Canvas, x: float, foot: float, room: float) -> float:
    p, rng = c.palette, c.rng
    thick, tall = rng.uniform(0.028, 0.078), room * rng.uniform(0.6, 0.92)
    ink = rng.choice(
        (
            p.accent,
            p.mid,
            p.pale,
            p.paper,
            mix(p.mid, p.deep, 0.45),
            mix(p.accent, p.paper, 0.4),
            mix(p.accent, p.deep, 0.4),
        )
    )
    trim = p.deep if sum(ink) > 400 else p.paper
    c.rect(x, foot - tall, x + thick, foot, ink, shade=("right", 0.5), light=("left", 0.2))
    style, middle = (
        rng.choice(("bands", "label", "lines", "plain", "dot")),
        foot - tall * rng.uniform(0.5, 0.75),
    )
    if style == "bands":
        for share in (0.12, 0.16, 0.86):
            c.rect(x, foot - tall * share, x + thick, foot - tall * share + 0.007, trim)
    elif style == "label":
        c.rect(x + thick * 0.18, middle - tall * 0.13, x + thick * 0.82, middle + tall * 0.13, trim)
    elif style == "lines":
        for share in (0.36, 0.64):
            c.line(
                [(x + thick * share, foot - tall * 0.85), (x + thick * share, foot - tall * 0.35)],
                0.005,
                trim,
            )
    elif style == "dot":
        c.disc(x + thick / 2, foot - tall * 0.12, thick * 0.22, trim)
        c.disc(x + thick / 2, middle, thick * 0.3, trim)
    return thick + 0.003


def _globe_stand(c: Canvas, x: float, foot: float, radius: float) -> None:
    p = c.palette
    y = foot - radius * 1.5
    c.poly(
        [
            (x - radius * 0.6, foot),
            (x + radius * 0.6, foot),
            (x + radius * 0.1, foot - radius * 0.6),
            (x - radius * 0.1, foot - radius * 0.6),
        ],
        p.pale,
    )
    c.line(arc((x, y), (radius * 1.15, radius * 1.15), -0.9, 2.2), radius * 0.09, p.pale)
    c.disc(x, y, radius, p.mid)
    for dx, dy, rx, ry in ((-0.3, -0.3, 0.4, 0.3), (0.35, 0.1, 0.3, 0.42), (-0.35, 0.45, 0.25, 0.2)):
        c.ellipse(x + dx * radius, y + dy * radius, rx * radius, ry * radius, p.accent)
    c.disc(x, y, radius, None, shade=("orb", 0.9))


def concert(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    c.fill(mix(p.deep, (0, 0, 0), 0.15), light=("down", 0.18))
    middle = c.h * rng.uniform(0.4, 0.46)
    c.disc(
        c.w * rng.uniform(0.3, 0.7),
        middle,
        rng.uniform(0.3, 0.4),
        mix(p.mid, p.deep, rng.uniform(0.1, 0.4)),
        light=("up", 0.35),
    )
    for _ in range(rng.randint(3, 5)):
        _beam(c, c.w * rng.uniform(0.05, 0.95), rng.uniform(-0.35, 0.35))
    bars = int(c.w / rng.uniform(0.034, 0.05))
    pitch_width, inks = c.w / bars, rng.choice(((p.accent, p.paper), (p.paper, p.accent), (p.pale, p.accent)))
    first, second = rng.uniform(0, 9), rng.uniform(1.5, 4)
    for bar in range(bars):
        share = (bar + 0.5) / bars
        reach = 0.3 * math.sin(math.pi * share) ** 0.7 * (0.3 + 0.7 * abs(math.sin(share * math.pi * second + first)))
        reach *= rng.uniform(0.55, 1)
        x = pitch_width * (bar + 0.5)
        c.line(
            [(x, middle - reach), (x, middle + reach)],
            pitch_width * 0.52,
            inks[1] if rng.random() < 0.16 else inks[0],
        )
    c.rect(0, c.h * 0.6, c.w, c.h, None, shade=("down", 0.9))
    for row, share in enumerate((0.35, 0.7, 1)):
        _crowd(
            c,
            c.h * (0.8 + 0.075 * row),
            0.042 + 0.012 * row,
            mix(mix(p.mid, p.accent, 0.2), mix(p.deep, (0, 0, 0), 0.4), share),
        )


def _beam(c: Canvas, x: float, lean: float) -> None:
    c.poly(
        [(x - 0.012, 0), (x + 0.012, 0), (x + lean + 0.16, c.h * 0.95), (x + lean - 0.16, c.h * 0.95)],
        None,
        light=("up", 0.75),
    )
    c.rect(x - 0.03, 0, x + 0.03, 0.035, c.palette.pale)


def _crowd(c: Canvas, y: float, size: float, ink: Colour) -> None:
    rng = c.rng
    x = -rng.uniform(0, size)
    while x < c.w + size:
        top = y + rng.uniform(-0.3, 0.3) * size
        c.disc(x, top, size * 0.5, ink)
        c.poly(
            [
                (x - size, c.h),
                *arc((x, top + size * 1.3), (size, size * 0.75), math.pi, math.tau, 14),
                (x + size, c.h),
            ],
            ink,
        )
        if rng.random() < 0.35:
            hand = x + rng.choice((-1, 1)) * size * rng.uniform(0.6, 1)
            raised = (hand + rng.uniform(-0.2, 0.2) * size, top - size * rng.uniform(1, 1.8))
            c.line([(hand, top + size * 1.2), raised], size * 0.32, ink)
            c.disc(*raised, size * 0.21, ink)
        x += size * rng.uniform(1.5, 2.1)


def cinema(c: Canvas) -> None:
    p, rng = c.palette, c.rng
    c.fill(mix(p.deep, (0, 0, 0), 0.3), light=("up", 0.08))
    fold = rng.uniform(0.045, 0.08)
    for step in range(int(c.w / fold) + 1):
        c.rect(step * fold, 0, step * fold + fold * 0.56, c.h * 0.86, mix(p.deep, p.accent, 0.16))
    if rng.random() < 0.55:
        _beam_of_light(c)
    else:
        _big_screen(c)
    for row, share in enumerate((0.5, 0.8, 1)):
        ink = mix(mix(p.accent, p.deep, 0.45), mix(p.deep, (0, 0, 0), 0.55), share)
        _seats(c, c.h * (0.76 + 0.1 * row), 0.065 + 0.018 * row, ink)


def _big_screen(c: Canvas) -> None:
    rng = c.rng
    wide = min(c.w * rng.uniform(0.58, 0.74), 1.15)
    tall = wide * rng.uniform(0.42, 0.52)
    left, top = (c.w - wide) * rng.uniform(0.3, 0.7), c.h * rng.uniform(0.07, 0.14)
    c.ellipse(left + wide / 2, top + tall / 2, wide * 0.8, tall, None, light=("glow", 0.55))
    c.rect(left - 0.02, top - 0.02, left + wide + 0.02, top + tall + 0.02, mix(c.palette.deep, (0, 0, 0), 0.55))
    _screen(c, left, top, left + wide, top + tall)
    c.rect(0, c.h * 0.7, c.w, c.h, None, light=("up", 0.2))


def _beam_of_light(c: Canvas) -> None:
    """See the hall from the side: the screen foreshortened, the beam crossing to it overhead."""
    p, rng = c.palette, c.rng
    left, wide = c.w * rng.uniform(0.03, 0.07), min(0.3, c.w * 0.24)
    top, foot, skew = c.h * rng.uniform(0.08, 0.14), c.h * rng.uniform(0.62, 0.68), 0.07
    source = (c.w * rng.uniform(0.93, 1.0), c.h * rng.uniform(0.12, 0.3))
    _screen(c, left, top, left + wide, foot)
    night = mix(p.deep, (0, 0, 0), 0.3)
    c.poly([(left - 0.01, top - 0.01), (left + wide + 0.01, top - 0.01), (left + wide + 0.01, top + skew)], night)
    c.poly(
        [(left - 0.01, foot + 0.01), (left + wide + 0.01, foot + 0.01), (left + wide + 0.01, foot - skew)],
        night,
    )
    edge = left + wide
    c.poly([source, (edge, top + skew), (edge, foot - skew)], mix(p.deep, p.pale, 0.42), light=("right", 0.75))
    c.poly([source, (edge, top + skew * 2), (edge, foot - skew * 3)], None, light=("right", 0.95))
    for _ in range(70):
        share = rng.uniform(0.1, 0.95)
        y = source[1] + (top + skew + (foot - top - 2 * skew) * rng.random() - source[1]) * share
        c.disc(source[0] + (edge - source[0]) * share, y, rng.uniform(0.0015, 0.0045), p.paper)
    c.rect(source[0] - 0.02, source[1] - 0.04, c.w + 0.1, source[1] + 0.04, mix(p.deep, (0, 0, 0), 0.6))
    c.disc(source[0] - 0.015, source[1], 0.022, p.paper)


def _screen(c: Canvas, x0: float, y0: float, x1: float, y1: float) -> None:
    """Show a film still: a sun over two hills, or a lone figure on a plain."""
    p, rng = c.palette, c.rng
    wide, tall = x1 - x0, y1 - y0
    c.rect(x0, y0, x1, y1, mix(p.accent, p.paper, rng.uniform(0.4, 0.8)), light=("down", 0.5))
    c.disc(
        x0 + wide * rng.uniform(0.28, 0.72),
        y0 + tall * 0.48,
        min(tall, wide) * rng.uniform(0.17, 0.25),
        rng.choice((p.accent, p.paper)),
    )
    for share, ink in ((0.6, p.mid), (0.8, mix(p.mid, p.deep, 0.6))):
        line = swell(c, y0 + tall * share, tall * 0.1, 2.2, (x0, x1))
        c.poly([*line, (x1, y1), (x0, y1)], ink, shade=("down", 0.4))
    x, foot, size = x0 + wide * rng.uniform(0.3, 0.7), y0 + tall * 0.86, min(tall, wide * 1.2) * 0.3
    c.poly(
        [
            (x - size * 0.14, foot),
            (x - size * 0.17, foot - size * 0.72),
            (x + size * 0.17, foot - size * 0.72),
            (x + size * 0.14, foot),
        ],
        p.deep,
    )
    c.disc(x, foot - size * 0.87, size * 0.13, p.deep)


def _seats(c: Canvas, y: float, size: float, ink: Colour) -> None:
    rng = c.rng
    x = -rng.uniform(0, size)
    while x < c.w + size:
        if rng.random() < 0.72:
            c.disc(
                x + rng.uniform(-0.1, 0.1) * size,
                y - size * 0.35,
                size * 0.42,
                mix(ink, (0, 0, 0), 0.35),
                light=("up", 0.12),
            )
        c.poly(
            [
                (x - size * 0.8, c.h),
                *arc((x, y + size * 0.5), (size * 0.8, size * 0.55), math.pi, math.tau, 14),
                (x + size * 0.8, c.h),
            ],
            ink,
            light=("up", 0.12),
        )
        x += size * 1.75
