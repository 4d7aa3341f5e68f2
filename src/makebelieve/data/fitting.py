"""Any picture to a square of the wanted size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from makebelieve.data.options import Fit

__all__ = ["default_size", "fit_square", "fit_squares"]

SIZES = (8, 16, 28, 32, 64)

ANTIALIASED = Image.Resampling.BICUBIC
"""Widened to the scale when it shrinks, so that nothing aliases (Parmar et al., 2022)."""


def default_size(short_side: float) -> int:
    """Choose a size that the pictures can fill and a plain computer can train on.

    Args:
        short_side: the median of the pictures' shorter sides, in pixels.

    Returns:
        The largest of 8, 16, 28, 32 and 64 that is not above it; 8 where all are.

    Example:
        >>> default_size(480), default_size(30), default_size(5)
        (64, 28, 8)
    """
    return max((s for s in SIZES if s <= short_side), default=SIZES[0])


def fit_square(image: Image.Image, size: int, fit: Fit = "crop") -> Image.Image:
    """Resize a picture to size × size pixels, antialiased.

    Args:
        image: mode "L" or "RGB".
        size: in pixels.
        fit: "crop" keeps the middle square, "pad" keeps all and fills up with the median colour
            of the edge, "stretch" ignores the proportions.

    Returns:
        A picture of the same mode.

    Example:
        >>> fit_square(Image.new("L", (6, 4), 9), 2).size
        (2, 2)
    """
    if image.size == (size, size):
        return image
    width, height = image.size
    if fit == "pad" and width != height:
        return pad(image, size)
    box = (0.0, 0.0, float(width), float(height))
    if fit == "crop":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    return image.resize((size, size), ANTIALIASED, box)


def pad(image: Image.Image, size: int) -> Image.Image:
    """Shrink or enlarge to fit inside the square, and fill the rest with the edge's colour."""
    scale = size / max(image.size)
    inner = [max(1, round(side * scale)) for side in image.size]
    small = image.resize((inner[0], inner[1]), ANTIALIASED)
    pixels = np.asarray(small).reshape(inner[1], inner[0], -1)
    # Only the two edges that the padding touches.
    edges = pixels[:, [0, -1]] if inner[0] < size else pixels[[0, -1]]
    colour = tuple(int(v) for v in np.median(edges.reshape(-1, pixels.shape[-1]), axis=0))
    square = Image.new(image.mode, (size, size), colour if len(colour) > 1 else colour[0])
    square.paste(small, ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return square


def fit_squares(pictures: np.ndarray, size: int, channels: int, fit: Fit = "crop") -> np.ndarray:
    """Resize and recolour pictures of one shape.

    Args:
        pictures: (n, height, width, 1 or 3) uint8.
        size: height and width wanted.
        channels: 1 or 3.
        fit: how they become square.

    Returns:
        (n, size, size, channels) uint8; the same array where nothing is to be done.

    Example:
        >>> fit_squares(np.zeros((2, 4, 4, 1), np.uint8), 8, 3).shape
        (2, 8, 8, 3)
    """
    if pictures.shape[1:] == (size, size, channels):
        return pictures
    mode = "L" if channels == 1 else "RGB"
    out = np.empty((len(pictures), size, size, channels), np.uint8)
    for row, pixels in enumerate(pictures):
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).convert(mode)
        out[row] = np.asarray(fit_square(image, size, fit)).reshape(size, size, channels)
    return out
