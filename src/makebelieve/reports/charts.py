"""Line charts as inline SVG: labelled at their lines, readable by screen readers, in any theme."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from makebelieve.reports.markup import Markup, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Band", "Line", "bar_chart", "compact", "line_chart", "reliability_chart", "ticks"]

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 74, 26, 38
APART = 15  # least distance between two labels


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        name: written at its right end.
        xs: where.
        ys: how much.
        style: a class of the style sheet: "held" or "train".
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    style: str


@dataclass(frozen=True)
class Band:
    """The values that a healthy run has.

    Args:
        low: the least; −∞ where there is none.
        high: the greatest; ∞ where there is none.
        name: written inside.
    """

    low: float
    high: float
    name: str


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers that span an interval.

    Example:
        >>> ticks(0.1, 0.93)
        [0.2, 0.4, 0.6, 0.8]
    """
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def compact(count: float) -> str:
    """Write a count in little space.

    Example:
        >>> compact(160_000), compact(1_500), compact(9_024), compact(0), compact(2.5e6)
        ('160k', '1.5k', '9k', '0', '2.5M')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(count) >= size:
            digits = 0 if abs(count) >= 10 * size else 1
            return f"{count / size:.{digits}f}".removesuffix(".0") + letter
    return f"{count:g}"


@dataclass(frozen=True)
class _Frame:
    """From numbers to places in the drawing."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        share = (value - self.x_low) / ((self.x_high - self.x_low) or 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.y_low) / ((self.y_high - self.y_low) or 1)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def line_chart(
    lines: Sequence[Line],
    *,
    key: str,
    title: str,
    summary: str,
    x_label: str,
    y_label: str,
    write: Callable[[float], str],
    reference: tuple[float, str] | None = None,
    band: Band | None = None,
) -> Markup:
    """Draw lines.

    Args:
        lines: at least one, each with at least one point.
        key: a word that no other chart of the page has.
        title: what the chart shows, for those who cannot see it.
        summary: what can be read from it, with numbers, for the same people.
        x_label: along the bottom.
        y_label: above the axis.
        write: how a number of the y axis is written.
        reference: a level worth knowing, and its name.
        band: where the values of a healthy run lie.
    """
    frame = _frame(lines, reference, band)
    return _svg(key, title, summary, [
        _band(frame, band),
        _grid(frame, write),
        _axis_labels(x_label, y_label),
        _reference(frame, reference, below=_lowest(lines, reference)),
        [_line(line, frame) for line in lines],
        _names(lines, frame),
    ])  # fmt: skip


def _frame(lines: Sequence[Line], reference: tuple[float, str] | None, band: Band | None) -> _Frame:
    xs = [x for line in lines for x in line.xs]
    ys = _without_start(lines) + ([reference[0]] if reference else [])
    if band is not None:
        ys += [edge for edge in (band.low, band.high) if math.isfinite(edge)]
    low, high = min(ys), max(ys)
    margin = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    return _Frame(0.0, max(xs), low - margin, high + margin)


def _without_start(lines: Sequence[Line]) -> list[float]:
    """Return the values that the axis shows: a first one far off would flatten all the rest."""
    ys = [y for line in lines for y in line.ys]
    later = [y for line in lines for y in line.ys[1:]]
    if later and max(ys) - min(ys) > 4 * (max(later) - min(later)) > 0:
        return later
    return ys


def _grid(frame: _Frame, write: Callable[[float], str], *, across: bool = True) -> list[Markup]:
    found = []
    for value in ticks(frame.y_low, frame.y_high):
        y = frame.y(value)
        found.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="rule"))
        found.append(tag("text", write(value), x=LEFT - 6, y=y + 4, class_="tick end"))
    for value in ticks(frame.x_low, frame.x_high, 4) if across else ():
        x, y = frame.x(value), HEIGHT - BOTTOM + 15
        found.append(tag("text", compact(value), x=x, y=y, class_="tick middle"))
    return found


def _axis_labels(x_label: str, y_label: str) -> list[Markup]:
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [
        tag("text", x_label, x=middle, y=HEIGHT - 5, class_="axis middle"),
        tag("text", y_label, x=0, y=12, class_="axis"),
    ]


def _reference(
    frame: _Frame, reference: tuple[float, str] | None, *, below: bool = False
) -> list[Markup]:
    if reference is None:
        return []
    y = frame.y(reference[0])
    line = tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="reference")
    return [
        line,
        tag("text", reference[1], x=LEFT + 4, y=round(y + (13 if below else -5), 1), class_="tick"),
    ]


def _lowest(lines: Sequence[Line], reference: tuple[float, str] | None) -> bool:
    """Say whether the first line stays above the reference, so that its name has room below."""
    return reference is not None and min(lines[0].ys) == reference[0]


def _band(frame: _Frame, band: Band | None) -> list[Markup]:
    if band is None:
        return []
    top, bottom = frame.y(min(band.high, frame.y_high)), frame.y(max(band.low, frame.y_low))
    box = tag("rect", x=LEFT, y=top, width=WIDTH - LEFT - RIGHT, height=round(bottom - top, 1),
              class_="band")  # fmt: skip
    y = bottom - 5 if bottom - top > 18 else bottom + 13
    return [box, tag("text", band.name, x=WIDTH - RIGHT - 4, y=round(y, 1), class_="tick end")]


def _line(line: Line, frame: _Frame) -> Markup:
    # A value beyond the frame is drawn at its edge: the line enters from there.
    places = [
        (frame.x(x), frame.y(min(max(y, frame.y_low), frame.y_high)))
        for x, y in zip(line.xs, line.ys, strict=True)
    ]
    if len(places) == 1:
        return tag("circle", cx=places[0][0], cy=places[0][1], r=3, class_=f"dot {line.style}")
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    return tag("path", d=path, class_=f"line {line.style}")


def _names(lines: Sequence[Line], frame: _Frame) -> list[Markup]:
    """Write each line's name at its end, pushed apart where two would touch."""
    ends = sorted(((frame.y(line.ys[-1]), line) for line in lines), key=lambda end: end[0])
    found, last = [], -math.inf
    for y, line in ends:
        last = max(y, last + APART)
        x = WIDTH - RIGHT + 6
        found.append(tag("text", line.name, x=x, y=round(last + 4, 1), class_=f"name {line.style}"))
    return found


def bar_chart(
    values: Sequence[float],
    *,
    key: str,
    title: str,
    summary: str,
    x_label: str,
    y_label: str,
    write: Callable[[float], str],
    limit: tuple[float, str],
) -> Markup:
    """Draw one bar for each value.

    Args:
        values: not below 0.
        key: a word that no other chart of the page has.
        title: what the chart shows, for those who cannot see it.
        summary: what can be read from it, with numbers, for the same people.
        x_label: along the bottom.
        y_label: above the axis.
        write: how a value is written.
        limit: a level worth knowing, and its name.
    """
    frame = _Frame(0.0, float(len(values)), 0.0, 1.06 * max(*values, limit[0], 1e-9))
    width = (WIDTH - LEFT - RIGHT) / len(values)
    bars = []
    for i, value in enumerate(values):
        top = frame.y(value)
        bars.append(tag("rect", x=round(frame.x(i) + 0.12 * width, 1), y=top,
                        width=round(0.76 * width, 1), height=round(frame.y(0) - top, 1),
                        class_="bar-of" if value > limit[0] else "bar-of dead"))  # fmt: skip
    beside = round(frame.y(limit[0]) + 4, 1)
    return _svg(key, title, summary, [
        _grid(frame, write, across=False), _axis_labels(x_label, y_label), bars,
        _reference(frame, (limit[0], "")),
        tag("text", limit[1], x=WIDTH - RIGHT + 6, y=beside, class_="tick"),
    ])  # fmt: skip


def reliability_chart(
    bins: Sequence[tuple[float, float, int]], *, key: str, title: str, summary: str
) -> Markup:
    """Draw how often a judge is right against how sure it is.

    Args:
        bins: mean confidence, share of right verdicts, and how many; for each bin.
        key: a word that no other chart of the page has.
        title: what the chart shows, for those who cannot see it.
        summary: what can be read from it, with numbers, for the same people.
    """
    frame = _Frame(0.0, 1.0, 0.0, 1.0)
    most = max(count for _, _, count in bins)
    ideal = tag("path", d=f"M{frame.x(0)} {frame.y(0)}L{frame.x(1)} {frame.y(1)}",
                class_="reference")  # fmt: skip
    dots = [
        tag("circle", cx=frame.x(sure), cy=frame.y(right),
            r=round(3 + 6 * math.sqrt(count / most), 1), class_="dot")
        for sure, right, count in bins
    ]  # fmt: skip
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    across = [
        tag("text", f"{v:.0%}", x=frame.x(v), y=HEIGHT - BOTTOM + 15, class_="tick middle")
        for v in shares
    ]
    return _svg(key, title, summary, [
        _grid(frame, lambda v: f"{v:.0%}", across=False), across,
        _axis_labels("how sure it is", "how often it is right"), ideal,
        tag("text", "honest", x=frame.x(0.13), y=frame.y(0.08), class_="tick"), dots,
    ])  # fmt: skip


def _svg(key: str, title: str, summary: str, inside: object) -> Markup:
    names = f"chart-{key}-title", f"chart-{key}-desc"
    return tag(
        "svg",
        tag("title", title, id=names[0]),
        tag("desc", summary, id=names[1]),
        inside,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=" ".join(names),
        class_="chart",
    )
