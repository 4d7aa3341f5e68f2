"""What a code holds: how much of it is used, and whether it lies where the prior is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.rng import seed_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.models.model import Posterior

__all__ = [
    "active_units",
    "aggregate_mismatch",
    "kl_per_dimension",
    "mutual_information",
    "path_length",
    "posterior",
]

BATCH = 256


@torch.no_grad()
def posterior(model: Posterior, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return mean and log variance of q(z|x) of many examples, (n, d) float64 each.

    Args:
        model: has a posterior.
        x: (n, …) examples as models see them.
        labels: (n,) classes, for a conditional model.
    """
    found = []
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        found.append(model.posterior(x[part], None if labels is None else labels[part]))
    means, log_variances = zip(*found, strict=True)
    return torch.cat(means).double(), torch.cat(log_variances).double()


def kl_per_dimension(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the (d,) mean KL(q(zⱼ|x) ‖ N(0, 1)) of each dimension, in nats.

    ½ (μ² + σ² − 1 − log σ²), averaged over examples

    Args:
        mean: (n, d).
        log_variance: (n, d).

    Source:
        Kingma and Welling 2013, appendix B.

    Example:
        >>> kl_per_dimension(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2)).tolist()
        [0.5, 0.0]
    """
    return (0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)).mean(0)


def active_units(mean: Tensor, threshold: float = 0.01) -> int:
    """Return how many dimensions of the code depend on the example: #{j: Varₓ E[zⱼ|x] > 0.01}.

    Args:
        mean: (n, d) posterior means.
        threshold: the variance from which a dimension is active.

    Source:
        Burda, Grosse and Salakhutdinov 2015, section 5.2.

    Example:
        >>> active_units(torch.tensor([[1.0, 0.001], [-1.0, 0.0]]))
        1
    """
    return int((mean.var(0) > threshold).sum())


def mutual_information(mean: Tensor, log_variance: Tensor, seed: int = 0) -> float:
    """Estimate the mutual information of example and code in nats; it cannot exceed log n.

    I = 1/n Σᵢ [log q(zᵢ|xᵢ) − log 1/n Σⱼ q(zᵢ|xⱼ)], zᵢ ~ q(z|xᵢ)

    Args:
        mean: (n, d).
        log_variance: (n, d).
        seed: start of the codes.

    Source:
        Hoffman and Johnson 2016, "ELBO surgery", eq. 6, with the mixture over the examples given.

    Example:
        >>> far = torch.tensor([[-9.0], [9.0]])
        >>> round(mutual_information(far, torch.zeros(2, 1)), 4)  # log 2
        0.6931
    """
    random = torch.Generator().manual_seed(seed_for(seed, "information"))
    noise = torch.randn(mean.shape, generator=random, dtype=torch.float64).to(mean.device)
    mean, log_variance = mean.double(), log_variance.double()
    z = mean + torch.exp(0.5 * log_variance) * noise
    precision, total = (-log_variance).exp(), 0.0
    norm = log_variance.sum(1)
    for start in range(0, len(z), BATCH):
        part = z[start : start + BATCH]
        # Σ (z − μ)²/σ² of all pairs as three products; the constants cancel.
        square = (
            part.square() @ precision.T
            - 2 * part @ (mean * precision).T
            + (mean.square() * precision).sum(1)
        )
        log_q = -0.5 * (square + norm)
        own = log_q[torch.arange(len(part)), torch.arange(start, start + len(part))]
        total += float((own - log_q.logsumexp(1) + math.log(len(z))).sum())
    return total / len(z)


def aggregate_mismatch(mean: Tensor, log_variance: Tensor) -> float:
    """Return KL(q(z) ‖ N(0, I)) in nats, q(z) the mean of all posteriors taken for a normal.

    ½ (Tr S + mᵀm − d − log det S), m = E μ(x), S = Cov μ(x) + E diag σ²(x)

    It is small where the codes of real examples fill the prior, and large where the prior has
    holes, or the codes lie elsewhere.

    Args:
        mean: (n, d).
        log_variance: (n, d).

    Source:
        Tomczak and Welling 2018, section 2, on the mismatch of aggregate posterior and prior.

    Example:
        >>> aggregate_mismatch(torch.full((5, 1), 2.0), torch.zeros(5, 1))
        2.0
    """
    mean, variance = mean.double(), log_variance.double().exp()
    d = mean.shape[1]
    middle = mean.mean(0)
    away = mean - middle
    spread = away.T @ away / len(mean) + torch.diag(variance.mean(0))
    log_det = torch.linalg.slogdet(spread).logabsdet
    return float(0.5 * (spread.trace() + middle.square().sum() - d - log_det))


@torch.no_grad()
def path_length(
    make: Callable[[Tensor], Tensor],
    latent_dim: int,
    *,
    n: int = 1000,
    step: float = 1e-2,
    seed: int = 0,
) -> float:
    """Return how fast what is made changes along the code: E |G(z) − G(z + εu)|² / ε².

    u is a random direction of length 1; the lowest and highest hundredth of the values are left
    out. A smooth map is shorter. Pictures stay floats: in 256 levels a small step is all rounding.

    Args:
        make: turns (n, latent_dim) codes into examples.
        latent_dim: length of a code.
        n: how many codes.
        step: ε.
        seed: start of the codes.

    Source:
        Karras, Laine and Aila 2019, section 4.1, with the distance of pixels.

    Example:
        >>> round(path_length(lambda z: 3 * z, 4), 3)
        9.0
    """
    if n < 1:
        raise InputError(f"a path length takes at least one code, not {n}")
    random = torch.Generator().manual_seed(seed_for(seed, "path"))
    z, u = (torch.randn(n, latent_dim, generator=random) for _ in range(2))
    u = u / u.norm(dim=1, keepdim=True)
    found = []
    for start in range(0, n, BATCH):
        a, away = z[start : start + BATCH], u[start : start + BATCH]
        difference = make(a + step * away).double() - make(a).double()
        found.append(difference.flatten(1).square().sum(1) / step**2)
    each = torch.cat(found).sort().values
    cut = n // 100
    return float(each[cut : n - cut].mean())
