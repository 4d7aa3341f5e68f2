"""Convolutional nets for square pictures of 8 to 128 pixels, grey or colour.

Both halve or double the picture stage by stage; the number of channels doubles as the size halves.
Nothing normalises over the batch, so a batch may be split over devices without changing a number.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from makebelieve.nets.blocks import Activation, Resize, scaled, sizes

__all__ = ["ConvDecoder", "ConvEncoder"]

MOST = 4  # how many times the first width the widest stage may have


class ConvEncoder(nn.Module):
    """Picture → vector: a stem, strided stages, and one linear layer.

    Args:
        channels: 1 for grey, 3 for colour.
        size: height and width of the picture in pixels.
        width: channels of the first stage.
        out: length of the vector.
        extra: length of a second input joined before the last layer (a class, say).

    Example:
        >>> ConvEncoder(1, 28, width=16, out=10)(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """

    def __init__(self, channels: int, size: int, width: int, out: int, extra: int = 0) -> None:
        super().__init__()
        stages = sizes(size)
        widths = [min(width * 2**i, width * MOST) for i in range(len(stages))]
        layers: list[nn.Module] = []
        before = channels
        for now, after in zip(stages[1:], widths, strict=False):
            del now
            conv = nn.Conv2d(before, after, 3, stride=2, padding=1)
            layers += [scaled(conv, Activation.gain), Activation()]
            before = after
        conv = nn.Conv2d(before, widths[-1], 3, padding=1)
        layers += [scaled(conv, Activation.gain), Activation()]
        self.body = nn.Sequential(*layers)
        self.features = widths[-1] * stages[-1] ** 2
        self.head = scaled(nn.Linear(self.features + extra, out))

    def forward(self, x: Tensor, extra: Tensor | None = None) -> Tensor:
        """Map (n, channels, size, size) in 0 … 1 to (n, out)."""
        h = self.body(2 * x - 1).flatten(1)
        return self.head(h if extra is None else torch.cat([h, extra], 1))


class ConvDecoder(nn.Module):
    """Vector → picture: one linear layer, then stages that double the size.

    Args:
        inputs: length of the vector.
        channels: channels of what comes out.
        size: height and width of the picture in pixels.
        width: channels of the last stage.

    Example:
        >>> ConvDecoder(8, 3, 16, width=16)(torch.zeros(2, 8)).shape
        torch.Size([2, 3, 16, 16])
    """

    def __init__(self, inputs: int, channels: int, size: int, width: int) -> None:
        super().__init__()
        stages = sizes(size)[::-1]
        widths = [min(width * 2**i, width * MOST) for i in range(len(stages))][::-1]
        self.base = (widths[0], stages[0])
        self.stem = scaled(nn.Linear(inputs, widths[0] * stages[0] ** 2), Activation.gain)
        layers: list[nn.Module] = [Activation()]
        for now, before, after in zip(stages[1:], widths, widths[1:], strict=False):
            conv = nn.Conv2d(before, after, 3, padding=1)
            layers += [Resize(now), scaled(conv, Activation.gain), Activation()]
        layers += [scaled(nn.Conv2d(widths[-1], channels, 3, padding=1))]
        self.body = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Map (n, inputs) to (n, channels, size, size), unbounded."""
        width, base = self.base
        h: Tensor = self.stem(z).view(-1, base, base, width).permute(0, 3, 1, 2)
        return self.body(h)
