"""Plain modules that take whole numbers and know no data and no loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.nets.conv import ConvDecoder, ConvEncoder
from makebelieve.nets.mlp import MLP, MLPDecoder, MLPEncoder

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "MLP",
    "NETS",
    "SIZES",
    "ConvDecoder",
    "ConvEncoder",
    "MLPDecoder",
    "MLPEncoder",
    "decoder",
    "encoder",
]

NETS = {"mlp": (MLPEncoder, MLPDecoder, 512), "conv": (ConvEncoder, ConvDecoder, 32)}
"""For pictures: name → what encodes, what decodes, and the width of size "small"."""

SIZES = {"small": 1, "medium": 2, "large": 4}
"""The one dial: by how much every width is multiplied."""


def encoder(
    shape: tuple[int, ...], out: int, size: str = "small", extra: int = 0, net: str = "conv"
) -> nn.Module:
    """Build the net that turns one example of this shape into a vector.

    Args:
        shape: (channels, height, width) of pictures or (d,) of points.
        out: length of the vector.
        size: "small", "medium" or "large".
        extra: length of a second input (a class, say).
        net: one of `NETS`, for pictures.
    """
    if len(shape) == 1:
        return MLP(shape[0], 128 * SIZES[size], out, extra)
    encodes, _, width = NETS[net]
    return encodes(shape[0], shape[1], width * SIZES[size], out, extra)


def decoder(
    inputs: int, shape: tuple[int, ...], size: str = "small", net: str = "conv"
) -> nn.Module:
    """Build the net that turns a vector into one example of this shape, unbounded.

    Args:
        inputs: length of the vector.
        shape: (channels, height, width) of pictures or (d,) of points.
        size: "small", "medium" or "large".
        net: one of `NETS`, for pictures.
    """
    if len(shape) == 1:
        return MLP(inputs, 128 * SIZES[size], shape[0])
    _, decodes, width = NETS[net]
    return decodes(inputs, shape[0], shape[1], width * SIZES[size])
