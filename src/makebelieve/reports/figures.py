"""Pictures for a page: small files inside it, shown large with every pixel crisp."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from makebelieve.data.pictures import around, scatter, to_image
from makebelieve.reports.markup import Markup, tag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from makebelieve.data.spec import Spec

__all__ = ["bounds", "cloud", "film", "moving", "picture", "there_and_back", "uri"]

CRISP = 64  # pictures smaller than this show their pixels when enlarged
LARGEST = 128  # pixels of a picture inside the page; drawings of points are larger
CLOUD = 240  # height and width of a drawing of points
SHARE = 0.995  # of the points decide what a drawing shows, so that one stray does not


def uri(image: Image.Image) -> str:
    """Return an image as a data URI: without loss when it is small, as WebP of quality 80 else."""
    data = io.BytesIO()
    small = image.width * image.height <= 64 * 64
    image.save(data, "WEBP", lossless=small, quality=100 if small else 80, method=6)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()


def fitted(image: Image.Image) -> Image.Image:
    """Return an image no larger than the page shows any: more would only weigh it down."""
    most = max(image.size)
    if most <= LARGEST:
        return image
    size = (image.width * LARGEST // most, image.height * LARGEST // most)
    return image.resize(size, Image.Resampling.LANCZOS)


def picture(example: np.ndarray, alt: str, **attributes: str) -> Markup:
    """Return one picture, (height, width, channels) uint8, as an <img>.

    Args:
        example: the picture.
        alt: what is seen, in words; "" where the words stand beside it.
        attributes: more of the element.
    """
    height, width = example.shape[:2]
    classes = [attributes.pop("class_", ""), "px" if max(height, width) < CRISP else ""]
    named = " ".join(filter(None, classes)) or None
    source = uri(fitted(to_image(example)))
    return tag("img", src=source, width=width, height=height, alt=alt, class_=named, **attributes)


def cloud(
    points: np.ndarray,
    labels: np.ndarray | None,
    frame: np.ndarray,
    alt: str,
) -> Markup:
    """Return points of the plane as an <img>.

    Args:
        points: (n, 2).
        labels: (n,) codes for the colours, or None.
        frame: points that the drawing shows nearly all of, so that several can be compared.
        alt: what is seen, in words.
    """
    image = scatter(points, labels, size=CLOUD, bounds=bounds(frame))
    return tag("img", src=uri(image), width=CLOUD, height=CLOUD, alt=alt, class_="cloud")


def bounds(frame: np.ndarray) -> tuple[float, float, float, float]:
    """Return (left, right, bottom, top) of a square around nearly all points, with a margin."""
    low, high = np.quantile(frame, [1 - SHARE, SHARE], axis=0)
    left, right, bottom, top = around(np.stack([low, high]))
    # A wide margin: what lies beside the real points is what is worth seeing.
    margin = 0.25 * (right - left)
    return left - margin, right + margin, bottom - margin, top + margin


def there_and_back(frames: np.ndarray) -> np.ndarray:
    """Return frames that end where they began.

    Example:
        >>> there_and_back(np.arange(4)).tolist()
        [0, 1, 2, 3, 2, 1]
    """
    return np.concatenate([frames, frames[-2:0:-1]])


def moving(frames: np.ndarray, alt: str, pause: int = 90) -> Markup:
    """Return frames as an endless animation, still for those who asked for less motion.

    Args:
        frames: (n, height, width, channels) uint8, n ≥ 2.
        alt: what is seen, in words.
        pause: milliseconds a frame.
    """
    images = [fitted(to_image(frame)).convert("RGB") for frame in there_and_back(frames)]
    data = io.BytesIO()
    images[0].save(
        data, "WEBP", save_all=True, append_images=images[1:], duration=pause, loop=0,
        lossless=images[0].width <= CRISP, quality=80,
    )  # fmt: skip
    animated = "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()
    still = picture(frames[len(frames) // 2], alt)
    source = tag("source", srcset=animated, media="(prefers-reduced-motion: no-preference)")
    return tag("picture", source, still)


def film(
    samples: Sequence[Path], spec: Spec, most: int, cells: int
) -> list[tuple[int, list[Image.Image]]]:
    """Return what the same codes gave at some checkpoints: examples seen, and the drawings.

    Args:
        samples: the drawings that a run kept at checkpoints, named by the examples seen.
        spec: what an example is.
        most: how many checkpoints, evenly spread, the first and the last among them.
        cells: how many pictures of each.
    """
    chosen = sorted({round(i) for i in np.linspace(0, len(samples) - 1, most)}) if samples else []
    found = []
    for i in chosen:
        with Image.open(samples[i]) as sheet:
            sheet.load()
            found.append((int(samples[i].stem), _cells(sheet, spec, cells)))
    return found


def _cells(sheet: Image.Image, spec: Spec, cells: int) -> list[Image.Image]:
    """Cut the first pictures out of a sheet of eight columns, at their own size."""
    if spec.kind == "points":
        return [sheet.convert("RGB").resize((CLOUD, CLOUD), Image.Resampling.LANCZOS)]
    size, columns, gap = spec.size, 8, 1
    scale = max(1, sheet.width // (columns * (size + gap) - gap))
    small = sheet.resize((sheet.width // scale, sheet.height // scale), Image.Resampling.NEAREST)
    step = size + gap
    places = [(i % columns * step, i // columns * step) for i in range(cells)]
    cut = (small.crop((x, y, x + size, y + size)) for x, y in places)
    return [fitted(image) for image in cut]
