"""Batches as a pure function of the clock: gather, convert and shift on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from makebelieve import rng

if TYPE_CHECKING:
    from collections.abc import Iterator

    from makebelieve.data.spec import Dataset, Split

__all__ = ["Batch", "Loader", "to_tensor"]

# Up to this, an accelerator keeps a split in its own memory; above, only a batch travels.
RESIDENT_BYTES = 2 * 1024**3
# Batches of small examples are gathered several at once: a call costs more than what it copies.
AHEAD_BATCHES, AHEAD_BYTES = 16, 4 * 1024**2


@dataclass
class Batch:
    """Examples as the models see them.

    Args:
        x: (n, channels, height, width) in 0 … 1, channels last in memory; or (n, 2) points.
        y: (n,) int64 labels, −1 where not known; None without labels.
    """

    x: Tensor
    y: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)


def to_tensor(examples: np.ndarray | Tensor) -> Tensor:
    """Convert stored examples to what the models see.

    Args:
        examples: (n, height, width, channels) uint8, or (n, 2) float32.

    Returns:
        (n, channels, height, width) float32 in 0 … 1, or the points as they are.
    """
    if isinstance(examples, np.ndarray):
        # PyTorch has no read-only tensors (embedded data are) and none that run backwards.
        fits = examples.flags.writeable and min(examples.strides, default=0) >= 0
        examples = torch.from_numpy(examples if fits else examples.copy())
    x = examples
    if x.dtype == torch.uint8:
        # A permuted view of channels-last bytes *is* a channels-last tensor: nothing is copied.
        return x.permute(0, 3, 1, 2).to(torch.float32).mul_(1 / 255)
    return x


class Loader:
    """One split of a data set, gathered by the clock.

    Args:
        dataset: where the examples are.
        split: which of them.
        device: where batches are wanted.
        seed: start of the shuffling.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: Split = "train",
        *,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ) -> None:
        self.dataset, self.device, self.seed = dataset, torch.device(device), seed
        self.rows = dataset.rows(split)
        self._orders: dict[int, np.ndarray] = {}
        self._resident: Tensor | None = None
        self._ahead, self._ahead_from = Batch(torch.empty(0)), 0
        self._mapped = isinstance(dataset.examples, np.memmap)
        fits = self.rows.size * dataset.spec.dims <= RESIDENT_BYTES
        if self.device.type != "cpu" and not self._mapped and fits:
            self._resident = torch.from_numpy(dataset.examples[self.rows]).to(self.device)

    def __len__(self) -> int:
        return len(self.rows)

    def batch_at(self, seen: int, n: int, shard: int = 0, shards: int = 1) -> Batch:
        """Return one shard of the n examples that follow the first `seen` of the stream.

        The stream is epoch after epoch, each in its own order; a batch may straddle two.
        """
        per = n // shards
        if shards > 1:  # what follows is for others
            return self.take(self._stream(seen + shard * per, per))
        start = seen - self._ahead_from
        if start < 0 or start + per > len(self._ahead):
            size = 4 * per * self.dataset.spec.dims
            batches = min(AHEAD_BATCHES, max(1, AHEAD_BYTES // size))
            self._ahead = self.take(self._stream(seen, batches * per))
            self._ahead_from, start = seen, 0
        x, y = self._ahead.x[start : start + per], self._ahead.y
        return Batch(x, None if y is None else y[start : start + per])

    def take(self, positions: np.ndarray) -> Batch:
        """Return the examples at these positions within the split."""
        rows = self.rows[positions]
        if self._resident is not None:
            chosen = self._resident[torch.from_numpy(positions).to(self.device)]
        else:
            chosen = torch.from_numpy(self._gather(rows))
        labels = self.dataset.labels
        y = None
        if labels is not None:
            y = torch.from_numpy(labels[rows]).to(self.device)
        return Batch(to_tensor(chosen.to(self.device, non_blocking=True)), y)

    def _gather(self, rows: np.ndarray) -> np.ndarray:
        examples = self.dataset.examples
        if not self._mapped:
            return examples.take(rows, axis=0)
        # Sorted reads keep a mapped file's pages in order; the inverse restores ours.
        ordered, inverse = np.unique(rows, return_inverse=True)
        return np.asarray(examples[ordered])[inverse]

    def once(self, n: int, limit: int | None = None) -> Iterator[Batch]:
        """Go through the split once, in order, in batches of at most n.

        Args:
            n: examples a batch.
            limit: look at no more than this many examples, always the same ones.
        """
        total = len(self.rows)
        positions = rng.some(np.arange(total), total if limit is None else limit)
        for start in range(0, len(positions), n):
            yield self.take(positions[start : start + n])

    def _stream(self, start: int, n: int) -> np.ndarray:
        total = len(self.rows)
        pieces = []
        while n > 0:
            epoch, offset = divmod(start, total)
            piece = self._order(epoch)[offset : offset + n]
            pieces.append(piece)
            start, n = start + len(piece), n - len(piece)
        return np.concatenate(pieces)

    def _order(self, epoch: int) -> np.ndarray:
        if epoch not in self._orders:
            self._orders = {e: o for e, o in self._orders.items() if e == epoch - 1}
            self._orders[epoch] = rng.order(self.seed, epoch, len(self.rows))
        return self._orders[epoch]
