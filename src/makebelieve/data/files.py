"""Many picture files at once: decoded in parallel, in a fixed order."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.decode import Decoded, Unusable, decode
from makebelieve.data.found import Look, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from makebelieve.data.options import Fit

    Opener = Callable[[int], Path | bytes]

__all__ = ["Files", "file_identity"]

AT_ONCE = 512
"""The most files a piece: enough to keep every core busy."""

MOST_BYTES = 32 << 20
"""The most bytes a piece."""

LOOKS = 64
"""How many files, evenly spread, are looked at to choose a size and channels."""


class Files:
    """Pictures that are decoded one file each.

    Args:
        count: how many there are.
        file: gives the path, or the bytes, of one by its row.

    Example:
        >>> Files(0, lambda row: b"").look()
        Look(short_side=0.0, grey=False)
    """

    def __init__(self, count: int, file: Opener) -> None:
        self.count, self.file = count, file

    def look(self) -> Look:
        """Decode some, evenly spread, at a small size."""
        rows = np.unique(np.linspace(0, self.count - 1, min(LOOKS, self.count)).astype(int))
        with pool() as threads:
            results = list(threads.map(lambda row: self.one(int(row), 8, 3, "stretch"), rows))
        good = [r for r in results if isinstance(r, Decoded)]
        if not good:
            return Look(0.0, grey=False)
        sides = [min(r.width, r.height) for r in good]
        return Look(float(np.median(sides)), all(r.grey for r in good))

    def pieces(self, size: int, channels: int, fit: Fit) -> Iterator[Piece]:
        """Decode all, in order."""
        step = max(1, min(AT_ONCE, MOST_BYTES // (size * size * channels)))
        with pool() as threads:
            for start in range(0, self.count, step):
                rows = range(start, min(self.count, start + step))
                results = list(threads.map(lambda row: self.one(row, size, channels, fit), rows))
                yield to_piece(rows, results, (size, size, channels))

    def one(self, row: int, size: int, channels: int, fit: Fit) -> Decoded | str:
        """Decode one file, or say why it cannot be used."""
        try:
            return decode(self.file(row), size, channels, fit)
        except Unusable as why:
            return str(why)


def pool() -> ThreadPoolExecutor:
    """Start one thread a core: Pillow decodes without holding Python's lock."""
    return ThreadPoolExecutor(os.cpu_count() or 1)


def to_piece(
    rows: Sequence[int], results: Sequence[Decoded | str], shape: tuple[int, int, int]
) -> Piece:
    """Sort the good from the bad."""
    good = [(row, r) for row, r in zip(rows, results, strict=True) if isinstance(r, Decoded)]
    bad = tuple((row, r) for row, r in zip(rows, results, strict=True) if isinstance(r, str))
    return Piece(
        np.array([r.picture for _, r in good], np.uint8).reshape(-1, *shape),
        np.array([row for row, _ in good], np.int64),
        np.array([(r.width, r.height) for _, r in good], np.int32).reshape(-1, 2),
        all(r.grey for _, r in good),
        bad,
        sum(r.animated for _, r in good),
    )


def file_identity(path: Path) -> tuple[str, int, int]:
    """Return what changes when a file does: its path, size and time of change."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return (os.fsdecode(path.absolute()), -1, -1)
    return (os.fsdecode(path.absolute()), facts.st_size, facts.st_mtime_ns)
