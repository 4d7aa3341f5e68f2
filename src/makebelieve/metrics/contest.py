"""How a discriminator does: what it knows by heart, and what it teaches the generator."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from makebelieve.data.loading import Batch
    from makebelieve.models.model import Contest
    from makebelieve.rng import Step

__all__ = ["Contested", "contested", "gradient_norms", "logits", "ranked", "slopes"]

BATCH = 256


@dataclass(frozen=True)
class Contested:
    """What a discriminator's scores say.

    Args:
        r_t: E sign D(train): 0 without overfitting, 1 where all training examples score above.
        r_v: (D(train) − D(held out)) / (D(train) − D(fake)): 0 without overfitting, 1 where
            held-out examples look as wrong as fakes.
        train: the share of training examples called real.
        held: the share of held-out examples called real.
        fake: the share of fakes called fake.
        ahead: how often a held-out example scores above a fake; 0.5 is a coin toss.
    """

    r_t: float
    r_v: float
    train: float
    held: float
    fake: float
    ahead: float

    def to_dict(self) -> dict[str, float]:
        """Return the six by name."""
        return asdict(self)


def contested(train: Tensor, held: Tensor, fake: Tensor, *, relative: bool = False) -> Contested:
    """Measure a discriminator by its scores.

    Args:
        train: (n,) logits of training examples.
        held: (h,) logits of held-out examples.
        fake: (m,) logits of fakes.
        relative: whether only differences mean anything; then the middle between the means of
            held-out and fake takes the place of 0.

    Source:
        Karras et al. 2020, "Training generative adversarial networks with limited data", eq. 1.

    Example:
        >>> found = contested(torch.ones(4), torch.zeros(4) + 0.5, -torch.ones(4))
        >>> found.r_t, found.r_v, found.held, found.fake
        (1.0, 0.25, 1.0, 1.0)
    """
    train, held, fake = (x.double() for x in (train, held, fake))
    even = (held.mean() + fake.mean()) / 2 if relative else held.new_zeros(())
    lead = float(train.mean() - fake.mean())
    return Contested(
        r_t=float((train - even).sign().mean()),
        r_v=float(train.mean() - held.mean()) / lead if lead else 0.0,
        train=float((train > even).double().mean()),
        held=float((held > even).double().mean()),
        fake=float((fake < even).double().mean()),
        ahead=ranked(held, fake),
    )


def ranked(high: Tensor, low: Tensor) -> float:
    """Return how often a number of the one set is above one of the other; ties count half.

    This is the area under the ROC curve (AUROC).

    Source:
        Hanley and McNeil 1982.

    Example:
        >>> ranked(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 1.0]))
        0.875
    """
    ordered = low.sort().values
    below = torch.searchsorted(ordered, high) + torch.searchsorted(ordered, high, right=True)
    return float(below.double().mean()) / (2 * len(low))


@torch.no_grad()
def logits(model: Contest, x: Tensor, labels: Tensor | None = None) -> Tensor:
    """Return the (n,) scores of many examples."""
    found = []
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        found.append(model.judge(x[part], None if labels is None else labels[part]))
    return torch.cat(found).float()


def slopes(model: Contest, x: Tensor, labels: Tensor | None = None) -> Tensor:
    """Return ‖∇ₓ D(x)‖ of each example, (n,): what a generator could learn from there.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> from makebelieve.models.gan import GAN
        >>> slopes(GAN(Spec.pictures(8, 1)), torch.rand(3, 1, 8, 8)).shape
        torch.Size([3])
    """
    found = []
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        at = x[part].detach().clone().requires_grad_()
        with torch.enable_grad():
            total = model.judge(at, None if labels is None else labels[part]).float().sum()
        found.append(torch.autograd.grad(total, at)[0].flatten(1).norm(dim=1))
    return torch.cat(found)


def gradient_norms(model: Any, batch: Batch, step: Step) -> dict[str, float]:
    """Return the length of each player's gradient on one batch, by the player's name.

    The model itself is left as it is; each turn is taken with the players as they stand.

    Args:
        model: a game of turns.
        batch: training examples.
        step: where the random numbers come from.

    Example:
        >>> from makebelieve.data.loading import Batch
        >>> from makebelieve.data.spec import Spec
        >>> from makebelieve.models.gan import GAN
        >>> from makebelieve.rng import Step
        >>> found = gradient_norms(GAN(Spec.pictures(8, 1)), Batch(torch.rand(4, 1, 8, 8)), Step(0))
        >>> sorted(found)
        ['discriminator', 'generator']
    """
    copy = deepcopy(model).requires_grad_(True)
    found = {}
    with torch.enable_grad():
        for turn in copy.turns(batch, step):
            parameters = [p for p in copy.players[turn.player].parameters() if p.requires_grad]
            gradients = torch.autograd.grad(turn.loss, parameters, allow_unused=True)
            squares = sum(float(g.double().square().sum()) for g in gradients if g is not None)
            found[turn.player] = squares**0.5
    return found
