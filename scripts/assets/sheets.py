"""Draw the contact sheets of the embedded data sets for docs/data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from makebelieve.data.embedded import EMBEDDED

__all__ = ["main", "picture_sheet", "point_sheet"]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "data"


def picture_sheet(examples: np.ndarray, columns: int, scale: int, gap: int = 1) -> Image.Image:
    """Lay pictures (n, h, w, c) out in rows, enlarged by whole pixels, on a white ground."""
    n, height, width, channels = examples.shape
    padded = np.pad(examples, ((0, 0), (gap, gap), (gap, gap), (0, 0)), constant_values=255)
    tiles = padded.reshape(n // columns, columns, height + 2 * gap, width + 2 * gap, channels)
    sheet = tiles.transpose(0, 2, 1, 3, 4).reshape(
        n // columns * (height + 2 * gap), columns * (width + 2 * gap), channels
    )
    image = Image.fromarray(sheet.squeeze())
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def point_sheet(points: np.ndarray, half: float, size: int = 300) -> Image.Image:
    """Draw points of the square −half … half as dark dots on white."""
    across, up = ((points + half) / (2 * half) * size).astype(int).T
    sheet = np.full((size, size), 255, np.uint8)
    sheet[size - 1 - up, across] = 40
    return Image.fromarray(sheet)


def main() -> None:
    """Draw all five."""
    faces, clothes, digits = (EMBEDDED[name]() for name in ("avatars", "fashion", "digits"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    sheets = {
        "avatars": picture_sheet(faces.examples[:96], columns=16, scale=3),
        # The rows go round the ten classes: a column is a class.
        "fashion": picture_sheet(clothes.examples[:60], columns=10, scale=2),
        "digits": picture_sheet(digits.examples[:100], columns=20, scale=4),
        "ring": point_sheet(EMBEDDED["ring"]().examples, half=1.3),
        "grid": point_sheet(EMBEDDED["grid"]().examples, half=5.0),
    }
    for name, sheet in sheets.items():
        path = FOLDER / f"{name}.png"
        sheet.save(path, optimize=True)
        print(f"{path.name}: {sheet.width}×{sheet.height}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
