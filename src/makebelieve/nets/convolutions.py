"""Convolutions of many channels on tiny maps as one matrix product, where that is faster.

A convolution unfolds its input into rows of patches and multiplies; a transposed one multiplies and
folds the rows back. Unfolding and folding are each other's adjoint, so both have all derivatives.
The plain way is PyTorch's own convolution; the tests compare values and derivatives.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve.nets.kernels import chosen, least_seconds
from makebelieve.nets.products import linear

__all__ = ["Conv2d", "ConvTranspose2d", "faster"]

WORTH = 1.25  # how many times faster the product must be to be chosen

# (sides of the smaller map up to, channels that go in from) where the product was faster, by
# precision: see docs/decisions/0011-cpu-kernels.md.
PAYS = {torch.float32: ((3, 128), (4, 512)), torch.bfloat16: ((4, 128),)}


class Conv2d(nn.Conv2d):
    """A convolution with a square kernel, without dilation and groups."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, in, h, w) to (n, out, h', w')."""
        if not pays(x, self, -(-x.shape[2] // _one(self.stride))):
            return super().forward(x)
        k, s, p = _one(self.kernel_size), _one(self.stride), _one(self.padding)
        weight = self.weight.permute(0, 2, 3, 1).reshape(self.out_channels, -1)
        found = linear(_unfolded(_cast(x), k, s, p), weight, self.bias)
        h, w = (_patches(side, k, s, p) for side in x.shape[2:])
        return found.view(len(x), h, w, -1).permute(0, 3, 1, 2)


class ConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution with a square kernel, without dilation and groups."""

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Map (n, in, h, w) to (n, out, h', w')."""
        if output_size is not None or not pays(x, self, x.shape[2]):
            return super().forward(x, output_size)
        k, s, p = _one(self.kernel_size), _one(self.stride), _one(self.padding)
        h, w = ((side - 1) * s - 2 * p + k + _one(self.output_padding) for side in x.shape[2:])
        rows = _cast(x).permute(0, 2, 3, 1).reshape(-1, self.in_channels)
        weight = self.weight.permute(2, 3, 1, 0).reshape(-1, self.in_channels)
        shape = (len(x), self.out_channels, h, w)
        found = _folded(linear(rows, weight), shape, k, s, p)
        return found if self.bias is None else found + self.bias.to(found.dtype).view(1, -1, 1, 1)


def pays(x: Tensor, layer: nn.Conv2d | nn.ConvTranspose2d, smaller: int) -> bool:
    """Return whether this layer is to be computed as a product.

    Args:
        x: (n, in, h, w).
        layer: it.
        smaller: the side of the smaller one of its two maps.
    """
    if not chosen("conv") or x.device.type != "cpu":
        return False
    dtype = torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype
    wide = layer.in_channels
    return any(smaller <= side and wide >= least for side, least in PAYS.get(dtype, ()))


def _cast(x: Tensor) -> Tensor:
    """Return x as autocast would hand it to a convolution, before it is unfolded."""
    return x.to(torch.get_autocast_dtype("cpu")) if torch.is_autocast_enabled("cpu") else x


def _one(sides: Any) -> int:
    """Return the one number that a layer keeps for both sides of a picture."""
    return int(sides[0])


def _patches(side: int, k: int, s: int, p: int) -> int:
    return (side + 2 * p - k) // s + 1


class _Unfold(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, k: int, s: int, p: int) -> Tensor:
        ctx.fold = (tuple(x.shape), k, s, p)
        padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, p, p, p, p)).contiguous()
        h, w = (_patches(side, k, s, p) for side in x.shape[2:])
        each, row, column, channel = padded.stride()
        # A view of overlapping patches, so that one copy lays them all out.
        patches = padded.as_strided(
            (len(x), h, w, k, k, x.shape[1]), (each, s * row, s * column, row, column, channel)
        )
        return patches.reshape(len(x) * h * w, -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return _folded(gradients[0], *ctx.fold), None, None, None


class _Fold(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, shape: tuple[int, int, int, int], k: int, s: int, p: int
    ) -> Tensor:
        ctx.unfold = (k, s, p)
        n, channels, height, width = shape
        h, w = (_patches(side, k, s, p) for side in (height, width))
        patches = rows.view(n, h, w, k, k, channels)
        padded = rows.new_zeros(n, height + 2 * p, width + 2 * p, channels)
        for i in range(k):
            for j in range(k):
                place = padded[:, i : i + s * (h - 1) + 1 : s, j : j + s * (w - 1) + 1 : s]
                place += patches[:, :, :, i, j]
        return padded[:, p : p + height, p : p + width].permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return _unfolded(gradients[0], *ctx.unfold), None, None, None, None


def _unfolded(x: Tensor, k: int, s: int, p: int) -> Tensor:
    """Return (n h' w', k k channels): the patches of (n, channels, h, w) as rows."""
    found: Tensor = _Unfold.apply(x, k, s, p)  # type: ignore[no-untyped-call]
    return found


def _folded(rows: Tensor, shape: tuple[int, int, int, int], k: int, s: int, p: int) -> Tensor:
    """Return a map of this shape: every row added to the patch that it stands for."""
    found: Tensor = _Fold.apply(rows, shape, k, s, p)  # type: ignore[no-untyped-call]
    return found


def faster() -> bool:
    """Return whether the product is the faster one for a layer where it should be."""
    x, weight = (
        torch.ones(n, 256, side, side).to(memory_format=torch.channels_last)
        for n, side in ((32, 4), (256, 3))
    )
    rows = weight.permute(0, 2, 3, 1).reshape(256, -1)
    plain, product = least_seconds(
        lambda: F.conv2d(x, weight, stride=2, padding=1),
        lambda: linear(_unfolded(x, 3, 2, 1), rows),
    )
    return plain > WORTH * product
