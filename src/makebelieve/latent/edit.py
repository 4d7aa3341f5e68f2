"""Edits of a picture through its code: more glasses, less hat; and sums of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.errors import InputError
from makebelieve.latent.attributes import Attribute, Attributes, restates
from makebelieve.latent.invert import codes_of
from makebelieve.latent.space import decode, prior
from makebelieve.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from makebelieve.data.spec import Column, Dataset

__all__ = ["Edited", "arithmetic", "edit"]

STRENGTH = 1.5
"""One step gave glasses, a hat or long hair to 72 to 99 of 100 held-out faces, 1.5 to all."""


@dataclass(frozen=True)
class Edited:
    """A picture on its way from what it is to what was asked for.

    Args:
        original: the picture, as data sets store it.
        frames: (steps, …) from the reconstruction to the edited picture.
        attributes: the directions that were gone.
        amounts: how many steps of each, below 0 for less.
        said: of each attribute, the probability that probe or judge gives it in the original, in
            the reconstruction and in the edited picture.
        changed: of the labels that say something else, those whose verdict on reconstruction and
            edited picture differs.
    """

    original: np.ndarray
    frames: np.ndarray
    attributes: tuple[Attribute, ...]
    amounts: tuple[float, ...]
    said: tuple[dict[str, Any], ...]
    changed: dict[str, tuple[str, str]]


def edit(
    run: Run | str | Path,
    picture: np.ndarray | int | None = None,
    *,
    more: Sequence[str] | str = (),
    less: Sequence[str] | str = (),
    strength: float = STRENGTH,
    steps: int = 7,
    label: str | int | None = None,
    space: Attributes | None = None,
    data: Dataset | None = None,
    judge: Run | None = None,
) -> Edited:
    """Change what a label names in a picture, through its code.

    Args:
        run: an autoencoder, VAE or GAN: the run, its folder or its name.
        picture: (height, width, channels) uint8, or a point (2,); or the number of a held-out
            example. None: the first held-out example that calls for the edit.
        more: attributes to add, such as "glasses", "smile" or "hair=long".
        less: attributes to take away.
        strength: how many steps; one leads from the mean code without to the mean code with.
        steps: how many frames, both ends included, at least 2.
        label: the class of a picture, which a conditional model is told.
        space: the directions, if they were made before; else they are learned now.
        data: what the run was trained on; None: loaded again.
        judge: the run of a judge of one of the labels, whose verdict is asked.

    Raises:
        InputError: nothing to change, no such label, or a picture that does not fit.

    Example:
        edit("vae-avatars-1", more="glasses").frames.shape  # (7, 16, 16, 3)
    """
    opened = run if isinstance(run, Run) else Run(run)
    wanted = [(word, 1) for word in _words(more)] + [(word, -1) for word in _words(less)]
    if not wanted:
        raise InputError("say what to change: more of one label, or less of one")
    if steps < 2:
        raise InputError(f"an edit has at least 2 frames, its two ends, not {steps}")
    known = space or Attributes(opened, data, judge=judge)
    attributes = tuple(known[word] for word, _ in wanted)
    amounts = tuple(strength * sign for _, sign in wanted)
    original, told = _chosen(known, picture, attributes, amounts, label)
    code = codes_of(opened, original[None], told)[0]
    step = sum(a.direction * amount for a, amount in zip(attributes, amounts, strict=True))
    way = code + torch.linspace(0, 1, steps)[:, None] * step
    frames = decode(opened, way, None if told is None else int(told[0]))
    said, changed = _witnessed(known, original, frames, attributes, amounts)
    return Edited(original, frames, attributes, amounts, said, changed)


def _words(words: Sequence[str] | str) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _chosen(
    space: Attributes,
    picture: np.ndarray | int | None,
    attributes: tuple[Attribute, ...],
    amounts: tuple[float, ...],
    label: str | int | None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the picture to edit, and its class for a conditional model."""
    run, data = space.run, space.data
    conditional = bool(getattr(run.model, "classes", 0))
    if label is not None and not conditional:
        raise InputError(f"{run.name} was trained without classes: leave the class out")
    told = np.array([run.class_code(label)]) if label is not None else None
    if isinstance(picture, np.ndarray):
        return run.fitting(picture[None])[0], told
    rows = data.rows("test") if len(data.rows("test")) else data.rows("validation")
    if not len(rows):
        raise InputError(f"{data.name} holds nothing out of training: name a picture")
    if picture is None:
        picture = _calling(space, rows, attributes, amounts)
    if not 0 <= picture < len(rows):
        raise InputError(
            f"there is no held-out example {picture}: {run.name} has {len(rows):,}, 0 to "
            f"{len(rows) - 1}"
        )
    row = rows[picture]
    if conditional and told is None and data.labels is not None:
        told = np.asarray(data.labels[row : row + 1])
    return np.asarray(data.examples[row]), told


def _calling(
    space: Attributes,
    rows: np.ndarray,
    attributes: tuple[Attribute, ...],
    amounts: tuple[float, ...],
) -> int:
    """Return the number of the first example that lacks what is added and has what is taken."""
    fits = np.ones(len(rows), bool)
    for attribute, amount in zip(attributes, amounts, strict=True):
        column = space.columns[attribute.column]
        has = column.codes[rows] == column.values.index(attribute.value)
        fits &= has if amount < 0 else (column.codes[rows] >= 0) & ~has
    return int(np.argmax(fits))  # the first of all where none fits


def _witnessed(
    space: Attributes,
    original: np.ndarray,
    frames: np.ndarray,
    attributes: tuple[Attribute, ...],
    amounts: tuple[float, ...],
) -> tuple[tuple[dict[str, Any], ...], dict[str, tuple[str, str]]]:
    """Return what probe or judge says of the asked attributes, and where else it changes."""
    found = space.probe(np.stack([original, frames[0], frames[-1]]))
    said = []
    for attribute, amount in zip(attributes, amounts, strict=True):
        value = space.columns[attribute.column].values.index(attribute.value)
        shown, before, after = map(float, found[attribute.column][:, value])
        said.append({
            "name": attribute.name, "amount": amount, "original": shown, "before": before,
            "after": after, "witness": space.probe.accuracy.get(attribute.column),
        })  # fmt: skip
    changed = {}
    for name, rows in found.items():
        column = space.columns[name]
        first, last = (column.values[int(row.argmax())] for row in rows[1:])
        if first != last and not any(_same(column, space, each) for each in attributes):
            changed[name] = (first, last)
    return tuple(said), changed


def _same(column: Column, space: Attributes, attribute: Attribute) -> bool:
    """Say whether a column is the one that was asked for, or says the same in other words."""
    own = space.columns[attribute.column]
    return column is own or restates(column.codes, own.codes == own.values.index(attribute.value))


def arithmetic(
    run: Run | str | Path,
    plus: Sequence[np.ndarray],
    minus: Sequence[np.ndarray] = (),
    *,
    label: str | int | None = None,
) -> np.ndarray:
    """Add and subtract pictures by their codes: the code m + Σ (z₊ − m) − Σ (z₋ − m), decoded.

    m is the middle of the space. With one picture more on the plus side, as in "glasses and no
    hat, minus no hat, plus hat", it falls out, and the sum is the plain one.

    Args:
        run: an autoencoder, VAE or GAN: the run, its folder or its name.
        plus: examples (height, width, channels) uint8, or points (2,), at least one.
        minus: examples to subtract.
        label: the class that a conditional model is told of all of them.

    Returns:
        one example, as data sets store it.

    Raises:
        InputError: nothing to add, or an example of another shape.

    Source:
        Radford, Metz and Chintala 2015, section 6.3.2.

    Example:
        arithmetic("vae-avatars-1", [with_hat, other], [without_hat]).shape  # (16, 16, 3)
    """
    opened = run if isinstance(run, Run) else Run(run)
    if not len(plus):
        raise InputError("arithmetic needs at least one picture to add")
    every = np.stack([*plus, *minus])
    classes = None if label is None else np.full(len(every), opened.class_code(label))
    codes = codes_of(opened, every, classes)
    middle = prior(opened)[0]
    signs = torch.tensor([1.0] * len(plus) + [-1.0] * len(minus))[:, None]
    total: Tensor = middle + (signs * (codes - middle)).sum(0)
    return np.asarray(decode(opened, total[None], None if classes is None else classes[:1])[0])
