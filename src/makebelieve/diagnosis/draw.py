"""Pictures that show what a rule saw: rows of examples, lines and bars, with Pillow alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from makebelieve.data import pictures
from makebelieve.data.lettering import font

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["bars", "lines", "rows"]

PAPER, INK, FAINT = (255, 255, 255), (32, 32, 32), (205, 205, 205)
LIMIT = (180, 60, 0)
# Okabe and Ito's colours, which people with any colour vision tell apart.
COLOURS = ((0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233))
# Charts are shown at a quarter of this width on a phone, and their words must still be read there.
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 1280, 800, 160, 1248, 728
TEXT, LINE = 40, 52  # height of letters and of lines
DRAWN = str.maketrans({"–": "-", "½": "0.5", "₁": "1", "₀": "0"})  # the font has none of these


def rows(shown: Sequence[tuple[str, np.ndarray]], path: Path, columns: int = 12) -> Path:
    """Draw labelled rows of pictures.

    Args:
        shown: a label and (k, height, width, channels) uint8 for each row.
        path: where to.
        columns: how many pictures a row has at most.
    """
    return pictures.save(pictures.labelled(shown, columns), path)


def lines(
    curves: Sequence[tuple[str, np.ndarray, np.ndarray]],
    path: Path,
    *,
    title: str,
    limits: Sequence[tuple[str, float]] = (),
    across: str = "examples seen",
) -> Path:
    """Draw numbers against examples seen, or against something else.

    Args:
        curves: a name, (k,) examples seen and (k,) values for each.
        path: where to.
        title: what is drawn, with its unit.
        limits: a name and a value for each horizontal line.
        across: what they are drawn against.
    """
    chart = _Chart(title)
    chart.legend([name for name, _, _ in curves])
    values = np.concatenate([each for _, _, each in curves] + [np.asarray([v for _, v in limits])])
    end = max(float(x[-1]) for _, x, _ in curves)
    chart.axes(*_span(values), f"{end:,.4g} {across}" if end < 10 else f"{end:,.0f} {across}")
    for i, (_, seen, numbers) in enumerate(curves):
        places = LEFT + (RIGHT - LEFT) * seen / end
        downs = [chart.down(float(number)) for number in numbers]
        points = list(zip(places.tolist(), downs, strict=True))
        chart.draw.line(points, COLOURS[i % len(COLOURS)], 6, joint="curve")
    for name, value in limits:
        chart.limit(name, value)
    return pictures.save(chart.sheet, path)


def bars(
    values: np.ndarray,
    path: Path,
    *,
    title: str,
    limit: tuple[str, float] | None = None,
    names: Sequence[str] = (),
    beside: np.ndarray | None = None,
) -> Path:
    """Draw one bar for each value, or two side by side.

    Args:
        values: (k,) not below 0.
        path: where to.
        title: what is drawn, with its unit.
        limit: a name and a value for a horizontal line.
        names: (k,) below the bars.
        beside: (k,) what each is compared with, in a second colour.
    """
    chart = _Chart(title)
    every = np.concatenate([values, [limit[1] if limit else 0.0], [] if beside is None else beside])
    chart.axes(0.0, float(max(every.max(), 1e-12)))
    step = (RIGHT - LEFT) / len(values)
    for i, value in enumerate(values):
        left = LEFT + step * i
        chart.bar(left + 0.1 * step, left + (0.45 if beside is not None else 0.9) * step,
                  float(value), COLOURS[0])  # fmt: skip
        if beside is not None:
            chart.bar(left + 0.5 * step, left + 0.85 * step, float(beside[i]), COLOURS[1])
    if names:
        chart.names([pictures.short(name.translate(DRAWN), 10) for name in names], step)
    if limit:
        chart.limit(*limit)
    return pictures.save(chart.sheet, path)


class _Chart:
    """A sheet with a title, on which the next line of words or the axes are put below the last."""

    def __init__(self, title: str) -> None:
        title = title.translate(DRAWN)
        self.sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self.draw, self.font = ImageDraw.Draw(self.sheet), font(TEXT, title)
        self.top, self.low, self.high = 24.0, 0.0, 1.0
        line = ""
        for word in title.split():
            longer = f"{line} {word}".strip()
            if self.draw.textlength(longer, self.font) > RIGHT - 32:
                self._words(line)
                longer = word
            line = longer
        self._words(line)

    def _words(self, text: str) -> None:
        self.draw.text((32, self.top), text, INK, self.font)
        self.top += LINE

    def legend(self, names: Sequence[str]) -> None:
        """Name the curves, each after a piece of its line."""
        left = 32.0
        for i, name in enumerate(names):
            middle = self.top + LINE / 2
            self.draw.line((left, middle, left + 48, middle), COLOURS[i % len(COLOURS)], 6)
            self.draw.text((left + 64, middle), name, INK, self.font, anchor="lm")
            left += 64 + self.draw.textlength(name, self.font) + 48
        self.top += LINE

    def axes(self, low: float, high: float, end: str | None = None) -> None:
        """Draw four heights and, if it is told, where the horizontal axis ends."""
        self.top, self.low, self.high = self.top + 36, low, high
        for value in np.linspace(low, high, 4):
            y = self.down(float(value))
            self.draw.line((LEFT, y, RIGHT, y), FAINT, 2)
            self.draw.text((LEFT - 16, y), f"{value:.3g}", INK, self.font, anchor="rm")
        if end is not None:
            self.draw.text((LEFT, BOTTOM + 12), "0", INK, self.font, anchor="ma")
            self.draw.text((RIGHT, BOTTOM + 12), end, INK, self.font, anchor="ra")

    def names(self, names: Sequence[str], step: float) -> None:
        """Name bars, as many as there is room for."""
        letters = font(TEXT, *names)
        widest = max(self.draw.textlength(name, letters) for name in names) + 16
        every = math.ceil(widest / step)
        for i in range(0, len(names), every):
            at = (LEFT + step * (i + 0.5), BOTTOM + 12)
            self.draw.text(at, names[i], INK, letters, anchor="ma")

    def down(self, value: float) -> float:
        """Return how far down a value is drawn."""
        return BOTTOM - (BOTTOM - self.top) * (value - self.low) / (self.high - self.low)

    def bar(self, left: float, right: float, value: float, colour: tuple[int, ...]) -> None:
        """Draw one bar."""
        self.draw.rectangle((left, self.down(value), right, BOTTOM), colour)

    def limit(self, name: str, value: float) -> None:
        """Draw a horizontal line with its name."""
        y = self.down(value)
        self.draw.line((LEFT, y, RIGHT, y), LIMIT, 4)
        at = (RIGHT, y - 10)
        self.draw.text(at, name, LIMIT, self.font, anchor="rs", stroke_width=5, stroke_fill=PAPER)


def _span(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room
