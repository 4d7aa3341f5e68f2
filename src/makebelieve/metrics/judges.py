"""What a judge is worth: right, as sure as it is right, and sure for the right reason."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.metrics.contest import ranked
from makebelieve.rng import seed_for

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Attack",
    "Outside",
    "Shortcut",
    "accuracy",
    "attack",
    "calibration_error",
    "calibration_gap",
    "inverted",
    "noise",
    "outside",
    "probabilities",
    "shortcut",
]

BATCH = 256


@torch.no_grad()
def probabilities(logits: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the (n, classes) probabilities of many examples.

    Args:
        logits: turns (n, …) examples into (n, classes) logits, such as a judge's own method.
        x: (n, …) examples as models see them.
    """
    return torch.cat([logits(part).float().softmax(1) for part in torch.split(x, BATCH)])


def accuracy(p: Tensor, y: Tensor) -> float:
    """Return the share of right verdicts; labels below 0 are left out.

    Args:
        p: (n, classes).
        y: (n,) codes.

    Example:
        >>> accuracy(torch.eye(2), torch.tensor([0, 0]))
        0.5
    """
    known = y >= 0
    if not known.any():
        raise InputError("accuracy takes at least one example with a label")
    return float((p[known].argmax(1) == y[known]).double().mean())


def calibration_error(p: Tensor, y: Tensor, bins: int = 15) -> float:
    """Return the expected calibration error: Σ_b n_b/n |accuracy_b − confidence_b|.

    Args:
        p: (n, classes).
        y: (n,) codes; those below 0 are left out.
        bins: of equal width.

    Source:
        Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", eq. 3.

    Example:
        >>> p = torch.tensor([[0.75, 0.25]] * 4)
        >>> calibration_error(p, torch.tensor([0, 0, 0, 1]))
        0.0
    """
    p, y = p[y >= 0].double(), y[y >= 0]
    if not len(y):
        raise InputError("calibration takes at least one example with a label")
    sure, said = p.max(1)
    return calibration_gap(sure, said == y, bins)


def calibration_gap(sure: Tensor, right: Tensor, bins: int = 15) -> float:
    """Return the expected calibration error of verdicts by their confidence.

    Args:
        sure: (n,) confidence of the verdicts, 0 … 1.
        right: (n,) whether they were right.
        bins: of equal width.

    Example:
        >>> calibration_gap(torch.tensor([1.0, 1.0]), torch.tensor([True, False]))
        0.5
    """
    sure = sure.double()
    of = (sure * bins).long().clamp(max=bins - 1)
    gaps = torch.zeros(bins, dtype=torch.float64, device=sure.device)
    gaps.index_add_(0, of, right.double() - sure)
    return float(gaps.abs().sum()) / len(sure)


class Outside(NamedTuple):
    """How sure a judge is of what it never learned.

    Args:
        confidence: its mean confidence there.
        auroc: how often it is surer of a real example than of one from outside.
    """

    confidence: float
    auroc: float


def outside(p: Tensor, p_outside: Tensor) -> Outside:
    """Measure how sure a judge is of what none of its classes is.

    Args:
        p: (n, classes) of held-out examples.
        p_outside: (m, classes) of noise, inverted pictures or pictures of other things.

    Source:
        Hendrycks and Gimpel 2017, "A baseline for detecting misclassified and out-of-distribution
        examples".

    Example:
        >>> outside(torch.eye(2), torch.full((4, 2), 0.5))
        Outside(confidence=0.5, auroc=1.0)
    """
    return Outside(float(p_outside.max(1).values.mean()), ranked(p.max(1).values,
                   p_outside.max(1).values))  # fmt: skip


def noise(like: Tensor, seed: int = 0) -> Tensor:
    """Return as many examples of which every number is drawn by itself, evenly over its range."""
    random = torch.Generator().manual_seed(seed_for(seed, "noise"))
    drawn = torch.rand(like.shape, generator=random).to(like)
    if like.dim() == 4:
        return drawn
    low, high = like.amin(0), like.amax(0)
    return low + (high - low) * drawn


def inverted(x: Tensor) -> Tensor:
    """Return the negatives of pictures: light where they were dark."""
    if x.dim() != 4:
        raise InputError("only pictures can be inverted")
    return 1 - x


class Attack(NamedTuple):
    """Accuracy before and after a small change of every pixel.

    Args:
        clean: of the examples as they are.
        random: with a change of random signs.
        attacked: with the change that the gradient tells.
    """

    clean: float
    random: float
    attacked: float


def attack(
    logits: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, *, size: float = 0.1, seed: int = 0
) -> Attack:
    """Measure how much a change of every pixel by `size` costs: the fast gradient sign method.

    x' = x + ε sign ∇ₓ −log p(y|x), kept in 0 … 1; random signs are the control.

    Args:
        logits: turns examples into logits, differentiably.
        x: (n, channels, height, width) pictures in 0 … 1.
        y: (n,) codes; those below 0 are left out.
        size: ε.
        seed: start of the random signs.

    Source:
        Goodfellow, Shlens and Szegedy 2015, "Explaining and harnessing adversarial examples",
        section 4.

    Example:
        >>> brighter = lambda x: torch.stack([x.flatten(1).mean(1), 0.5 + 0 * x[:, 0, 0, 0]], 1)
        >>> attack(brighter, torch.full((2, 1, 4, 4), 0.55), torch.tensor([0, 0])).attacked
        0.0
    """
    x, y = x[y >= 0], y[y >= 0]
    random = torch.Generator().manual_seed(seed_for(seed, "signs"))
    right = torch.zeros(3, dtype=torch.float64)
    for part, labels in zip(torch.split(x, BATCH), torch.split(y, BATCH), strict=True):
        at = part.detach().clone().requires_grad_()
        with torch.enable_grad():
            loss = F.cross_entropy(logits(at).float(), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, at)
        signs = torch.randint(2, part.shape, generator=random).to(part) * 2 - 1
        for i, change in enumerate((0 * signs, signs, gradient.sign())):
            moved = (part + size * change).clamp(0, 1)
            with torch.no_grad():
                right[i] += float((logits(moved).argmax(1) == labels).sum())
    return Attack(*(right / len(y)).tolist())


class Shortcut(NamedTuple):
    """What one small patch decides.

    Args:
        without: the greatest fall of accuracy where a patch is painted over.
        swapped: the greatest fall where a patch comes from an example of another class.
        follows: the greatest share of verdicts that go with the patch's class and not the rest.
        where: (rows, columns) the fall of accuracy for each patch that was swapped.
    """

    without: float
    swapped: float
    follows: float
    where: Tensor


@torch.no_grad()
def shortcut(
    logits: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, *, grid: int = 7, seed: int = 0
) -> Shortcut:
    """Look for a small patch that decides alone: a logo, a date, a corner pixel.

    Each patch of a grid is painted over with its mean, then replaced by the same patch of an
    example of another class. Where a patch decides, verdicts follow it.

    Args:
        logits: turns examples into logits.
        x: (n, channels, height, width) pictures.
        y: (n,) codes of at least two classes; those below 0 are left out.
        grid: patches a side.
        seed: start of the choice of the other examples.

    Source:
        Geirhos et al. 2020, "Shortcut learning in deep neural networks"; patches as in Zeiler and
        Fergus 2014, section 4.2.

    Example:
        >>> corner = lambda x: torch.stack([x[:, 0, 0, 0], 1 - x[:, 0, 0, 0]], 1)
        >>> y = torch.arange(8) % 2
        >>> x = torch.rand(8, 1, 14, 14)
        >>> x[:, 0, 0, 0] = 1.0 - y
        >>> found = shortcut(corner, x, y)
        >>> found.follows, found.swapped, int(found.where.argmax())
        (1.0, 1.0, 0)
    """
    x, y = x[y >= 0], y[y >= 0]
    donors = _of_another_class(y, seed)
    mean = x.mean(0, keepdim=True).expand_as(x)
    said = probabilities(logits, x).argmax(1)
    before = float((said == y).double().mean())
    grid = min(grid, x.shape[-1])
    edges = [round(i * x.shape[-1] / grid) for i in range(grid + 1)]
    bands = [slice(start, end) for start, end in itertools.pairwise(edges)]
    falls, follows, without = [], 0.0, 0.0
    for spot in itertools.product(bands, bands):
        with_other = _verdicts(logits, x, spot, x[donors])
        falls.append(before - float((with_other == y).double().mean()))
        changed = (with_other == y[donors]) & (said != y[donors])
        follows = max(follows, float(changed.double().mean()))
        painted = _verdicts(logits, x, spot, mean)
        without = max(without, before - float((painted == y).double().mean()))
    return Shortcut(without, max(falls), follows, torch.tensor(falls).view(grid, grid))


def _verdicts(
    logits: Callable[[Tensor], Tensor], x: Tensor, spot: tuple[slice, slice], other: Tensor
) -> Tensor:
    changed = x.clone()
    changed[..., spot[0], spot[1]] = other[..., spot[0], spot[1]]
    return probabilities(logits, changed).argmax(1)


def _of_another_class(y: Tensor, seed: int) -> Tensor:
    """Return for each example the row of one that has another label."""
    random = torch.Generator().manual_seed(seed_for(seed, "donors"))
    classes = torch.unique(y)
    if len(classes) < 2:
        raise InputError("a shortcut is looked for between at least two classes")
    donors = torch.empty_like(y)
    for label in classes:
        mine, others = (y == label).nonzero()[:, 0], (y != label).nonzero()[:, 0]
        drawn = torch.randint(len(others), (len(mine),), generator=random).to(y.device)
        donors[mine] = others[drawn]
    return donors
