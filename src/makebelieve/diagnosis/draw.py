"""Pictures that show what a rule saw: rows of examples, lines and bars, with Pillow alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from makebelieve.data import pictures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["bars", "lines", "rows"]

PAPER, INK, FAINT = (255, 255, 255), (32, 32, 32), (205, 205, 205)
LIMIT = (180, 60, 0)
# Okabe and Ito's colours, which people with any colour vision tell apart.
COLOURS = ((0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233))
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 320, 72, 44, 44


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
    sheet, draw, font = _sheet(title)
    values = np.concatenate([each for _, _, each in curves] + [np.asarray([v for _, v in limits])])
    low, high = _span(values)
    end = max(float(x[-1]) for _, x, _ in curves)
    _axis(draw, font, low, high, f"{end:,.4g} {across}" if end < 10 else f"{end:,.0f} {across}")
    for name, value in limits:
        y = _down(value, low, high)
        draw.line((LEFT, y, WIDTH - 16, y), LIMIT, 2)
        draw.text((WIDTH - 18, y - 3), name, LIMIT, font, anchor="rs")
    for i, (_, seen, numbers) in enumerate(curves):
        colour = COLOURS[i % len(COLOURS)]
        places = LEFT + (WIDTH - 16 - LEFT) * seen / end
        downs = [_down(float(number), low, high) for number in numbers]
        draw.line(list(zip(places.tolist(), downs, strict=True)), colour, 3, joint="curve")
    _legend(draw, font, [name for name, _, _ in curves])
    return pictures.save(sheet, path)


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
    sheet, draw, font = _sheet(title)
    every = np.concatenate([values, [limit[1] if limit else 0.0], [] if beside is None else beside])
    high = float(max(every.max(), 1e-12))
    _axis(draw, font, 0.0, high, None)
    step = (WIDTH - 16 - LEFT) / len(values)
    for i, value in enumerate(values):
        left = LEFT + step * i
        _bar(draw, left + 0.1 * step, left + (0.45 if beside is not None else 0.9) * step,
             float(value) / high, COLOURS[0])  # fmt: skip
        if beside is not None:
            _bar(draw, left + 0.5 * step, left + 0.85 * step, float(beside[i]) / high, COLOURS[1])
        if names:
            draw.text((left + step / 2, HEIGHT - BOTTOM + 6), pictures.short(names[i], 10), INK,
                      font, anchor="ma")  # fmt: skip
    if limit:
        y = _down(limit[1], 0.0, high)
        draw.line((LEFT, y, WIDTH - 16, y), LIMIT, 2)
        draw.text((WIDTH - 18, y - 3), limit[0], LIMIT, font, anchor="rs")
    return pictures.save(sheet, path)


def _sheet(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw, ImageFont.ImageFont]:
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    draw.text((16, 12), title, INK, ImageFont.load_default(15))
    return sheet, draw, font  # type: ignore[return-value]


def _legend(draw: ImageDraw.ImageDraw, font: ImageFont.ImageFont, names: Sequence[str]) -> None:
    """Name the curves above them, from right to left, each with a piece of its line."""
    right = float(WIDTH - 16)
    for i, name in reversed(list(enumerate(names))):
        draw.text((right, 14), name, INK, font, anchor="ra")
        left = right - draw.textlength(name, font) - 6
        draw.line((left - 18, 21, left, 21), COLOURS[i % len(COLOURS)], 3)
        right = left - 34


def _span(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room


def _down(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low)
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share


def _axis(
    draw: ImageDraw.ImageDraw, font: ImageFont.ImageFont, low: float, high: float, end: str | None
) -> None:
    for value in np.linspace(low, high, 4):
        y = _down(float(value), low, high)
        draw.line((LEFT, y, WIDTH - 16, y), FAINT)
        draw.text((LEFT - 8, y), f"{value:.3g}", INK, font, anchor="rm")
    if end is not None:
        draw.text((LEFT, HEIGHT - BOTTOM + 6), "0", INK, font, anchor="ma")
        draw.text((WIDTH - 16, HEIGHT - BOTTOM + 6), end, INK, font,
                  anchor="ra")  # fmt: skip


def _bar(
    draw: ImageDraw.ImageDraw, left: float, right: float, share: float, colour: tuple[int, ...]
) -> None:
    top = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share
    draw.rectangle((left, top, right, HEIGHT - BOTTOM), colour)
