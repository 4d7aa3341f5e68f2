"""Plain modules that take whole numbers and know no data and no loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.nets.conv import ConvDecoder, ConvEncoder
from makebelieve.nets.mlp import MLP

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MLP", "SIZES", "ConvDecoder", "ConvEncoder", "decoder", "encoder"]

SIZES = {"small": 1, "medium": 2, "large": 4}
"""The one dial: by how much every width is multiplied."""


def encoder(shape: tuple[int, ...], out: int, size: str = "small", extra: int = 0) -> nn.Module:
    """Build the net that turns one example of this shape into a vector.

    Args:
        shape: (channels, height, width) of pictures or (d,) of points.
        out: length of the vector.
        size: "small", "medium" or "large".
        extra: length of a second input (a class, say).
    """
    if len(shape) == 1:
        return MLP(shape[0], 128 * SIZES[size], out, extra)
    return ConvEncoder(shape[0], shape[1], 32 * SIZES[size], out, extra)


def decoder(inputs: int, shape: tuple[int, ...], size: str = "small") -> nn.Module:
    """Build the net that turns a vector into one example of this shape, unbounded.

    Args:
        inputs: length of the vector.
        shape: (channels, height, width) of pictures or (d,) of points.
        size: "small", "medium" or "large".
    """
    if len(shape) == 1:
        return MLP(inputs, 128 * SIZES[size], shape[0])
    return ConvDecoder(inputs, shape[0], shape[1], 32 * SIZES[size])
