"""The charts of a brief as small SVG pictures: the two tracks over time, the 14 factors, reported killing. Pure.

Drawn by hand in 260 x 150 units, so that one picture serves the page, the PDF and the Word file; no chart library can export
offline without a browser engine. What is missing is hatched or a gap in a line, never a zero. Colours are names that each format
fills in (:data:`PRINT`, :data:`PAGE`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from monitor.briefs.past import Point
from monitor.briefs.spelling import exact

WIDTH, HEIGHT = 260, 150
LEFT, RIGHT, TOP, BOTTOM = 60, 256, 8, 132  # the area of a line chart
PRINT = {
    "ink": "#1b1b1f",
    "soft": "#4a4a54",
    "line": "#c4c4cc",
    "first": "#3d5a98",
    "second": "#b2600e",
    "pale": "#b7c3dc",
    "gap": "#8a8a92",
}
PAGE = {name: f"var(--{name})" for name in PRINT}
HATCH = (
    '<defs><pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" stroke="$gap" stroke-width="2.4"/></pattern></defs>'
)


@dataclass(frozen=True)
class Chart:
    """A picture: ``title`` above it, ``alt`` for who cannot see it, ``note`` below it; ``body``: SVG with names of colours."""

    id: str
    title: str
    alt: str
    note: str
    body: str

    def inner(self, colours: Mapping[str, str]) -> str:
        """Return the shapes in these colours."""
        return Template(self.body).substitute(colours)

    def svg(self, colours: Mapping[str, str] = PRINT) -> str:
        """Return the whole picture."""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        hatch = Template(HATCH).substitute(colours)
        return f'{head} font-family="Noto Sans" font-size="9.5">{hatch}{self.inner(colours)}</svg>'


@dataclass(frozen=True)
class Bar:
    """A score from 0 to 1, NaN where there is none; ``thin``: it rests on few readings."""

    name: str
    score: float
    thin: bool


def strip(rows: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Return a strip of bars for each row (title, bars); a bar without a score is hatched, a thin one pale."""
    parts, tall = [], 42
    step = WIDTH / max((len(bars) for _, bars in rows), default=1)
    for n, (title, bars) in enumerate(rows):
        base = 66 + n * 68
        parts.append(_text(0, base - tall - 6, title))
        for k, bar in enumerate(bars):
            x = k * step + 2
            if math.isnan(bar.score):
                parts.append(f'<rect x="{x:.1f}" y="{base - tall}" width="{step - 4:.1f}" height="{tall}" fill="url(#gap)"/>')
            else:
                height = max(bar.score * tall, 0.8)
                fill = 'fill="$pale" stroke="$first" stroke-dasharray="2 1.5"' if bar.thin else 'fill="$first"'
                parts.append(f'<rect x="{x:.1f}" y="{base - height:.1f}" width="{step - 4:.1f}" height="{height:.1f}" {fill}/>')
        parts.append(_line(0, base, WIDTH, base, "$soft"))
        parts.append(_line(0, base - tall / 2, WIDTH, base - tall / 2, "$soft", dash="3 3"))
    names = rows[0][1] if rows else ()
    parts += [_text(k * step + step / 2, HEIGHT - 2, bar.name, anchor="middle") for k, bar in enumerate(names)]
    return "".join(parts)


def two_lines(first: Sequence[Point], second: Sequence[Point], titles: tuple[str, str], marks: Mapping[str, float]) -> str:
    """Return two indices from 0 to 100 over time, with the marks where levels begin; the second is dashed."""
    frame = _Frame([p.end for p in (*first, *second)], 100.0)
    parts = [_line(LEFT, frame.y(at), RIGHT, frame.y(at), "$line") for at in marks.values()]
    named = {"": 0.0, **marks, " ": 100.0}
    parts += [_text(LEFT - 3, frame.y(at) + 3, f"{name} {at:.0f}".strip(), anchor="end") for name, at in named.items()]
    parts += [frame.axis(), *frame.polyline(second, "$second", dash="4 2"), *frame.polyline(first, "$first")]
    parts += [_line(0, 6, 16, 6, "$first", wide=1.8), _text(19, 9, titles[0])]
    parts += [_line(130, 6, 146, 6, "$second", wide=1.8, dash="4 2"), _text(149, 9, titles[1])]
    return "".join(parts)


def columns(points: Sequence[Point]) -> str:
    """Return one column a period on a scale whose every step is ten times the one below; hatched where it is unknown."""
    most = max([p.value for p in points if not math.isnan(p.value)], default=1.0)
    steps = max(math.ceil(math.log10(max(most, 1.0))), 1)
    frame = _Frame([p.end for p in points], float(steps + 1))  # 1 lies one step above the axis, where nothing is reported
    wide = max((RIGHT - LEFT) / max(len(points), 1) - 0.5, 0.8)
    parts = [_text(LEFT - 3, frame.y(n + 1) + 3, exact(10.0**n), anchor="end") for n in range(steps + 1)]
    parts += [_text(LEFT - 3, BOTTOM + 3, "0", anchor="end")]
    parts += [_line(LEFT, frame.y(n + 1), RIGHT, frame.y(n + 1), "$line") for n in range(steps + 1)]
    for n, point in enumerate(points):
        x = LEFT + n * (RIGHT - LEFT) / len(points)
        y = frame.y(steps + 1) if math.isnan(point.value) else frame.y(1 + math.log10(max(point.value, 1.0)))
        fill = "url(#gap)" if math.isnan(point.value) else "$second"
        if point.value != 0:
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BOTTOM - y:.1f}" fill="{fill}"/>')
    return "".join([*parts, frame.axis()])


class _Frame:
    """Where days and values lie in the area of a chart. ``top``: the value at its upper edge."""

    def __init__(self, days: Sequence[str], top: float) -> None:
        self.first, self.last, self.top = min(days, default=""), max(days, default=""), top
        self._from, self._to = _months(self.first), _months(self.last)

    def x(self, day: str) -> float:
        return LEFT + (RIGHT - LEFT) * (_months(day) - self._from) / max(self._to - self._from, 1)

    def y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP - 12) * value / self.top

    def axis(self) -> str:
        ends = _text(LEFT, HEIGHT - 5, self.first[:7]) + _text(RIGHT, HEIGHT - 5, self.last[:7], anchor="end")
        return _line(LEFT, BOTTOM, RIGHT, BOTTOM, "$soft") + ends

    def polyline(self, points: Sequence[Point], colour: str, dash: str = "") -> Iterator[str]:
        """Yield a line a run of known values: an unknown one breaks it."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        for run in _runs(points):
            at = " ".join(f"{self.x(p.end):.1f},{self.y(p.value):.1f}" for p in run)
            yield f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="1.8"{dashed}/>'


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in points:
        if not math.isnan(point.value):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _months(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) if day else 0


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, wide: float = 0.8, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{wide}"{dashed}/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    shown = escape(text).replace("$", "$$")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="$soft">{shown}</text>'
