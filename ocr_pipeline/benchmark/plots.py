"""Plots as inline SVG: curves, shares with intervals, stacked bars. Colours and type come from the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a plot."""

    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    label: Callable[[float], str]
    place: Callable[[float], float] = float
    """Where a value lies on an even scale, such as its logarithm."""

    def share(self, value: float) -> float:
        """How far along the axis a value lies, 0..1."""
        low, high = self.place(self.low), self.place(self.high)
        return (self.place(min(max(value, self.low), self.high)) - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a curve; ``note`` is shown when the pointer rests on it."""

    x: float
    y: float
    note: str
    low: float | None = None
    high: float | None = None
    """Ends of its interval, along y."""
    size: float = 3.0
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Marks that belong together."""

    name: str
    marks: tuple[Mark, ...]
    line: bool = True


WIDTH, HEIGHT = 560, 330
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 12, 46


def chart(x: Axis, y: Axis, series: Sequence[Series], diagonal: bool = False) -> str:
    """Curves and points with intervals over two axes; with the diagonal where both axes say the same thing."""
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">']
    for tick in y.ticks:
        at = _y(y, tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{escape(y.label(tick))}</text>'
        )
    for tick in x.ticks:
        at = _x(x, tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(_text("tick", at, HEIGHT - BOTTOM + 16, x.label(tick)))
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    parts.append(_text("title", middle_x, HEIGHT - 8, x.title))
    parts.append(f'<g transform="rotate(-90 14 {middle_y})">{_text("title", 14, middle_y, y.title)}</g>')
    if diagonal:
        steps = [x.low + (x.high - x.low) * i / 60 for i in range(61)]
        parts.append(f'<polyline class="diagonal" points="{_points(x, y, [(v, v) for v in steps])}"/>')
    parts += [_series(x, y, one, number) for number, one in enumerate(series)]
    return "".join([*parts, "</svg>"])


def whisker(value: float | None, low: float, high: float) -> str:
    """A share with its interval on a line from 0 to 1."""
    dot = "" if value is None else f'<circle cx="{100 * value:.2f}" cy="6" r="2.6"/>'
    return (
        '<svg class="whisker" viewBox="-3 0 106 12"><line class="whole" x1="0" x2="100" y1="6" y2="6"/>'
        f'<line class="interval" x1="{100 * low:.2f}" x2="{100 * high:.2f}" y1="6" y2="6"/>{dot}</svg>'
    )


def stacked(parts: Sequence[tuple[str, float]], whole: float) -> str:
    """A bar made of named parts, against the length of the longest."""
    bars, at = [], 0.0
    for number, (name, value) in enumerate(parts):
        width = 1000 * value / whole if whole else 0.0
        note = f"<title>{escape(f'{name}: {value:g} ms')}</title>"
        bars.append(f'<rect class="s{number % 6}" x="{at:.1f}" y="0" width="{width:.1f}" height="22">{note}</rect>')
        at += width
    return f'<svg class="stacked" viewBox="0 0 1000 22" preserveAspectRatio="none">{"".join(bars)}</svg>'


def nines(value: float) -> float:
    """The scale on which 0.9, 0.99 and 0.999 are equally far apart."""
    return -math.log10(max(1 - value, 1e-6))


def _series(x: Axis, y: Axis, one: Series, number: int) -> str:
    parts = [f'<g class="series s{number % 6}">']
    if one.line and len(one.marks) > 1:
        parts.append(f'<polyline points="{_points(x, y, [(mark.x, mark.y) for mark in one.marks])}"/>')
    for mark in one.marks:
        at_x, at_y = _x(x, mark.x), _y(y, mark.y)
        if mark.low is not None and mark.high is not None:
            ends = f'y1="{_y(y, mark.low):.1f}" y2="{_y(y, mark.high):.1f}"'
            parts.append(f'<line class="interval" x1="{at_x:.1f}" x2="{at_x:.1f}" {ends}/>')
        strong = ' class="strong"' if mark.strong else ""
        note = escape(f"{one.name}: {mark.note}")
        parts.append(
            f'<circle{strong} cx="{at_x:.1f}" cy="{at_y:.1f}" r="{mark.size:.1f}"><title>{note}</title></circle>'
        )
    return "".join([*parts, "</g>"])


def _text(kind: str, x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _points(x: Axis, y: Axis, values: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_x(x, a):.1f},{_y(y, b):.1f}" for a, b in values)


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)
