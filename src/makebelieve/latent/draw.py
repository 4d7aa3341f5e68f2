"""Pictures of walks and maps, with Pillow alone: captions, rows, plots of points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from makebelieve.data import pictures
from makebelieve.data.lettering import font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import ImageFont

__all__ = ["COLOURS", "INK", "PAPER", "QUIET", "broken", "captioned", "rows", "ways"]

PAPER, INK, QUIET = (255, 255, 255), (32, 32, 32), (96, 96, 96)
# Okabe and Ito's colours, which people with any colour vision tell apart; yellow is left out, for
# it is lost on white.
COLOURS = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (90, 90, 90),
)
EDGE, GAP = 16, 4


def captioned(
    groups: Sequence[tuple[Sequence[str], np.ndarray]], title: str = "", note: str = ""
) -> Image.Image:
    """Draw pictures in one row, in groups with air between them, a caption under each.

    Args:
        groups: captions, and (k, height, width, channels) uint8, for each group.
        title: above.
        note: below, in words; broken into lines where it is long.
    """
    side = _side(groups[0][1], 96)
    count = sum(len(shown) for _, shown in groups)
    width = 2 * EDGE + count * (side + GAP) - GAP + (len(groups) - 1) * EDGE
    words = [caption for captions, _ in groups for caption in captions]
    small, lines = font(12, note, *words), []
    if note:
        lines = broken(note, width - 2 * EDGE, small)
    top = EDGE + (26 if title else 0)
    sheet = Image.new("RGB", (width, top + side + 24 + 17 * len(lines) + EDGE), PAPER)
    pen, left = ImageDraw.Draw(sheet), EDGE
    if title:
        pen.text((EDGE, EDGE - 2), title, INK, font(15, title))
    for captions, shown in groups:
        for caption, picture in zip(captions, shown, strict=True):
            sheet.paste(_enlarged(picture, side), (left, top))
            pen.text((left + side / 2, top + side + 5), caption, QUIET, small, anchor="ma")
            left += side + GAP
        left += EDGE
    for i, line in enumerate(lines):
        pen.text((EDGE, top + side + 28 + 17 * i), line, INK, small)
    return sheet


def rows(
    shown: Sequence[tuple[str, str, np.ndarray]], heads: Sequence[str], title: str = ""
) -> Image.Image:
    """Draw labelled rows of pictures under the heads of their columns.

    Args:
        shown: a name, a smaller remark and (k, height, width, channels) uint8 for each row.
        heads: (k,) above the columns.
        title: above all.
    """
    side = _side(shown[0][2])
    name_font = font(13, *(name for name, _, _ in shown))
    small = font(11, *(what for _, what, _ in shown))
    margin = EDGE + 12 + math.ceil(
        max(max(name_font.getlength(name), small.getlength(what)) for name, what, _ in shown)
    )  # fmt: skip
    top = EDGE + (28 if title else 0) + 18
    wide = math.ceil(font(15, title).getlength(title)) if title else 0
    width = max(margin + len(heads) * (side + GAP) - GAP, EDGE + wide) + EDGE
    sheet = Image.new("RGB", (width, top + len(shown) * (side + GAP) - GAP + EDGE), PAPER)
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((EDGE, EDGE - 2), title, INK, font(15, title))
    for i, head in enumerate(heads):
        at = margin + i * (side + GAP) + side / 2
        pen.text((at, top - 5), head, QUIET, small, anchor="ms")
    for name, what, pictured in shown:
        pen.text((EDGE, top + side / 2 - 2), name, INK, name_font, anchor="ls")
        pen.text((EDGE, top + side / 2 + 3), what, QUIET, small, anchor="la")
        for i, picture in enumerate(pictured):
            sheet.paste(_enlarged(picture, side), (margin + i * (side + GAP), top))
        top += side + GAP
    return sheet


def ways(cloud: np.ndarray, paths: Sequence[np.ndarray], size: int = 512) -> Image.Image:
    """Draw ways of points, each in a colour of its own, over a grey cloud.

    Args:
        cloud: (n, 2) what the model makes anyway.
        paths: (k, 2) points of each way; it begins with a ring and ends with a dot.
        size: height and width in pixels.
    """
    bounds = pictures.around(np.concatenate([cloud, *paths]))
    none = np.full(len(cloud), -1)
    # The ways are drawn twice as large and made small again, so that they are smooth.
    paper = pictures.scatter(cloud, none, size=size, bounds=bounds)
    paper = paper.resize((2 * size, 2 * size), Image.Resampling.NEAREST)
    left, right, bottom, top = bounds
    scale = np.array([2 * size / (right - left), -2 * size / (top - bottom)])
    pen = ImageDraw.Draw(paper)
    for i, path in enumerate(paths):
        colour = COLOURS[i % len(COLOURS)]
        places = ((path - (left, top)) * scale).tolist()
        pen.line([tuple(place) for place in places], colour, 4, joint="curve")
        for j, (x, y) in enumerate(places):
            fill = PAPER if j == 0 else colour
            pen.ellipse((x - 8, y - 8, x + 8, y + 8), fill, colour if j == 0 else PAPER, 3)
    return paper.resize((size, size), Image.Resampling.LANCZOS)


def _side(shown: np.ndarray, least: int = pictures.VISIBLE) -> int:
    """Return how large a picture is drawn: by a whole number, so that each pixel is seen."""
    size = max(shown.shape[1:3])
    return int(size * max(1, math.ceil(least / size)))


def _enlarged(picture: np.ndarray, side: int) -> Image.Image:
    image = pictures.to_image(picture).convert("RGB")
    return image.resize((side, side), Image.Resampling.NEAREST)


def broken(text: str, width: int, face: ImageFont.FreeTypeFont) -> list[str]:
    """Break words into lines that are no wider than `width`."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and face.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
