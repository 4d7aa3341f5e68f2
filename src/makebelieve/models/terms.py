"""What an hourglass's loss is made of: how likely an example is, how far codes are from a prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LEVELS", "LIKELIHOODS", "Likelihood", "gaussian_kl", "per_example"]

LEVELS = 256


@dataclass(frozen=True)
class Likelihood:
    """How likely a picture is, given what the decoder says of each of its numbers.

    Args:
        nll: (x, out, log_scale) → −log p of each number, in nats, same shape as x.
        scaled: whether there is a σ to learn; then `out` is on the scale of x, else it is logits.
        log_cell: what to add to log p, for each number, to get the log-probability of its
            8-bit value; None where there is no such probability.
        points: whether it can score numbers outside 0 … 1, too.
        summed: (x, out) → the sum of nll over all numbers and its derivative by out, where there
            is no σ: for gradients that are written out.
    """

    nll: Callable[[Tensor, Tensor, Tensor], Tensor]
    scaled: bool
    log_cell: float | None
    points: bool = False
    summed: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None


def bernoulli(x: Tensor, out: Tensor, log_scale: Tensor) -> Tensor:  # noqa: ARG001
    """Return −x log s(out) − (1 − x) log(1 − s(out)), s the sigmoid: exact for x in {0, 1}."""
    return F.binary_cross_entropy_with_logits(out, x, reduction="none")


def bernoulli_summed(x: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
    """Return Σ log(1 + exp(out)) − x out, the sum of `bernoulli`, and its derivative s(out) − x."""
    # A product in place of three passes over memory.
    total = F.softplus(out).sum() - torch.dot(x.flatten(), out.flatten())
    return total, torch.sigmoid(out).sub_(x)


def gaussian(x: Tensor, out: Tensor, log_scale: Tensor) -> Tensor:
    """Return ½ ((x − out)/σ)² + log σ + ½ log 2π, one σ for all (Rybkin et al. 2021)."""
    return 0.5 * ((x - out) * torch.exp(-log_scale)) ** 2 + log_scale + 0.5 * math.log(2 * math.pi)


def logistic(x: Tensor, out: Tensor, log_scale: Tensor) -> Tensor:
    """Return −log p of the 8-bit value, a logistic cut into 256 cells (Salimans 2017, eq. 2).

    The cells of 0 and 255 take the tails, so the probabilities of all 256 values sum to one.
    """
    half, inverse = 0.5 / (LEVELS - 1), torch.exp(-log_scale)
    upper = (x - out + half) * inverse
    lower = (x - out - half) * inverse
    # log(s(u) − s(l)) = log s(u) + log s(−l) + log(1 − exp(l − u)): stable at any scale.
    middle = F.logsigmoid(upper) + F.logsigmoid(-lower) + torch.log(-torch.expm1(lower - upper))
    first = torch.where(x < half, F.logsigmoid(upper), middle)
    return -torch.where(x > 1 - half, F.logsigmoid(-lower), first)


LIKELIHOODS = {
    "bernoulli": Likelihood(bernoulli, scaled=False, log_cell=None, summed=bernoulli_summed),
    "gaussian": Likelihood(gaussian, scaled=True, log_cell=-math.log(LEVELS), points=True),
    "logistic": Likelihood(logistic, scaled=True, log_cell=0.0),
}


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)) of each dimension, in nats.

    ½ (μ² + σ² − 1 − log σ²)

    Args:
        mean: μ, any shape.
        log_variance: log σ², the same shape.

    Source:
        Kingma and Welling 2013, appendix B.

    Example:
        >>> float(gaussian_kl(torch.tensor(1.0), torch.tensor(0.0)))
        0.5
    """
    return 0.5 * torch.addcmul(torch.expm1(log_variance) - log_variance, mean, mean)


def per_example(each: Tensor) -> Tensor:
    """Return the sum over the numbers of an example, averaged over the (n, …) examples."""
    return each.sum() / each.shape[0]
