"""Brand-new or copied: how near samples come to the training examples.

Every measure compares with held-out examples, which are new by construction: how near a new one
comes by itself differs from data to data.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.metrics.neighbours import nearest
from makebelieve.rng import seed_for

__all__ = ["Gallery", "auth_pct", "cells", "copy_test", "gallery", "near_copies"]

LEAST = 20  # examples on either side from which a cell counts


def auth_pct(fake: Tensor, train: Tensor, own: Tensor | None = None) -> float:
    """Return the percentage of authentic samples (AuthPct).

    A sample is authentic where it is farther from its nearest training example than that example
    is from its own nearest. Held-out examples give 50 to 65 depending on the features, so measure
    them, too; far below that means copies.

    Args:
        fake: (m, d) features.
        train: (n, d) features.
        own: (n,) distances of training examples to their own nearest, where they are known.

    Source:
        Alaa et al. 2022, "How faithful is your synthetic data?", section 4.

    Example:
        >>> train = torch.tensor([[0.0], [1.0], [5.0]])
        >>> auth_pct(torch.tensor([[0.1], [3.0]]), train)
        50.0
    """
    found = nearest(fake, train)
    own = nearest(train).distances[:, 0] if own is None else own
    authentic = found.distances[:, 0] > own[found.rows[:, 0]]
    return 100 * float(authentic.double().mean())


def near_copies(fake: Tensor, train: Tensor, held: Tensor, quantile: float = 0.01) -> float:
    """Return the share of samples that are nearer to training than almost all new examples are.

    1/M Σⱼ 1[d(yⱼ, train) < q], q the quantile of d(held-out, train)

    Args:
        fake: (m, d) features.
        train: (n, d) features.
        held: (h, d) features of held-out examples.
        quantile: which share of the held-out ones is nearer; also what to expect of new samples.

    Example:
        >>> train, held = torch.tensor([[0.0], [9.0]]), torch.tensor([[1.0], [8.0], [10.0]])
        >>> near_copies(torch.tensor([[0.1], [3.0], [4.0], [5.0]]), train, held)
        0.25
    """
    limit = nearest(held, train).distances[:, 0].quantile(quantile)
    return float((nearest(fake, train).distances[:, 0] < limit).double().mean())


class Gallery(NamedTuple):
    """Samples, most suspicious first, with the training examples nearest to them.

    Args:
        samples: (c,) rows of the samples.
        train: (c,) rows of the training examples.
        distances: (c,) how far apart.
        ratios: (c,) the distance over that of the training example to its own nearest.
    """

    samples: Tensor
    train: Tensor
    distances: Tensor
    ratios: Tensor


def gallery(fake: Tensor, train: Tensor, count: int = 16, own: Tensor | None = None) -> Gallery:
    """Return the samples that are nearest to training examples, most suspicious first.

    The order is that of d(y, x) / d(x, its own nearest), so that plain pictures, which all lie
    close together, do not fill the gallery.

    Args:
        fake: (m, d) features; best the pixels themselves.
        train: (n, d) features.
        count: how many at most.
        own: (n,) distances of training examples to their own nearest, where they are known.

    Example:
        >>> train = torch.tensor([[0.0], [1.0], [5.0]])
        >>> found = gallery(torch.tensor([[9.0], [0.25]]), train, count=1)
        >>> found.samples.tolist(), found.train.tolist(), found.ratios.tolist()
        ([1], [0], [0.25])
    """
    found = nearest(fake, train)
    rows = found.rows[:, 0]
    # Training examples with a copy among themselves have no distance to compare with.
    own = nearest(train).distances[:, 0] if own is None else own
    ratios = found.distances[:, 0] / own[rows].clamp(min=1e-12)
    first = ratios.argsort(stable=True)[:count]
    return Gallery(first, rows[first], found.distances[first, 0], ratios[first])


def copy_test(
    fake: Tensor, held: Tensor, train: Tensor, *, regions: int = 3, seed: int = 0
) -> float:
    """Return C_T: by how many standard deviations samples are too near to training examples.

    In each region π of the features, the Mann-Whitney statistic U counts the pairs in which a
    sample lies farther from its nearest training example than a held-out example from its own;
    Z = (U − mn/2) / √(mn (m + n + 1)/12), and C_T = Σ P(π) Z(π) / Σ P(π), P the share of held-out
    examples in π. Regions with fewer than 20 on either side do not count.

    Far below 0 means copying, far above 0 that samples are farther out than real examples are.
    Blur and collapse can look like copying: look at other signs, too.

    Args:
        fake: (m, d) features.
        held: (h, d) features of held-out examples.
        train: (n, d) features.
        regions: k-means cells of the training examples.
        seed: start of k-means.

    Raises:
        InputError: no region holds enough of both.

    Source:
        Meehan, Chaudhuri and Dasgupta 2020, "A non-parametric test to detect data-copying in
        generative models", section 3.

    Example:
        >>> train = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
        >>> held = torch.randn(200, 2, generator=torch.Generator().manual_seed(1))
        >>> copy_test(train[:200] + 1e-3, held, train, regions=1) < -10
        True
    """
    centres = cells(train, regions, seed)
    homes = [nearest(x, centres).rows[:, 0] for x in (fake, held)]
    away = [nearest(x, train).distances[:, 0] for x in (fake, held)]
    total, weight = 0.0, 0.0
    for region in range(len(centres)):
        y, x = (d[home == region] for d, home in zip(away, homes, strict=True))
        if min(len(x), len(y)) >= LEAST:
            share = len(x) / len(held)
            total, weight = total + share * _mann_whitney(y, x), weight + share
    if not weight:
        raise InputError(
            f"a copy test takes {LEAST} samples and {LEAST} held-out examples in at least one "
            f"region, and there are {len(fake)} and {len(held)} in all: give more"
        )
    return total / weight


def _mann_whitney(y: Tensor, x: Tensor) -> float:
    """Return the Z of U = #{y > x} + ½ #{y = x}."""
    ordered = x.sort().values
    below = torch.searchsorted(ordered, y) + torch.searchsorted(ordered, y, right=True)
    u = float(below.double().sum()) / 2
    m, n = len(y), len(x)
    return float((u - m * n / 2) / (m * n * (m + n + 1) / 12) ** 0.5)


def cells(x: Tensor, k: int, seed: int = 0, steps: int = 50) -> Tensor:
    """Return the (k or fewer, d) centres of k-means.

    Source:
        Lloyd 1982; started as Arthur and Vassilvitskii 2007 do.

    Example:
        >>> cells(torch.tensor([[0.0], [2.0], [10.0], [12.0]]), 2).sort(0).values.flatten().tolist()
        [1.0, 11.0]
    """
    random = torch.Generator().manual_seed(seed_for(seed, "cells"))
    x = x.double()
    centres = x[torch.randint(len(x), (1,), generator=random)]
    while len(centres) < k:
        away = torch.cdist(x, centres).amin(1).square().cpu()
        if not away.sum():
            break  # fewer different examples than cells
        centres = torch.cat([centres, x[torch.multinomial(away, 1, generator=random)]])
    for _ in range(steps):
        home = torch.cdist(x, centres).argmin(1)
        moved = torch.stack(
            [x[home == c].mean(0) if (home == c).any() else centres[c] for c in range(len(centres))]
        )
        if torch.equal(moved, centres):
            break
        centres = moved
    return centres
