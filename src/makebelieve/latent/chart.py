"""Maps as pictures: what each place makes on the left, where real examples lie on the right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from makebelieve.data import pictures
from makebelieve.data.lettering import font
from makebelieve.latent.draw import COLOURS, INK, PAPER, QUIET, broken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from makebelieve.latent.map import LatentMap

__all__ = ["draw_maps"]

PANEL, BETWEEN, MARGIN = 512, 56, 40
MOST_NAMED = 21  # classes: seven colours by three shapes
LINES = ((170, 170, 170), (205, 205, 205))  # upright and level ones
HATCH, FRAME, SHADE = (120, 120, 120), (150, 150, 150), (238, 238, 238)
TICKS = (-2, -1, 0, 1, 2)
KINDS = {"vae": "VAE", "gan": "GAN"}


def draw_maps(maps: Sequence[LatentMap]) -> Image.Image:
    """Draw maps one below the other, each as two panels with a legend.

    Args:
        maps: at least one.
    """
    sheets = [_drawn(one) for one in maps]
    width = max(sheet.width for sheet in sheets)
    whole = Image.new("RGB", (width, sum(sheet.height for sheet in sheets)), PAPER)
    top = 0
    for sheet in sheets:
        whole.paste(sheet, (0, top))
        top += sheet.height
    return whole


def _drawn(shown: LatentMap) -> Image.Image:
    width = 2 * MARGIN + 2 * PANEL + BETWEEN
    heading, lines = _words(shown, width - 2 * MARGIN)
    entries = _entries(shown)
    legend = _legend_rows(entries, width - 2 * MARGIN)
    top = 24 + 28 + 20 * len(lines) + 34
    height = top + PANEL + 54 + 22 * len(legend) + 20
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, 22), heading, INK, font(20, heading))
    for i, line in enumerate(lines):
        pen.text((MARGIN, 54 + 20 * i), line, INK, font(14, line))
    right = MARGIN + PANEL + BETWEEN
    what = (
        "what the lines of the map become, and held-out points"
        if shown.lines is not None
        else "what each place makes"
    )
    pen.text((MARGIN, top - 8), what, QUIET, font(13, what), anchor="ls")
    pen.text((right, top - 8), "where held-out examples lie", QUIET, font(13), anchor="ls")
    sheet.paste(_deformed(shown) if shown.lines is not None else _cells(shown), (MARGIN, top))
    sheet.paste(_dots(shown), (right, top))
    for left in (MARGIN, right):
        pen.rectangle((left - 1, top - 1, left + PANEL, top + PANEL), outline=FRAME)
    for left in (MARGIN, right) if shown.lines is None else (right,):
        _axes(sheet, left, top, _axis_names(shown))
    for i, row in enumerate(legend):
        left = MARGIN
        for entry, wide in row:
            _entry(pen, left, top + PANEL + 58 + 22 * i, *entry)
            left += wide
    return sheet


def _words(shown: LatentMap, width: int) -> tuple[str, list[str]]:
    """Return a heading, and what the map says, in lines."""
    kind = KINDS.get(shown.model, shown.model)
    heading = f"{shown.name}: the map of {'an' if kind[0] in 'aeio' else 'a'} {kind}"
    said = []
    if shown.latent_dim > 2:
        of_what = (
            "what its pictures owe to the noise" if shown.holes is None else "the codes' variance"
        )
        said.append(
            f"A plane through {shown.latent_dim} numbers, with {shown.plane.shown:.0%} of "
            f"{of_what}."
        )
    if shown.holes is not None:
        where = ", seen in this plane" if shown.latent_dim > 2 else ""
        said.append(
            f"Holes{where}: {shown.holes.share:.0%} of the map; codes that fill it evenly would "
            "leave 1%. Equal areas are equally likely when the model is sampled."
        )
    else:
        said.append(
            "Every place is as likely as any other: a GAN fills its noise, and has no holes. An "
            "encoder that was learned from its samples guesses where held-out examples lie."
        )
    if shown.told is not None:
        said.append(f"What is made is of the class {shown.told}.")
    return heading, broken(" ".join(said), width, font(14, *said))


def _axis_names(shown: LatentMap) -> tuple[str, str]:
    if shown.latent_dim == 2:
        return "first number of the code", "second number"
    if shown.holes is None:
        return "direction of most change", "direction of second most change"
    return "first principal component", "second principal component"


def _axes(sheet: Image.Image, left: int, top: int, names: tuple[str, str]) -> None:
    """Write ticks and names below a panel and, turned, beside it."""
    pen, face, bottom = ImageDraw.Draw(sheet), font(12), top + PANEL
    for at in TICKS:
        share = 0.5 * (1 + math.erf(at / math.sqrt(2)))
        x, y = left + PANEL * share, bottom - PANEL * share
        pen.line((x, bottom + 1, x, bottom + 5), FRAME)
        pen.text((x, bottom + 7), str(at), QUIET, face, anchor="ma")
        pen.line((left - 6, y, left - 2, y), FRAME)
        pen.text((left - 8, y), str(at), QUIET, face, anchor="rm")
    along = f"{names[0]}, in standard deviations"
    pen.text((left + PANEL / 2, bottom + 26), along, QUIET, face, anchor="ma")
    label = Image.new("RGB", (math.ceil(face.getlength(names[1])) + 4, 18), PAPER)
    ImageDraw.Draw(label).text((2, 9), names[1], QUIET, face, anchor="lm")
    sheet.paste(label.rotate(90, expand=True), (left - 42, top + (PANEL - label.width) // 2))


def _cells(shown: LatentMap) -> Image.Image:
    """Draw what each cell makes, and hatch the holes."""
    n = len(shown.made)
    panel = Image.new("RGB", (PANEL, PANEL), PAPER)
    edges = np.linspace(0, PANEL, n + 1).round().astype(int).tolist()
    for row in range(n):
        for column in range(n):
            wide, high = edges[column + 1] - edges[column], edges[row + 1] - edges[row]
            image = pictures.to_image(shown.made[row, column]).convert("RGB")
            how = Image.Resampling.NEAREST if wide % image.width == 0 else Image.Resampling.BOX
            image = image.resize((wide, high), how)
            panel.paste(image, (edges[column], edges[row]))
    _hatch(panel, shown, PAPER, 0.3)
    return panel


def _hatch(panel: Image.Image, shown: LatentMap, under: tuple[int, ...], cover: float) -> None:
    """Cover the holes of a panel with a colour, hatch them, and outline them."""
    if shown.holes is None:
        return
    cells, size = shown.holes.cells, 2 * PANEL
    mask = Image.fromarray(cells.astype(np.uint8) * 255)
    inside = mask.resize((PANEL, PANEL), Image.Resampling.NEAREST)
    panel.paste(under, (0, 0, PANEL, PANEL), inside.point(lambda value: int(cover * value)))
    # Drawn larger and made small again, so that slanted lines are smooth.
    stripes = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(stripes)
    for start in range(-size, size, 16):
        pen.line((start, size, start + size, 0), 170, 2)
    stripes = stripes.resize((PANEL, PANEL), Image.Resampling.LANCZOS)
    stripes = Image.composite(stripes, Image.new("L", inside.size), inside)
    panel.paste(HATCH, (0, 0, PANEL, PANEL), stripes)
    _outline(ImageDraw.Draw(panel), cells)


def _outline(pen: ImageDraw.ImageDraw, cells: np.ndarray) -> None:
    """Draw a line between each hole and what is none."""
    edge = [round(i * PANEL / len(cells)) for i in range(len(cells) + 1)]
    for row, column in np.argwhere(cells[:, 1:] != cells[:, :-1]).tolist():
        pen.line((edge[column + 1], edge[row], edge[column + 1], edge[row + 1]), HATCH)
    for row, column in np.argwhere(cells[1:] != cells[:-1]).tolist():
        pen.line((edge[column], edge[row + 1], edge[column + 1], edge[row + 1]), HATCH)


def _dots(shown: LatentMap) -> Image.Image:
    """Draw held-out examples by colour and shape, those of every class in turn."""
    panel = Image.new("RGB", (PANEL, PANEL), PAPER)
    _hatch(panel, shown, SHADE, 1.0)
    large = panel.resize((2 * PANEL, 2 * PANEL), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(large)
    for (x, y), code in zip(shown.places, _codes(shown), strict=True):
        _mark(pen, 2 * PANEL * x, 2 * PANEL * (1 - y), 7.0, int(code))
    return large.resize((PANEL, PANEL), Image.Resampling.LANCZOS)


def _codes(shown: LatentMap) -> np.ndarray:
    """Return which mark each dot gets: −1 for no label, or one of too many."""
    if shown.labels is None:
        return np.zeros(len(shown.places), int)
    return np.where(shown.labels < MOST_NAMED, shown.labels, -1)


def _mark(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, code: int) -> None:
    """Draw one dot: seven colours, and a circle, a square or a triangle."""
    colour = COLOURS[code % len(COLOURS)] if code >= 0 else (190, 190, 190)
    shape = code // len(COLOURS) if code >= 0 else 0
    if shape == 0:
        pen.ellipse((x - r, y - r, x + r, y + r), colour, PAPER)
    elif shape == 1:
        pen.rectangle((x - r, y - r, x + r, y + r), colour, PAPER)
    else:
        pen.polygon([(x, y - 1.3 * r), (x - 1.2 * r, y + r), (x + 1.2 * r, y + r)], colour, PAPER)


def _entries(shown: LatentMap) -> list[tuple[int, str]]:
    """Return the legend: a code and a name for each mark that is drawn; −2 is a hole."""
    found: list[tuple[int, str]] = []
    if shown.labels is not None:
        seen = set(shown.labels.tolist())
        found = [(c, name) for c, name in enumerate(shown.classes[:MOST_NAMED]) if c in seen]
        if max(seen) >= MOST_NAMED:
            found.append((-1, f"{sum(c >= MOST_NAMED for c in seen)} other classes"))
        elif -1 in seen:
            found.append((-1, "not known"))
        found = [(c, f"{shown.column}: {name}" if i == 0 else name)
                 for i, (c, name) in enumerate(found)]  # fmt: skip
    if shown.holes is not None:
        found.append((-2, "hole: no training code is near"))
    return found


def _legend_rows(
    entries: list[tuple[int, str]], width: int
) -> list[list[tuple[tuple[int, str], int]]]:
    """Lay the legend out in rows, each entry with its width."""
    rows: list[list[tuple[tuple[int, str], int]]] = []
    left = width
    for code, name in entries:
        name = pictures.short(name, 40)
        wide = 46 + math.ceil(font(13, name).getlength(name))
        if left + wide > width:
            rows.append([])
            left = 0
        rows[-1].append(((code, name), wide))
        left += wide
    return rows


def _entry(pen: ImageDraw.ImageDraw, left: float, y: float, code: int, name: str) -> None:
    if code == -2:
        pen.rectangle((left, y - 7, left + 16, y + 7), SHADE, HATCH)
        for x in (left + 4, left + 10):
            pen.line((x - 3, y + 6, x + 5, y - 6), HATCH)
    else:
        _mark(pen, left + 8, y, 5.5, code)
    pen.text((left + 24, y), name, INK, font(13, name), anchor="lm")


def _deformed(shown: LatentMap) -> Image.Image:
    """Draw what the lines of a map of points become, upright and level ones in two colours."""
    assert shown.lines is not None
    size = 2 * PANEL
    panel = Image.new("RGB", (size, size), PAPER)
    pen = ImageDraw.Draw(panel)
    real = shown.examples if shown.examples is not None else np.zeros((0, 2))
    to_panel = _onto(np.concatenate([shown.lines.reshape(-1, 2), real]), size)
    for lines, colour in zip(shown.lines, LINES, strict=True):
        for line in lines:
            pen.line([tuple(place) for place in to_panel(line).tolist()], colour, 2, joint="curve")
    for (x, y), code in zip(to_panel(real).tolist(), _codes(shown).tolist(), strict=False):
        _mark(pen, x, y, 7.0, code)
    return panel.resize((PANEL, PANEL), Image.Resampling.LANCZOS)


def _onto(points: np.ndarray, size: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return what turns points of the plane into places of a panel, y upwards."""
    left, right, bottom, top = pictures.around(points)
    scale = np.array([size / (right - left), -size / (top - bottom)])
    return lambda each: (each - (left, top)) * scale
