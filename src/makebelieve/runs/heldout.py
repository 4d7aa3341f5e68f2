"""Examples that a run was not trained on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data import load
from makebelieve.errors import InputError
from makebelieve.recipe import MEMORY
from makebelieve.rng import some

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset, Spec
    from makebelieve.runs.run import Run

__all__ = ["held_out", "like", "load_data"]


def load_data(run: Run) -> Dataset:
    """Load the data that a run was trained on again.

    Raises:
        InputError: they were in memory, are not there any more, or look different now.
    """
    data = run.recipe.data
    if data.source.startswith(MEMORY):
        raise InputError(
            f"{run.name} was trained on data in memory, which only Python has: name the pictures"
        )
    loaded = load(**dataclasses.asdict(data))
    if loaded.spec != run.spec:
        raise InputError(
            f"{data.source} has changed since {run.name} was trained: bring the old data back, or "
            "name the pictures"
        )
    return loaded


def like(source: str, spec: Spec) -> Dataset:
    """Load a source in the size and colours of a run."""
    if spec.kind == "points":
        return load(source)
    return load(source, size=spec.size, channels=spec.channels)


def held_out(run: Run, n: int | None = 256) -> tuple[np.ndarray, np.ndarray | None]:
    """Return up to n examples of the test split, with their labels.

    Args:
        run: whose data.
        n: how many, always the same ones; None for all.

    Returns:
        (m, …) examples as they are stored, and (m,) codes or None.

    Raises:
        InputError: the data cannot be loaded again, or nothing is held out.
    """
    data = load_data(run)
    rows = data.rows("test")
    if not len(rows):
        rows = data.rows("validation")
    if not len(rows):
        raise InputError(f"{data.name} holds nothing out of training: name the pictures")
    rows = some(rows, len(rows) if n is None else n)
    return np.asarray(data.examples[rows]), None if data.labels is None else data.labels[rows]
