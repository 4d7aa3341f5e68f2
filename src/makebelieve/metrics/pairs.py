"""Distances between all pairs of two sets, a block at a time, exact where it matters.

Squared distances come from one matrix product, d² = |a|² − 2ab + |b|², whose rounding error can be
as large as a small distance. So features are centred first, and whatever a decision hangs on is
computed again from the differences themselves, in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.nets import kernels
from makebelieve.nets.probe import probe
from makebelieve.nets.products import linear

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["blocks", "centred", "exact", "slack", "squared"]

# Distances in a block: small enough to stay in the cache of a CPU, large enough to fill a GPU.
BLOCK = {"cpu": 2**21, "cuda": 2**26}
NUMBERS = 2**21  # differences of single numbers that are held at once


def centred(*sets: Tensor) -> list[Tensor]:
    """Shift sets of features by the mean of the first, and make them float32.

    Args:
        sets: (n, d) each.

    Raises:
        InputError: a set is not (n, d), their widths differ, or a number is not finite.

    Example:
        >>> centred(torch.tensor([[1.0], [3.0]]), torch.tensor([[4.0]]))
        [tensor([[-1.],
                [ 1.]]), tensor([[2.]])]
    """
    for x in sets:
        if x.dim() != 2 or x.shape[1] != sets[0].shape[1] or not len(x):
            shapes = " and ".join(str(tuple(x.shape)) for x in sets)
            raise InputError(f"features are (n, d) with the same d in all sets, not {shapes}")
        if not bool(torch.isfinite(x).all()):
            raise InputError("features hold a number that is not finite: look at what made them")
    mean = sets[0].double().mean(0)
    return [(x.double() - mean).float().contiguous() for x in sets]


def slack(a: Tensor, b: Tensor) -> float:
    """Bound the rounding error of `squared` on these two centred sets."""
    longest = float(a.square().sum(1).max()) + float(b.square().sum(1).max())
    return float(4 * torch.finfo(a.dtype).eps * longest * max(1.0, a.shape[1] ** 0.5 / 8))


def squared(a: Tensor, b: Tensor, norms: Tensor) -> Tensor:
    """Return the (n, m) squared distances of all pairs, with the rounding error of a product.

    Args:
        a: (n, d) centred features.
        b: (m, d).
        norms: (m,) the squared lengths of b.
    """
    with kernels.using(probe()):
        mixed = linear(-2 * a, b, norms)
    return mixed.add_(a.square().sum(1, keepdim=True))


def blocks(a: Tensor, b: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Go through the squared distances of all pairs, some rows of a at a time.

    Yields:
        the first row of the block, and its (rows, m) squared distances.
    """
    norms = b.square().sum(1)
    rows = max(1, BLOCK.get(a.device.type, BLOCK["cpu"]) // len(b))
    for start in range(0, len(a), rows):
        yield start, squared(a[start : start + rows], b, norms)


def exact(a: Tensor, b: Tensor, i: Tensor, j: Tensor) -> Tensor:
    """Return Σ (aᵢ − bⱼ)² of the pairs (i, j) in float64, without rounding tricks.

    Args:
        a: (n, d).
        b: (m, d).
        i: (p,) rows of a.
        j: (p,) rows of b.
    """
    found = torch.empty(len(i), dtype=torch.float64, device=a.device)
    pairs = max(1, NUMBERS // a.shape[1])
    for start in range(0, len(i), pairs):
        part = slice(start, start + pairs)
        found[part] = (a[i[part]].double() - b[j[part]].double()).square().sum(1)
    return found
