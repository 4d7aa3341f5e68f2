"""The pictures that everyone trains on: Fashion-MNIST as plain arrays, prepared once a run."""

import os
from pathlib import Path

import numpy as np

__all__ = ["FASHION", "SIZE", "prepare", "size_in_bytes", "test", "train"]

FASHION = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package puts it
WHOLE, SIZE = 60_000, 28


def prepare(folder, source=FASHION, limit=None):
    """Write train.npy and test.npy, (n, 28, 28) uint8, and return one line on where they are from.

    Without Fashion-MNIST the embedded share of it is repeated up to its size: speed is the same.

    Args:
        folder: where to.
        source: a folder with Fashion-MNIST's four files.
        limit: use no more than so many pictures.
    """
    from makebelieve.data import load

    whole = Path(source).is_dir()
    data = load(str(source) if whole else "fashion")
    held = data.split == 2
    fit, tested = data.examples[~held][..., 0], data.examples[held][..., 0]
    if not whole:
        fit = np.resize(fit, (WHOLE, *fit.shape[1:]))
    np.save(Path(folder) / "train.npy", fit[:limit])
    np.save(Path(folder) / "test.npy", tested[:limit])
    return "Fashion-MNIST" if whole else "the embedded part of Fashion-MNIST, repeated"


def train():
    """Return the (n, 28, 28) uint8 training pictures."""
    return np.load(Path(os.environ["BENCHMARK_PICTURES"]) / "train.npy")


def test():
    """Return the (n, 28, 28) uint8 test pictures."""
    return np.load(Path(os.environ["BENCHMARK_PICTURES"]) / "test.npy")


def size_in_bytes(folder):
    """Return the size of the training pictures as bytes."""
    return int(np.load(Path(folder) / "train.npy", mmap_mode="r").size)
