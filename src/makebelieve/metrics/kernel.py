"""The kernel distance: how far apart two sets are, without taking them for anything normal."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.metrics.pairs import centred
from makebelieve.rng import seed_for

__all__ = ["Kernel", "energy_distance", "kernel_distance"]


class Kernel(NamedTuple):
    """The mean over subsets, and the standard deviation from one subset to another."""

    value: float
    spread: float


def kernel_distance(
    real: Tensor,
    fake: Tensor,
    *,
    subsets: int = 100,
    size: int = 1000,
    seed: int = 0,
    scaled: bool = True,
) -> Kernel:
    """Return the kernel distance (KID): the unbiased MMD² with a cubic kernel.

    1/m(m−1) Σᵢ≠ⱼ k(xᵢ, xⱼ) + 1/m(m−1) Σᵢ≠ⱼ k(yᵢ, yⱼ) − 2/m² Σᵢⱼ k(xᵢ, yⱼ), with
    k(a, b) = (aᵀb/d + 1)³

    Being unbiased it may fall below 0, and 0 is what two sets of one source give on average.

    Args:
        real: (n, d) features.
        fake: (m, d) features.
        subsets: how many random subsets to average over.
        size: examples of a subset; all, where there are fewer.
        seed: start of the subsets.
        scaled: centre on the real features and divide by their root mean square, without which
            the largest features drown the rest.

    Raises:
        InputError: fewer than two examples on either side, or features that do not fit.

    Source:
        Bińkowski et al. 2018, "Demystifying MMD GANs", section 4.

    Example:
        >>> x = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
        >>> kernel_distance(x[:200], x[200:] + 2).value > 1
        True
    """
    if min(len(real), len(fake)) < 2:
        raise InputError("a kernel distance takes at least 2 examples on either side")
    x, y = centred(real, fake) if scaled else (real.float(), fake.float())
    if scaled:
        root = x.square().mean().sqrt().clamp(min=1e-12)
        x, y = x / root, y / root
    size = min(size, len(x), len(y))
    everything = size == len(x) == len(y)
    random = torch.Generator().manual_seed(seed_for(seed, "kernel"))
    found = []
    for _ in range(1 if everything else subsets):
        i, j = (torch.randperm(len(s), generator=random)[:size].to(s.device) for s in (x, y))
        found.append(_mmd(x[i].double(), y[j].double()))
    values = torch.stack(found)
    return Kernel(float(values.mean()), float(values.std(correction=0)))


def _mmd(x: Tensor, y: Tensor) -> Tensor:
    """Return the unbiased MMD² of two sets of one size."""
    m = len(x)
    xx, yy, xy = (((a @ b.T) / a.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    within = (xx.sum() - xx.trace() + yy.sum() - yy.trace()) / (m * (m - 1))
    return within - 2 * xy.mean()


def energy_distance(a: Tensor, b: Tensor) -> float:
    """Return how far two sets are apart, as a share of how far the examples of b are apart.

    (2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖) / E‖y − y'‖,  x, x' from a and y, y' from b

    It is unbiased, so that it can be a little below 0, and tells something of a few dozen examples.

    Args:
        a: (n, d) features, at least 2.
        b: (m, d) features, at least 2.

    Source:
        Székely and Rizzo 2013, "Energy statistics", eq. 1.1.

    Example:
        >>> a = torch.tensor([[0.0], [1.0]])
        >>> energy_distance(a, a + 10)
        18.0
    """
    a, b = a.double(), b.double()
    within = [float(torch.cdist(x, x).sum()) / (len(x) * (len(x) - 1)) for x in (a, b)]
    return (2 * float(torch.cdist(a, b).mean()) - sum(within)) / max(within[1], 1e-12)
