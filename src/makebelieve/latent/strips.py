"""What each number of a code does: one strip a number, the liveliest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from makebelieve.data.lettering import font
from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.latent.draw import COLOURS, INK, PAPER, rows, ways
from makebelieve.latent.invert import codes_of
from makebelieve.latent.space import decode, prior, told
from makebelieve.latent.walk import traverse
from makebelieve.models.model import Encodes, Generates, Posterior
from makebelieve.models.terms import gaussian_kl
from makebelieve.runs.heldout import held_out
from makebelieve.runs.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

__all__ = ["Traversal", "draw_traversal", "liveliness", "traversals"]

SPAN = 2.0  # standard deviations to either side
PROBED = 64  # codes at which a number is moved
PANEL, CLOUD = 512, 2_000


@dataclass(frozen=True)
class Traversal:
    """Every number of a code on its way, the others standing still.

    Args:
        name: of the run.
        dimensions: which numbers, the liveliest first.
        scores: (len(dimensions),) how lively each is.
        unit: what the scores are: "nats" of KL, or "change" of the examples.
        values: (k,) where each number goes, in standard deviations.
        made: (len(dimensions), k, …) what the codes stand for, as data sets store examples.
        cloud: for points, (n, 2) samples to be drawn behind them; else empty.
    """

    name: str
    dimensions: tuple[int, ...]
    scores: tuple[float, ...]
    unit: str
    values: tuple[float, ...]
    made: np.ndarray
    cloud: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """Return all but the pictures, for JSON."""
        return {
            "run": self.name,
            "unit": self.unit,
            "dimensions": [
                {"dimension": each, self.unit: score}
                for each, score in zip(self.dimensions, self.scores, strict=True)
            ],
            "values": list(self.values),
        }


def traversals(
    run: Run | str | Path,
    picture: np.ndarray | None = None,
    *,
    steps: int = 9,
    most: int | None = None,
    label: str | int | None = None,
) -> Traversal:
    """Move each number of the code by itself, from −2 to 2 standard deviations.

    Args:
        run: an autoencoder, VAE or GAN: the run, its folder or its name.
        picture: whose code is the start; None: the middle of the space.
        steps: how many values, at least 2.
        most: show only so many numbers, the liveliest; None: all.
        label: the class that a conditional model is told; None: the first.

    Raises:
        InputError: the model makes nothing, or the picture does not fit.

    Example:
        traversals("vae-avatars-1").dimensions[0]  # the number that says most of a picture
    """
    opened = run if isinstance(run, Run) else Run(run)
    opened.able(Generates, "be traversed: train an autoencoder, a vae or a gan")
    if steps < 2:
        raise InputError(f"a walk has at least 2 steps, its two ends, not {steps}")
    if label is not None and not getattr(opened.model, "classes", 0):
        raise InputError(f"{opened.name} was trained without classes: leave the class out")
    told_class = np.array([0 if label is None else opened.class_code(label)])
    mean, spread = prior(opened)
    start = mean if picture is None else codes_of(opened, picture[None], told_class)[0]
    scores, unit = liveliness(opened)
    order = scores.argsort(descending=True, stable=True)[:most].tolist()
    values = torch.linspace(-SPAN, SPAN, steps)
    codes = torch.cat([traverse(start, j, mean[j] + spread[j] * values) for j in order])
    made = decode(opened, codes, int(told_class[0]))
    return Traversal(
        opened.name,
        tuple(order),
        tuple(float(scores[j]) for j in order),
        unit,
        tuple(values.tolist()),
        made.reshape(len(order), steps, *made.shape[1:]),
        opened.sample(CLOUD) if opened.spec.kind == "points" else np.zeros((0, 2), np.float32),
    )


def liveliness(run: Run) -> tuple[Tensor, str]:
    """Return how lively each number of the code is, (d,), and in which unit.

    Of a VAE whose data are there, the mean KL of held-out examples in nats: how much the number
    says of a picture. Else the root-mean-square change of what is made, when the number goes from
    one standard deviation below to one above.
    """
    if isinstance(run.model, Posterior):
        try:
            examples, labels = held_out(run)
        except InputError:
            return _change(run), "change"
        posterior = run.model.posterior(to_tensor(examples), told(run, labels, len(examples)))
        with torch.no_grad():
            return gaussian_kl(*posterior).mean(0), "nats"
    return _change(run), "change"


def _change(run: Run) -> Tensor:
    mean, spread = prior(run)
    codes = mean + spread * run.codes(PROBED)
    label = 0 if getattr(run.model, "classes", 0) else None
    model = run.model
    make = model.decode if isinstance(model, Encodes) else model.sample
    classes = told(run, label, PROBED)
    found = []
    for j in range(len(mean)):
        low, high = codes.clone(), codes.clone()
        low[:, j], high[:, j] = mean[j] - spread[j], mean[j] + spread[j]
        with torch.no_grad():
            away = make(high, classes) - make(low, classes)
        found.append(away.square().mean().sqrt())
    return torch.stack(found)


def draw_traversal(shown: Traversal) -> Image.Image:
    """Draw one strip a number; of points, one line a number."""
    if shown.made.ndim == 3:
        return _lines(shown)
    named = [
        (f"number {j}", _remark(score, shown.unit), made)
        for j, score, made in zip(shown.dimensions, shown.scores, shown.made, strict=True)
    ]
    heads = [f"{value:g}" for value in np.round(shown.values, 2)]
    return rows(named, heads, f"{shown.name}: one number of the code at a time")


def _remark(score: float, unit: str) -> str:
    return f"{score:.2f} nats" if unit == "nats" else f"changes {score:.3f}"


def _lines(shown: Traversal) -> Image.Image:
    sheet = Image.new("RGB", (PANEL + 190, PANEL), PAPER)
    sheet.paste(ways(shown.cloud, list(shown.made), PANEL), (0, 0))
    pen = ImageDraw.Draw(sheet)
    for i, (j, score) in enumerate(zip(shown.dimensions, shown.scores, strict=True)):
        y = 24 + 22 * i
        pen.ellipse((PANEL + 8, y - 5, PANEL + 18, y + 5), COLOURS[i % len(COLOURS)])
        text = f"number {j}, {_remark(score, shown.unit)}"
        pen.text((PANEL + 26, y), text, INK, font(12, text), anchor="lm")
    return sheet
