"""A line chart as SVG: both axes logarithmic, every line named at its end."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 800, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 250, 40, 44
COLOURS = ("#1d6fd0", "#7aa7dd", "#c2410c", "#a16207", "#7c3aed", "#15803d", "#57534e")
Line = tuple[str, Sequence[tuple[float, float]]]


def chart(title: str, across: str, lines: Sequence[Line]) -> str:
    points = [point for _, found in lines for point in found if min(point) > 0]
    if not points:
        return ""
    xs, ys = bounds([x for x, _ in points]), bounds([y for _, y in points], whole=True)
    parts = [head(title, across), *grid(xs, ys, sorted({x for x, _ in points}))]
    ends = spread([at(found[-1][1], ys, HEIGHT - BOTTOM, TOP) for _, found in lines if found])
    drawn = [(name, found) for name, found in lines if found]
    for n, ((name, found), end) in enumerate(zip(drawn, ends, strict=True)):
        parts.append(line(name, found, xs, ys, COLOURS[n % len(COLOURS)], end))
    return "\n".join([*parts, "</svg>", ""])


def bounds(values: list[float], whole: bool = False) -> tuple[float, float]:
    low, high = min(values), max(values)
    if whole:
        low, high = 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high))
    return (low, high) if high > low else (low, low * 10)


def at(value: float, within: tuple[float, float], low: float, high: float) -> float:
    share = math.log(value / within[0]) / math.log(within[1] / within[0])
    return low + share * (high - low)


def head(title: str, across: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="600" fill="#1c1917">'
        f"{escape(title)}</text>\n"
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle" '
        f'fill="#57534e">{escape(across)}</text>'
    )


def grid(xs: tuple[float, float], ys: tuple[float, float], marks: Sequence[float]) -> list[str]:
    parts, power = [], ys[0]
    while power <= ys[1] * 1.001:
        y = at(power, ys, HEIGHT - BOTTOM, TOP)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e7e5e4"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#57534e">'
            f"{power:,.9g}</text>"
        )
        power *= 10
    for mark, x in with_room([(mark, at(mark, xs, LEFT, WIDTH - RIGHT)) for mark in marks]):
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#57534e">'
            f"{mark:,.9g}</text>"
        )
    return parts


def with_room(
    marks: Sequence[tuple[float, float]], pixels: float = 44
) -> list[tuple[float, float]]:
    """Those that have room for their numbers, the last one above all."""
    kept = list(marks[-1:])
    for mark, x in reversed(marks[:-1]):
        if kept[0][1] - x >= pixels:
            kept.insert(0, (mark, x))
    return kept


def line(
    name: str, points: Sequence[tuple[float, float]], xs: tuple[float, float],
    ys: tuple[float, float], colour: str, label: float,
) -> str:  # fmt: skip
    places = [(at(x, xs, LEFT, WIDTH - RIGHT), at(y, ys, HEIGHT - BOTTOM, TOP)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'
        f'<text x="{places[-1][0] + 8:.1f}" y="{label + 4:.1f}" fill="{colour}">'
        f"{escape(name)}</text>"
    )


def spread(places: list[float], apart: float = 14) -> list[float]:
    """The same places, moved down where two names would stand on each other."""
    found = list(places)
    order = sorted(range(len(places)), key=places.__getitem__)
    for before, after in itertools.pairwise(order):
        found[after] = max(found[after], found[before] + apart)
    return found
