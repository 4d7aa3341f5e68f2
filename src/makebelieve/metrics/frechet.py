"""The Fréchet distance between two sets of features, each taken for a normal distribution."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from makebelieve.errors import InputError

__all__ = ["Gaussian", "frechet_distance", "gaussian"]

ROWS = 8_192  # features that are held in float64 at once


class Gaussian(NamedTuple):
    """Mean and covariance of features, and of how many.

    Args:
        mean: (d,) float64.
        covariance: (d, d) float64, unbiased.
        n: how many examples.
    """

    mean: Tensor
    covariance: Tensor
    n: int


def gaussian(features: Tensor) -> Gaussian:
    """Return mean and unbiased covariance of (n, d) features, in float64.

    Raises:
        InputError: fewer than two examples, or a number that is not finite.

    Example:
        >>> gaussian(torch.tensor([[0.0], [2.0]])).covariance.tolist()
        [[2.0]]
    """
    if features.dim() != 2 or len(features) < 2:
        raise InputError(
            f"a covariance takes (n, d) features of 2 examples or more, not {tuple(features.shape)}"
        )
    parts = torch.split(features, ROWS)
    mean = sum((p.sum(0, dtype=torch.float64) for p in parts), torch.zeros(())) / len(features)
    if not bool(torch.isfinite(mean).all()):
        raise InputError("features hold a number that is not finite: look at what made them")
    total = sum((_gram(p.double() - mean) for p in parts), torch.zeros(()))
    return Gaussian(mean, total / (len(features) - 1), len(features))


def _gram(x: Tensor) -> Tensor:
    """Return xᵀx; numpy knows that it is symmetric and does half the work."""
    if x.device.type != "cpu":
        return x.T @ x
    array = x.numpy()
    return torch.from_numpy(array.T @ array)


def frechet_distance(a: Tensor | Gaussian, b: Tensor | Gaussian) -> float:
    """Return the squared Fréchet distance between two sets of features.

    FD = |μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½)

    It falls with the number of examples, so it means something only beside the FD of two sets of
    real examples of the same size. 0 is best.

    Args:
        a: (n, d) features, or what `gaussian` made of them.
        b: (m, d) features, or what `gaussian` made of them.

    Raises:
        InputError: the widths of the features differ.

    Source:
        Dowson and Landau 1982, eq. 4; Heusel et al. 2017, eq. 6.

    Example:
        >>> x = torch.tensor([[-1.0], [1.0]])
        >>> round(frechet_distance(x, x + 3), 6)
        9.0
    """
    p, q = (x if isinstance(x, Gaussian) else gaussian(x) for x in (a, b))
    if p.mean.shape != q.mean.shape:
        raise InputError(
            f"features have {len(p.mean)} and {len(q.mean)} numbers: use one extractor"
        )
    apart = (p.mean - q.mean).square().sum()
    spread = p.covariance.trace() + q.covariance.trace()
    return max(0.0, float(apart + spread - 2 * _root_trace(p, q)))


def _root_trace(p: Gaussian, q: Gaussian) -> Tensor:
    """Return Tr (Σ₁Σ₂)^½, the sum of the roots of the eigenvalues of RᵀΣ₂R for any RRᵀ = Σ₁."""
    root = _cholesky(p)
    if root is None:
        root = _eigenroot(p)
        values = torch.linalg.eigvalsh(root.T @ q.covariance @ root)
    else:
        values = torch.linalg.eigvalsh(_lower(root, q.covariance))
    # What rounding leaves of a zero eigenvalue would have a root that counts.
    trace: Tensor = values[values > _rounding(values)].sqrt().sum()
    return trace


def _cholesky(p: Gaussian) -> Tensor | None:
    """Return the lower triangular R with RRᵀ = Σ; None where Σ has no full rank, or hardly."""
    if p.n <= len(p.mean):
        return None
    root: Tensor
    root, failed = torch.linalg.cholesky_ex(p.covariance)
    least, most = root.diagonal().square().aminmax()
    return None if failed or least <= 1e-10 * most else root


def _eigenroot(p: Gaussian) -> Tensor:
    """Return the (d, rank) R with RRᵀ = Σ, from the eigenvectors."""
    values, vectors = torch.linalg.eigh(p.covariance)
    kept = values > _rounding(values)
    scaled: Tensor = vectors[:, kept] * values[kept].sqrt()
    return scaled


def _lower(root: Tensor, covariance: Tensor) -> Tensor:
    """Return RᵀΣR of a lower triangular R, but only the lower triangle, which is all that counts.

    The empty quarter of R left out, this is 9 of 16 parts of the work.
    """
    half = len(root) // 2
    left, corner = root[:, :half], root[half:, half:]
    product = covariance @ left
    found = torch.zeros_like(covariance)
    found[:half, :half] = left.T @ product
    found[half:, :half] = corner.T @ product[half:]
    found[half:, half:] = corner.T @ (covariance[half:, half:] @ corner)
    return found


def _rounding(values: Tensor) -> Tensor:
    # The sum is no less than the largest, and is defined where there is none.
    return torch.finfo(values.dtype).eps * len(values) * values.abs().sum()
