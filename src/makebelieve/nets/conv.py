"""Convolutional nets for square pictures of 8 to 128 pixels, grey or colour.

Both halve or double the picture stage by stage; the number of channels doubles as the size halves.
Nothing normalises over the batch, so a batch may be split over devices without changing a number.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from makebelieve.nets.blocks import Activation, scaled, sizes, stack
from makebelieve.nets.convolutions import Conv2d, ConvTranspose2d
from makebelieve.nets.products import Linear

__all__ = ["ConvDecoder", "ConvEncoder", "Double"]

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
        for after in widths[:-1]:
            conv = Conv2d(before, after, 3, stride=2, padding=1)
            layers += [scaled(conv, Activation.gain), Activation()]
            before = after
        conv = Conv2d(before, widths[-1], 3, padding=1)
        layers += [scaled(conv, Activation.gain), Activation()]
        self.body = nn.Sequential(*layers)
        self.features = widths[-1] * stages[-1] ** 2
        self.head = scaled(Linear(self.features + extra, out))

    def forward(self, x: Tensor, extra: Tensor | None = None) -> Tensor:
        """Map (n, channels, size, size) in 0 … 1 to (n, out)."""
        h = self.body(2 * x - 1).flatten(1)
        found: Tensor = self.head(h if extra is None else torch.cat([h, extra], 1))
        return found


class ConvDecoder(nn.Module):
    """Vector → picture: two linear layers to a small wide map, then stages that double the size.

    Most of the parameters sit where they cost least, at the small end; each doubling is a
    transposed convolution whose kernel (4) is a multiple of its stride (2), so that every pixel
    gets equally many contributions and no checkerboard appears (Odena et al. 2016).

    Args:
        inputs: length of the vector.
        channels: channels of what comes out.
        size: height and width of the picture in pixels.
        width: a quarter of the channels of the smallest map.

    Example:
        >>> ConvDecoder(8, 3, 16, width=16)(torch.zeros(2, 8)).shape
        torch.Size([2, 3, 16, 16])
    """

    def __init__(self, inputs: int, channels: int, size: int, width: int) -> None:
        super().__init__()
        base, *stages = sizes(size)[::-1]
        widths = [max(width * MOST // 2**i, width // 2) for i in range(len(stages))]
        self.base = (widths[0] if widths else channels, base)
        self.stem = stack([inputs, 8 * width], self.base[0] * base**2)
        layers: list[nn.Module] = []
        for now, before, after in zip(stages, widths, [*widths, channels][1:], strict=True):
            layers += [Activation(), Double(before, after, now)]
        self.body = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Map (n, inputs) to (n, channels, size, size), unbounded."""
        width, base = self.base
        h: Tensor = self.stem(z).view(-1, base, base, width).permute(0, 3, 1, 2)
        drawn: Tensor = self.body(h)
        return drawn


class Double(nn.Module):
    """Double the size of a map, less the last row and column where the size is odd.

    Args:
        before: channels that go in.
        after: channels that come out.
        size: height and width of what comes out, in pixels.
    """

    def __init__(self, before: int, after: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.conv = ConvTranspose2d(before, after, 4, stride=2, padding=1)
        # Each output pixel sums 2 × 2 of the kernel's 4 × 4 entries over all channels.
        nn.init.normal_(self.conv.weight, std=Activation.gain / math.sqrt(4 * before))
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, before, h, w) to (n, after, size, size)."""
        doubled: Tensor = self.conv(x)
        return doubled[:, :, : self.size, : self.size]
