"""Which kinds of example there are among samples, and which were forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from makebelieve.data.stacked import stack_digits
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.data.points import Mixture

__all__ = [
    "Modes",
    "class_histogram",
    "histogram_distance",
    "kl_divergence",
    "mode_count",
    "point_modes",
    "stack_digits",
    "stacked_modes",
]


class Modes(NamedTuple):
    """How many modes were found, and how evenly.

    Args:
        found: modes with enough samples.
        of: how many there are.
        good: the share of samples that lie at a mode.
        kl: KL(samples ‖ the true weights) over the modes, in nats; 0 is best.
    """

    found: int
    of: int
    good: float
    kl: float


def class_histogram(codes: Tensor, classes: int) -> Tensor:
    """Return the (classes,) shares of codes 0 … classes − 1; those below 0 are left out.

    Example:
        >>> class_histogram(torch.tensor([0, 0, 2, -1]), 3).tolist()
        [0.6666666666666666, 0.0, 0.3333333333333333]
    """
    counts = torch.bincount(codes[codes >= 0], minlength=classes).double()
    if not counts.sum():
        raise InputError("a histogram of classes takes at least one example with a class")
    return counts / counts.sum()


def mode_count(shares: Tensor, least: float = 0.01) -> int:
    """Return how many classes have at least so large a share.

    Example:
        >>> mode_count(torch.tensor([0.6, 0.395, 0.005]))
        2
    """
    return int((shares >= least).sum())


def histogram_distance(p: Tensor, q: Tensor) -> float:
    """Return the total variation distance ½ Σ |pᵢ − qᵢ|: the share that is in the wrong class.

    Example:
        >>> histogram_distance(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))
        0.5
    """
    return float((p - q).abs().sum() / 2)


def kl_divergence(p: Tensor, q: Tensor) -> float:
    """Return KL(p ‖ q) = Σ pᵢ log(pᵢ/qᵢ) in nats; what p never shows costs nothing.

    Example:
        >>> round(kl_divergence(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])), 4)
        0.6931
    """
    there = p > 0
    p, q = p.double()[there], q.double()[there]
    return float((p * (p / q).log()).sum())


def point_modes(
    points: Tensor | np.ndarray, mixture: Mixture, *, within: float = 3.0, hits: int = 20
) -> Modes:
    """Find the modes of a mixture whose density is known, such as `ring` or `grid`.

    A sample is good within 3σ of a centre, and a mode is found where it has 20 good samples.

    Args:
        points: (n, 2); 2,500 are usual.
        mixture: where the modes are.
        within: in standard deviations.
        hits: good samples from which a mode is found.

    Source:
        Metz et al. 2017, "Unrolled generative adversarial networks"; Srivastava et al. 2017,
        "VEEGAN", section 4.1.

    Example:
        >>> from makebelieve.data.points import RING
        >>> found = point_modes(np.repeat([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]], 20, axis=0), RING)
        >>> found.found, found.of, round(found.good, 3)
        (2, 8, 0.667)
    """
    nearest, away = mixture.nearest(np.asarray(points))
    of = len(mixture.centres)
    good = np.bincount(nearest[away <= within], minlength=of)
    even = torch.full((of,), 1 / of, dtype=torch.float64)
    total = int(good.sum())
    kl = kl_divergence(torch.from_numpy(good / total), even) if total else float("inf")
    return Modes(int((good >= hits).sum()), of, total / len(nearest), kl)


def stacked_modes(
    pictures: np.ndarray, classify: Callable[[np.ndarray], np.ndarray], hits: int = 1
) -> Modes:
    """Find the modes among stacked digits: a class for each of the three channels.

    Args:
        pictures: (n, height, width, 3) uint8; 26,000 are usual.
        classify: turns (n, height, width, 1) pictures of single digits into (n,) codes 0 … 9.
        hits: samples from which a mode is found.

    Source:
        Metz et al. 2017, section 3.3.1; Lin et al. 2018, "PacGAN", section 4.2.

    Example:
        >>> grey = np.repeat(np.arange(10, dtype=np.uint8), 3).reshape(10, 1, 1, 3)
        >>> found = stacked_modes(grey, lambda x: x[:, 0, 0, 0])
        >>> found.found, found.of, round(found.kl, 2)
        (10, 1000, 4.61)
    """
    channels = [classify(np.ascontiguousarray(pictures[..., c : c + 1])) for c in range(3)]
    codes = torch.as_tensor(np.stack(channels).astype(np.int64))
    codes = 100 * codes[0] + 10 * codes[1] + codes[2]
    shares = class_histogram(codes, 1000)
    even = torch.full((1000,), 0.001, dtype=torch.float64)
    found = int((torch.bincount(codes, minlength=1000) >= hits).sum())
    return Modes(found, 1000, 1.0, kl_divergence(shares, even))
