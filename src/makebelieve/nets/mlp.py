"""Plain multi-layer perceptrons, for points of the plane and for small pictures.

Up to about a thousand numbers a picture they learn more in a second than convolutions do: a
matrix product runs near the ceiling of a CPU, and its cost does not grow with the map.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from makebelieve.nets.blocks import stack

__all__ = ["MLP", "MLPDecoder", "MLPEncoder", "rows"]


def rows(x: Tensor) -> Tensor:
    """Return pictures as vectors, (n, height · width · channels), as they lie in memory.

    Channels lie last there: nothing is copied.
    """
    return x.permute(0, 2, 3, 1).flatten(1)


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


class MLPEncoder(nn.Module):
    """Picture → vector through two hidden layers, the second half as wide.

    Args:
        channels: 1 for grey, 3 for colour.
        size: height and width of the picture in pixels.
        width: length of the first hidden vector.
        out: length of the vector.
        extra: length of a second input, joined to the picture's numbers (a class, say).

    Example:
        >>> MLPEncoder(1, 28, width=64, out=10)(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """

    def __init__(self, channels: int, size: int, width: int, out: int, extra: int = 0) -> None:
        super().__init__()
        self.layers = stack([channels * size**2 + extra, width, width // 2], out)

    def forward(self, x: Tensor, extra: Tensor | None = None) -> Tensor:
        """Map (n, channels, size, size) in 0 … 1 to (n, out)."""
        found: Tensor = self.layers(self.joined(rows(x), extra))
        return found

    def joined(self, x: Tensor, extra: Tensor | None = None) -> Tensor:
        """Return what the first layer takes of (n, channels · size²) numbers in 0 … 1."""
        h = 2 * x - 1
        return h if extra is None else torch.cat([h, extra], 1)


class MLPDecoder(nn.Module):
    """Vector → picture through two hidden layers, the first half as wide.

    Args:
        inputs: length of the vector.
        channels: channels of what comes out.
        size: height and width of the picture in pixels.
        width: length of the second hidden vector.

    Example:
        >>> MLPDecoder(8, 3, 16, width=64)(torch.zeros(2, 8)).shape
        torch.Size([2, 3, 16, 16])
    """

    def __init__(self, inputs: int, channels: int, size: int, width: int) -> None:
        super().__init__()
        self.shape = (size, size, channels)
        self.layers = stack([inputs, width // 2, width], channels * size**2)

    def forward(self, z: Tensor) -> Tensor:
        """Map (n, inputs) to (n, channels, size, size), unbounded."""
        drawn: Tensor = self.layers(z).view(-1, *self.shape).permute(0, 3, 1, 2)
        return drawn
