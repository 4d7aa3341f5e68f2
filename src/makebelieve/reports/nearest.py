"""The training example nearest to each of some others: what "brand-new" is measured with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.rng import some

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset

__all__ = ["Nearest", "nearest"]

MOST = 50_000  # training examples that are looked at
CHUNK = 2_048


@dataclass(frozen=True)
class Nearest:
    """Where the nearest training examples are.

    Args:
        rows: (n,) row numbers in the data set.
        distances: (n,) root mean square of the differences: for pictures in grey levels, 0 … 255;
            for points the distance in the plane.
        searched: among how many training examples.
    """

    rows: np.ndarray
    distances: np.ndarray
    searched: int


def nearest(data: Dataset, queries: np.ndarray) -> Nearest:
    """Find the nearest training example of each query, in the space of pixels.

    d(a, b) = √(mean (aᵢ − bᵢ)²) for pictures, √(Σ (aᵢ − bᵢ)²) for points

    Args:
        data: where the training examples are.
        queries: (n, …) examples as the data set stores them.

    Example:
        >>> from makebelieve.data import load
        >>> digits = load("digits")
        >>> nearest(digits, digits.examples[digits.rows("train")[:3]]).distances.tolist()
        [0.0, 0.0, 0.0]
    """
    rows = some(data.rows("train"), MOST)
    flat = queries.reshape(len(queries), -1).astype(np.float32)
    # Centred, because |a|² − 2ab + |b|² loses its small differences to rounding otherwise.
    centre = flat.mean(axis=0)
    flat = flat - centre
    best = np.full(len(flat), np.inf, np.float32)
    winners = np.zeros(len(flat), np.int64)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        known = np.asarray(data.examples[part]).reshape(len(part), -1).astype(np.float32) - centre
        away = (known**2).sum(axis=1) - 2 * flat @ known.T
        found = away.argmin(axis=1)
        value = away[np.arange(len(flat)), found]
        better = value < best
        best[better], winners[better] = value[better], part[found[better]]
    return Nearest(winners, exact(data, queries, winners), len(rows))


def exact(data: Dataset, queries: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the distances of pairs, computed without rounding tricks."""
    known = np.stack([data.examples[row] for row in rows]).reshape(len(rows), -1)
    square = (queries.reshape(len(rows), -1).astype(np.float64) - known.astype(np.float64)) ** 2
    total = square.sum(axis=1) if data.spec.kind == "points" else square.mean(axis=1)
    return np.asarray(np.sqrt(total))
