"""Plain multi-layer perceptrons, for points of the plane."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from makebelieve.nets.blocks import stack

__all__ = ["MLP"]


class MLP(nn.Module):
    """Vector → vector through two hidden layers.

    Args:
        inputs: length of the vector that goes in.
        width: length of the hidden vectors.
        out: length of the vector that comes out.
        extra: length of a second input, joined to the first.

    Example:
        >>> MLP(2, 64, 1)(torch.zeros(5, 2)).shape
        torch.Size([5, 1])
    """

    def __init__(self, inputs: int, width: int, out: int, extra: int = 0) -> None:
        super().__init__()
        self.layers = stack([inputs + extra, width, width], out)

    def forward(self, x: Tensor, extra: Tensor | None = None) -> Tensor:
        """Map (n, inputs) to (n, out)."""
        joined: Tensor = x if extra is None else torch.cat([x, extra], 1)
        found: Tensor = self.layers(joined)
        return found
