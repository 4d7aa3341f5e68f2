"""How likely held-out examples are to a model, and what its code has to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from makebelieve.rng import Step, seed_for

if TYPE_CHECKING:
    from makebelieve.models.model import Bounds, Posterior

__all__ = ["ShuffleGap", "log_bound", "shuffle_gap"]

BATCH = 256


def log_bound(
    model: Bounds, x: Tensor, *, k: int = 1, seed: int = 0, labels: Tensor | None = None
) -> Tensor:
    """Return a lower bound of log p(x) in nats for each example: the ELBO, or IWAE-k.

    log 1/k Σᵢ p(x|zᵢ) p(zᵢ) / q(zᵢ|x), zᵢ ~ q(z|x)

    The bound rises with k; compare only within one k and one likelihood.

    Args:
        model: knows a bound.
        x: (n, …) examples as models see them.
        k: importance samples: 1 for the ELBO, 100 for a card, 5000 for a table.
        seed: start of the codes.
        labels: (n,) classes, for a conditional model.

    Returns:
        (n,) float64.

    Source:
        Kingma and Welling 2013, eq. 3; Burda, Grosse and Salakhutdinov 2015, eq. 8.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> from makebelieve.models.vae import VAE
        >>> x = torch.rand(3, 1, 8, 8)
        >>> log_bound(VAE(Spec.pictures(8, 1)).eval(), x, k=5).shape
        torch.Size([3])
    """
    found = []
    for part in _parts(len(x)):
        step = Step(seed_for(seed, "bound", k), part.start, device=x.device)
        y = None if labels is None else labels[part]
        found.append(model.log_bound(x[part], step, k, y).double())
    return torch.cat(found)


class ShuffleGap(NamedTuple):
    """What the code is worth to the decoder.

    Args:
        reconstruction: −log p(x|z) with each example's own code, in nats.
        shuffled: the same with the code of another example.
    """

    reconstruction: float
    shuffled: float

    @property
    def gap(self) -> float:
        """By how much another's code is worse, in nats; none where the decoder ignores it."""
        return self.shuffled - self.reconstruction


@torch.no_grad()
def shuffle_gap(
    model: Posterior, x: Tensor, *, seed: int = 0, labels: Tensor | None = None
) -> ShuffleGap:
    """Return how much worse examples are rebuilt from the code of another: the test of collapse.

    1/n Σᵢ [log p(xᵢ|zᵢ) − log p(xᵢ|z_π(i))], zᵢ ~ q(z|xᵢ), π a shift through a random order

    Args:
        model: has a posterior and a likelihood.
        x: (n, …) examples, at least 2.
        seed: start of the codes and of the order.
        labels: (n,) classes: examples keep theirs, and only codes change places.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> from makebelieve.models.vae import VAE
        >>> found = shuffle_gap(VAE(Spec.pictures(8, 1)).eval(), torch.rand(9, 1, 8, 8))
        >>> found.gap < found.reconstruction
        True
    """
    random = torch.Generator().manual_seed(seed_for(seed, "shuffle"))
    codes = _draw(model, x, labels, random)
    order = torch.randperm(len(x), generator=random).to(x.device)
    other = torch.empty_like(order)
    other[order] = order.roll(1)  # nobody keeps its own
    own = _mean_log_likelihood(model, x, codes, labels)
    return ShuffleGap(-own, -_mean_log_likelihood(model, x, codes[other], labels))


def _draw(model: Posterior, x: Tensor, labels: Tensor | None, random: torch.Generator) -> Tensor:
    # All at once: the numbers a generator gives depend on how many are asked for together.
    noise = torch.randn(len(x), model.latent_dim, generator=random).to(x.device)
    found = []
    for part in _parts(len(x)):
        mean, log_variance = model.posterior(x[part], None if labels is None else labels[part])
        found.append(mean + torch.exp(0.5 * log_variance) * noise[part])
    return torch.cat(found)


def _mean_log_likelihood(model: Posterior, x: Tensor, z: Tensor, labels: Tensor | None) -> float:
    total = 0.0
    for part in _parts(len(x)):
        y = None if labels is None else labels[part]
        total += float(model.log_likelihood(x[part], z[part], y).double().sum())
    return total / len(x)


def _parts(n: int) -> list[slice]:
    return [slice(start, min(start + BATCH, n)) for start in range(0, n, BATCH)]
