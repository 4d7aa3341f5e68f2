"""Shapes drawn by a formula: data that no limit of a rule was set on, and nobody has at home."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from makebelieve.data import load

__all__ = ["NAMES", "shapes"]

NAMES = ("disc", "square", "triangle", "ring")
FINE = 4  # sub-pixels a side, for soft edges


def shapes(n=4_000, size=16, seed=0):
    """Return n pictures of one shape each: its place, size, colour and ground are drawn at random.

    Args:
        n: how many.
        size: pixels a side.
        seed: start of the random numbers.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(NAMES), n)
    place, radius = random.uniform(0.38, 0.62, (2, n, 1, 1)), random.uniform(0.18, 0.34, (n, 1, 1))
    grid = (np.arange(size * FINE) + 0.5) / (size * FINE)
    y, x = grid[None, :, None] - place[0], grid[None, None, :] - place[1]
    inside = np.select(
        [np.broadcast_to(labels[:, None, None] == i, np.broadcast_shapes(y.shape, x.shape))
         for i in range(len(NAMES))],
        [_disc(x, y, radius), _square(x, y, radius), _triangle(x, y, radius), _ring(x, y, radius)],
    )  # fmt: skip
    cover = inside.reshape(n, size, FINE, size, FINE).mean((2, 4))[..., None]
    ground, colour = random.uniform(0.6, 1, (n, 1, 1, 3)), random.uniform(0, 0.5, (n, 1, 1, 3))
    pictures = np.rint(255 * (ground + cover * (colour - ground))).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shapes.npz"
        np.savez(file, x=pictures, y=np.array(NAMES)[labels])
        # Gone in a moment, so nothing may name the file.
        return dataclasses.replace(load(file), name="shapes", origin=None)


def _disc(x, y, r):
    return x**2 + y**2 < r**2


def _square(x, y, r):
    return np.maximum(abs(x), abs(y)) < 0.85 * r


def _triangle(x, y, r):
    return (y < 0.7 * r) & (abs(x) < 0.58 * (y + r))


def _ring(x, y, r):
    return abs(np.hypot(x, y) - 0.8 * r) < 0.25 * r
