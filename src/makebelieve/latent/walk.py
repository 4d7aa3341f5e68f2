"""Walks through the space of codes: between two points, along one dimension, between pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.models.model import Encodes, Generates
from makebelieve.recipe import nearest
from makebelieve.runs.heldout import held_out
from makebelieve.runs.run import Run, from_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path as FilePath

    from torch import Tensor

__all__ = ["PATHS", "Path", "interpolate", "morph", "traverse"]

Path = Literal["linear", "spherical"]
PATHS: tuple[Path, ...] = ("linear", "spherical")

PARALLEL = 1e-4
"""Radians below which two directions count as one, and the arc between them as a line."""


def interpolate(a: Tensor, b: Tensor, steps: int, path: Path = "linear") -> Tensor:
    """Return evenly spaced points of the way from a to b; both ends are exact.

    linear: (1 − t) a + t b

    spherical: sin((1 − t)ω)/sin ω · a + sin(tω)/sin ω · b, with ω the angle between a and b. It
    keeps the norm where a and b have the same, and noise of many dimensions lies on a sphere;
    a straight line would pass through its empty middle.

    Args:
        a: where the way begins, any shape; for a spherical path, all its numbers are one vector.
        b: where it ends, the same shape.
        steps: how many points, both ends included, at least 2.
        path: "linear" or "spherical"; parallel or opposite directions have no arc of their own and
            get the line.

    Returns:
        (steps, *a.shape).

    Raises:
        InputError: fewer than two steps, another path, or unlike shapes.

    Source:
        Shoemake 1985, "Animating rotation with quaternion curves"; White 2016, "Sampling generative
        networks", section 2.

    Example:
        >>> a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
        >>> interpolate(a, b, 3).tolist()
        [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
        >>> interpolate(a, b, 3, "spherical").norm(dim=1).round(decimals=6).tolist()
        [1.0, 1.0, 1.0]
    """
    if steps < 2:
        raise InputError(f"a walk has at least 2 steps, its two ends, not {steps}")
    if path not in PATHS:
        raise InputError(
            f"there is no path {path!r}{nearest(str(path), PATHS)} (paths: {', '.join(PATHS)})"
        )
    if a.shape != b.shape:
        raise InputError(
            f"a walk needs two points of one shape, not {tuple(a.shape)} and {tuple(b.shape)}"
        )
    t = torch.linspace(0, 1, steps, device=a.device, dtype=a.dtype).view(-1, *(1,) * a.dim())
    norms = a.norm() * b.norm()
    angle = torch.acos(((a * b).sum() / norms).clamp(-1, 1)) if norms > 0 else norms
    if path == "linear" or min(float(angle), torch.pi - float(angle)) < PARALLEL:
        return torch.lerp(a.expand(steps, *a.shape), b.expand(steps, *b.shape), t)
    way = (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    way[0], way[-1] = a, b  # to the last bit
    return way


def traverse(code: Tensor, dimension: int, values: Sequence[float] | Tensor) -> Tensor:
    """Return copies of a code in which one dimension takes these values, and nothing else moves.

    Args:
        code: (d,) where to stand.
        dimension: 0 … d − 1, or from the end: −d … −1.
        values: what the dimension becomes.

    Returns:
        (len(values), d).

    Raises:
        InputError: there is no such dimension.

    Example:
        >>> traverse(torch.zeros(3), 1, [-1.0, 2.0]).tolist()
        [[0.0, -1.0, 0.0], [0.0, 2.0, 0.0]]
    """
    if not -len(code) <= dimension < len(code):
        raise InputError(
            f"the code has {len(code)} dimensions, 0 to {len(code) - 1}, and none is {dimension}"
        )
    moved = torch.as_tensor(values, dtype=code.dtype, device=code.device)
    codes = code.repeat(len(moved), 1)
    codes[:, dimension] = moved
    return codes


def morph(
    run: Run | str | FilePath,
    a: np.ndarray | int | None = None,
    b: np.ndarray | int | None = None,
    *,
    steps: int = 16,
    path: Path | None = None,
    label: str | int | None = None,
) -> np.ndarray:
    """Slide from one example to another through a maker's space of codes.

    A picture is encoded, so the way begins and ends at its *reconstruction*. A whole number is a
    seed of noise; for an autoencoder, which has no noise of its own, the number of a held-out
    example.

    Args:
        run: an autoencoder, VAE or GAN: the run, its folder or its name.
        a: where to begin: a picture (height, width, channels) uint8, a point (2,), or a number.
            None: the first held-out example; for a GAN the seed 0.
        b: where to end. None: a held-out example unlike a; for a GAN the seed 1.
        steps: how many examples, both ends included.
        path: "linear" or "spherical"; None: spherical between seeds of noise, else linear.
        label: the class that the whole way stays in, for a conditional model; None: that of the
            first held-out example where it begins there, else the first class.

    Returns:
        (steps, height, width, channels) uint8, or (steps, 2) float32 points.

    Raises:
        InputError: the model makes nothing, has no code for a picture, or an end does not fit.

    Example:
        morph("gan-avatars-1", 3, 8).shape  # (16, 16, 16, 3)
    """
    opened = run if isinstance(run, Run) else Run(run)
    model = opened.able(Generates, "morph: train an autoencoder, a vae or a gan")
    told = _class(opened, label)
    if a is None or b is None:
        a, b, told = _ends(opened, a, b, told)
    seeds = [_is_seed(opened, end) for end in (a, b)]
    labels = None if told is None else torch.full((1,), max(told, 0))
    codes = torch.stack([_code(opened, end, labels) for end in (a, b)])
    chosen = path or ("spherical" if all(seeds) else "linear")
    way = interpolate(codes[0], codes[1], steps, chosen)
    make = model.decode if isinstance(model, Encodes) else model.sample

    def made(rows: slice) -> Tensor:
        codes = way[rows]
        found: Tensor = make(codes, None if labels is None else labels.expand(len(codes)))
        return found

    return from_model(opened.spec, made, steps)


def _class(run: Run, label: str | int | None) -> int | None:
    """Return the code of the class of a walk; None where the model knows none."""
    if not getattr(run.model, "classes", 0):
        if label is not None:
            raise InputError(f"{run.name} was trained without classes: leave the class out")
        return None
    return -1 if label is None else run.class_code(label)


def _ends(
    run: Run, a: np.ndarray | int | None, b: np.ndarray | int | None, told: int | None
) -> tuple[np.ndarray | int, np.ndarray | int, int | None]:
    """Choose the ends that nobody named, and the class that nobody told."""
    if not isinstance(run.model, Encodes):
        first = 0 if a is None else a
        return first, (int(first == 0) if b is None else b), told
    examples, labels = held_out(run)
    rows = np.arange(len(examples))
    if told is not None and labels is not None:
        told = int(labels[0]) if told < 0 and a is None else max(told, 0)
        rows = np.flatnonzero(labels == told)
        if not len(rows):
            raise InputError(
                f"no held-out example of {run.name} is of the class {run.spec.classes[told]}: name "
                "both ends"
            )
    start = examples[rows[0]] if a is None else a
    if b is None:
        origin = start if isinstance(start, np.ndarray) else examples[rows[0]]
        b = examples[_unlike(origin, examples, None if told is not None else labels, rows)]
    return start, b, told


def _unlike(
    origin: np.ndarray, examples: np.ndarray, labels: np.ndarray | None, rows: np.ndarray
) -> int:
    """Return the row of an example that is clearly another than the origin.

    It is the median of the others by distance: far enough to see the way, and no freak.
    """
    distance = np.square(examples.astype(np.float32) - origin).reshape(len(examples), -1).sum(1)
    other = rows[distance[rows] > 0]
    if labels is not None and (labels[other] != labels[rows[0]]).any():
        other = other[labels[other] != labels[rows[0]]]
    if not len(other):
        return int(rows[-1])
    return int(other[np.argsort(distance[other], kind="stable")[len(other) // 2]])


def _is_seed(run: Run, end: Any) -> bool:
    return not isinstance(end, np.ndarray) and run.recipe.model != "autoencoder"


@torch.no_grad()
def _code(run: Run, end: Any, labels: Tensor | None) -> Tensor:
    """Return the (latent_dim,) code of one end of a walk."""
    if _is_seed(run, end):
        return run.codes(1, seed=int(end))[0]
    if not isinstance(run.model, Encodes):
        raise InputError(
            f"{run.name} is a {run.recipe.model}, which has no codes for pictures: give two whole "
            "numbers, the seeds of its noise"
        )
    picture = end if isinstance(end, np.ndarray) else _numbered(run, int(end))
    code: Tensor = run.model.encode(to_tensor(run.fitting(picture[None])), labels)[0]
    return code


def _numbered(run: Run, number: int) -> np.ndarray:
    """Return a held-out example by its number."""
    examples, _ = held_out(run, None)
    if not 0 <= number < len(examples):
        raise InputError(
            f"there is no held-out example {number}: {run.name} has {len(examples):,}, "
            f"0 to {len(examples) - 1}"
        )
    return np.asarray(examples[number])
