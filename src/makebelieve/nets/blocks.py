"""Small pieces that every network here is made of."""

from __future__ import annotations

import contextlib
import itertools
import math
from typing import TYPE_CHECKING, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve.nets.products import Linear

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SLOPE", "Activation", "frozen", "one_hot", "scaled", "sizes", "stack"]

SLOPE = 0.2
Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


class Activation(nn.Module):
    """Leaky ReLU with slope .2, scaled to keep the variance of what flows through it."""

    # E[lrelu(x)²] = (1 + slope²)/2 for standard normal x (He et al. 2015, eq. 15).
    gain = math.sqrt(2 / (1 + SLOPE**2))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the non-linearity to x of any shape."""
        return F.leaky_relu(x, SLOPE)


def sizes(size: int, least: int = 4) -> list[int]:
    """List the sizes of a picture's maps from the full one down, halving (and rounding up).

    Args:
        size: height and width of the picture.
        least: stop before a map gets smaller than this.

    Example:
        >>> sizes(28), sizes(16), sizes(30)
        ([28, 14, 7, 4], [16, 8, 4], [30, 15, 8, 4])
    """
    found = [size]
    while (found[-1] + 1) // 2 >= least and found[-1] > least:
        found.append((found[-1] + 1) // 2)
    return found


def scaled(layer: Layer, gain: float = 1.0) -> Layer:
    """Initialise a layer to pass variance gain², with zero bias (He et al. 2015)."""
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / math.sqrt(fan_in))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def stack(widths: Sequence[int], out: int) -> nn.Sequential:
    """Build linear layers of the given widths with activations between, ending in `out`.

    Example:
        >>> [tuple(p.shape) for p in stack([2, 64], 1).parameters()]
        [(64, 2), (64,), (1, 64), (1,)]
    """
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [scaled(Linear(before, after), Activation.gain), Activation()]
    return nn.Sequential(*layers, scaled(Linear(widths[-1], out)))


def one_hot(labels: Tensor | None, classes: int, n: int, like: Tensor) -> Tensor:
    """Turn labels into (n, classes) indicators; a label of −1, or none at all, is all zeros."""
    if labels is None:
        return torch.zeros(n, classes, device=like.device, dtype=like.dtype)
    known = labels >= 0
    hot = F.one_hot(labels.clamp(min=0), classes) * known[:, None]
    return hot.to(like.dtype)


@contextlib.contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients flow through a module but not into it: half the work of a backward pass."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    for p in parameters:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in parameters:
            p.requires_grad_(True)
