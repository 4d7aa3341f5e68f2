"""Randomness as a pure function of (seed, purpose, step): the ground of exact resume.

Every random number of training is drawn for the *whole* batch of a step from a generator seeded by
(seed, step), and each device keeps the rows that are its own. So a run depends neither on how often
it was interrupted nor on how many devices shared the work.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

__all__ = ["Step", "order", "seed_for", "shuffled", "some"]


def seed_for(*parts: int | str) -> int:
    """Mix parts into a 63-bit seed; other parts give an unrelated seed.

    Example:
        >>> seed_for(0, "order", 1) == seed_for(0, "order", 2)
        False
    """
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def order(seed: int, epoch: int, n: int) -> np.ndarray:
    """Return the (n,) int64 order in which epoch `epoch` visits n examples."""
    return np.random.Generator(np.random.Philox(seed_for(seed, "order", epoch))).permutation(n)


def some(rows: np.ndarray, most: int, seed: int = 0) -> np.ndarray:
    """Return at most so many rows, drawn at random and in order.

    Not evenly spread: where classes take turns, every third row may be of one class.

    Example:
        >>> some(np.arange(3), 5).tolist(), len(some(np.arange(9), 5))
        ([0, 1, 2], 5)
    """
    if len(rows) <= most:
        return rows
    random = np.random.Generator(np.random.Philox(seed_for("some", seed)))
    return np.asarray(np.sort(random.permutation(rows)[:most]))


def shuffled(rows: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return rows in an order drawn at random, always the same.

    Example:
        >>> sorted(shuffled(np.arange(4)).tolist())
        [0, 1, 2, 3]
    """
    random = np.random.Generator(np.random.Philox(seed_for("shuffled", seed)))
    return np.asarray(random.permutation(rows))


class Step:
    """One moment of training: where the clock stands, and the random numbers of this moment.

    Args:
        seed: start of all randomness.
        index: how many steps came before.
        seen: examples seen before this step.
        progress: share of the run that is done, 0 … 1.
        shard: which part of the batch this is.
        shards: how many parts the batch was split into, over devices and accumulation.
        device: where the numbers are wanted.

    Example:
        >>> whole, half = Step(0, 7), Step(0, 7, shard=1, shards=2)
        >>> bool((whole.normal(4, 2)[2:] == half.normal(2, 2)).all())
        True
    """

    def __init__(
        self,
        seed: int,
        index: int = 0,
        *,
        seen: int = 0,
        progress: float = 0.0,
        shard: int = 0,
        shards: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:
        self.seed, self.index, self.seen, self.progress = seed, index, seen, progress
        self.shard, self.shards = shard, shards
        self.device = torch.device(device)
        # Drawn on the CPU whatever the device, so that all devices see the same numbers.
        self._generator = torch.Generator().manual_seed(seed_for(seed, "step", index))

    def normal(self, n: int, *shape: int) -> Tensor:
        """Draw (n, *shape) standard normal numbers for this part of the batch."""
        drawn = torch.randn(n * self.shards, *shape, generator=self._generator)
        return self._own(drawn, n)

    def uniform(self, n: int, *shape: int) -> Tensor:
        """Draw (n, *shape) numbers, uniform on [0, 1), for this part of the batch."""
        drawn = torch.rand(n * self.shards, *shape, generator=self._generator)
        return self._own(drawn, n)

    def integers(self, high: int, n: int, *shape: int) -> Tensor:
        """Draw (n, *shape) whole numbers from 0 up to high − 1 for this part of the batch."""
        drawn = torch.randint(high, (n * self.shards, *shape), generator=self._generator)
        return self._own(drawn, n)

    def _own(self, drawn: Tensor, n: int) -> Tensor:
        own = drawn[self.shard * n : (self.shard + 1) * n]
        return own.to(self.device, non_blocking=True)
