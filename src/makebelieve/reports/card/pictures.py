"""Sheets of examples with nothing between them, so that they suit light and dark pages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image

from makebelieve.data.pictures import scatter, to_image
from makebelieve.reports.figures import CLOUD, CRISP, bounds

if TYPE_CHECKING:
    import numpy as np

    from makebelieve.data.spec import Spec

__all__ = ["cloud", "crisp", "one", "sheet"]

WIDEST = 640  # pixels of a sheet inside a report
LARGEST = 128  # pixels of a picture by itself


def crisp(spec: Spec) -> bool:
    """Say whether pictures are so small that each pixel is to be seen."""
    return spec.kind == "pictures" and spec.size < CRISP


def one(example: np.ndarray, most: int = LARGEST) -> Image.Image:
    """Return one picture, no larger than it is shown."""
    image = to_image(example)
    if max(image.size) <= most:
        return image
    return image.resize((most, most), Image.Resampling.LANCZOS)


def sheet(examples: np.ndarray, columns: int = 8) -> Image.Image:
    """Lay pictures out row by row, with a clear pixel between them.

    Args:
        examples: (n, height, width, channels) uint8.
        columns: how many side by side.

    Example:
        >>> import numpy as np
        >>> sheet(np.zeros((3, 8, 8, 1), np.uint8), columns=2).size
        (17, 17)
    """
    images = [one(example, max(16, WIDEST // columns)).convert("RGBA") for example in examples]
    width, height = images[0].size
    rows = math.ceil(len(images) / columns)
    size = (columns * (width + 1) - 1, rows * (height + 1) - 1)
    found = Image.new("RGBA", size, (0, 0, 0, 0))
    for i, image in enumerate(images):
        found.paste(image, (i % columns * (width + 1), i // columns * (height + 1)))
    return found


def cloud(points: np.ndarray, frame: np.ndarray) -> Image.Image:
    """Draw points of the plane.

    Args:
        points: (n, 2).
        frame: points of which the drawing shows nearly all, so that several can be compared.
    """
    return scatter(points, None, size=CLOUD, bounds=bounds(frame))
