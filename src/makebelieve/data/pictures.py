"""Arrays to pictures that a person looks at: sheets, strips, animations, clouds of points."""

from __future__ import annotations

import io
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from makebelieve.data.lettering import font
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makebelieve.data.spec import Dataset, Spec

__all__ = [
    "animate",
    "contact_sheet",
    "grid",
    "labelled",
    "png_bytes",
    "save",
    "scatter",
    "show",
    "strip",
    "to_image",
    "ungrid",
]

VISIBLE = 64
"""Pictures smaller than this are enlarged by a whole number, so that each pixel is seen."""

PAPER, INK = (255, 255, 255), (32, 32, 32)

STILL = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
}
MOVING = {".webp": "WEBP", ".gif": "GIF"}


def to_image(picture: np.ndarray) -> Image.Image:
    """Wrap one picture for Pillow.

    Args:
        picture: (height, width, 1 or 3) or (height, width) uint8.

    Example:
        >>> to_image(np.zeros((4, 4, 1), np.uint8)).mode
        'L'
    """
    flat = picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture
    return Image.fromarray(np.ascontiguousarray(flat))


def grid(
    pictures: np.ndarray, columns: int | None = None, scale: int | None = None, gap: int = 1
) -> Image.Image:
    """Lay pictures out on a sheet, row by row.

    Args:
        pictures: (n, height, width, channels) uint8.
        columns: how many side by side; None: as square a sheet as possible.
        scale: enlarge each pixel to scale × scale; None: until a picture is 64 pixels or more.
        gap: white pixels between pictures, enlarged as well.

    Example:
        >>> grid(np.zeros((6, 8, 8, 1), np.uint8), columns=3, scale=1).size
        (26, 17)
    """
    count, height, width, channels = pictures.shape
    columns = columns or max(1, math.ceil(math.sqrt(count)))
    rows = max(1, math.ceil(count / columns))
    sheet = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 255, np.uint8
    )
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    image = to_image(sheet)
    scale = scale or enlargement(max(height, width))
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def ungrid(sheet: np.ndarray, count: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Take the pictures back out of a sheet that `grid` laid out in its own way.

    Args:
        sheet: (height, width) or (height, width, channels) uint8.
        count: how many pictures it holds.
        shape: (height, width, channels) of one.

    Raises:
        InputError: a sheet of so many such pictures has another size.

    Example:
        >>> pictures = np.arange(5 * 8 * 8, dtype=np.uint8).reshape(5, 8, 8, 1)
        >>> bool((ungrid(np.asarray(grid(pictures)), 5, (8, 8, 1)) == pictures).all())
        True
    """
    height, width, channels = shape
    scale = enlargement(max(height, width))
    small = sheet.reshape(*sheet.shape[:2], -1)[::scale, ::scale]
    columns = max(1, math.ceil(math.sqrt(count)))
    wanted = (math.ceil(count / columns) * (height + 1) - 1, columns * (width + 1) - 1, channels)
    if small.shape != wanted:
        raise InputError(f"a sheet of {count} pictures is {wanted}, and this one is {small.shape}")
    corners = [(i // columns * (height + 1), i % columns * (width + 1)) for i in range(count)]
    return np.stack([small[top : top + height, left : left + width] for top, left in corners])


def enlargement(size: int) -> int:
    """Return the whole number that makes a tiny picture visible.

    Example:
        >>> enlargement(8), enlargement(28), enlargement(128)
        (8, 3, 1)
    """
    return max(1, math.ceil(VISIBLE / size))


def strip(pictures: np.ndarray, scale: int | None = None, gap: int = 1) -> Image.Image:
    """Lay pictures side by side in one row, as for a morph."""
    return grid(pictures, columns=len(pictures), scale=scale, gap=gap)


def scatter(
    points: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    size: int = 512,
    bounds: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """Draw points of the plane, y upwards, darker where they are dense.

    Args:
        points: (n, 2) floats; those that are not finite are not drawn.
        labels: (n,) codes that choose the colour; −1 is grey.
        size: height and width of the picture in pixels.
        bounds: (left, right, bottom, top); None: around the points, with a margin, as a square.
    """
    finite = np.isfinite(points).all(axis=1)
    points = points[finite]
    colours = palette(None if labels is None else labels[finite], len(points))
    left, right, bottom, top = bounds or around(points)
    x = ((points[:, 0] - left) / (right - left) * size).astype(np.int64)
    y = ((top - points[:, 1]) / (top - bottom) * size).astype(np.int64)
    inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
    # Sums of colour and of weight, so that the order of drawing does not matter.
    ink = np.zeros((size, size, 4), np.float32)
    np.add.at(ink, (y[inside], x[inside]), np.c_[colours[inside], np.ones(inside.sum())])
    ink += neighbours(ink)
    weight = ink[..., 3:]
    cover = 1 - np.exp(-0.5 * weight)
    mean = ink[..., :3] / np.maximum(weight, 1)
    return Image.fromarray(np.rint(255 * (1 - cover) + mean * cover).astype(np.uint8))


def neighbours(ink: np.ndarray) -> np.ndarray:
    """Add what the four neighbours of every pixel have, so that a point is a small cross."""
    padded = np.pad(ink, ((1, 1), (1, 1), (0, 0)))
    total: np.ndarray = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return total


def around(points: np.ndarray) -> tuple[float, float, float, float]:
    """Return a square around points with a margin of a twentieth."""
    if not len(points):
        return -1.0, 1.0, -1.0, 1.0
    low, high = points.min(axis=0), points.max(axis=0)
    centre, half = (low + high) / 2, max(float((high - low).max()) * 0.55, 1e-6)
    return (
        float(centre[0] - half),
        float(centre[0] + half),
        float(centre[1] - half),
        float(centre[1] + half),
    )


def palette(labels: np.ndarray | None, count: int) -> np.ndarray:
    """Return (n, 3) colours: one hue a label, by steps of the golden angle."""
    if labels is None:
        return np.tile(np.array([[40.0, 70.0, 140.0]]), (count, 1))
    hues = (labels * 0.381966) % 1.0
    wheel = np.abs((hues[:, None] + np.array([0, 2 / 3, 1 / 3])) % 1.0 * 6 - 3) - 1
    colours: np.ndarray = 40 + 170 * wheel.clip(0, 1)
    colours[labels < 0] = 128
    return colours


def show(examples: np.ndarray, spec: Spec) -> Image.Image:
    """Draw examples of any kind: pictures as a sheet, points as a cloud.

    Args:
        examples: as a data set stores them.
        spec: what one of them is.
    """
    return grid(examples) if spec.kind == "pictures" else scatter(examples)


def labelled(rows: Sequence[tuple[str, np.ndarray]], columns: int = 12) -> Image.Image:
    """Lay out one row of pictures for every label, with the label before it.

    Args:
        rows: a label and its pictures (k, height, width, channels).
        columns: how many pictures a row has at most.
    """
    letters = font(14, *(text for text, _ in rows))
    strips = [(text, strip(pictures[:columns]).convert("RGB")) for text, pictures in rows]
    margin = 12 + math.ceil(max(letters.getlength(short(text)) for text, _ in strips))
    width = margin + max(image.width for _, image in strips)
    sheet = Image.new("RGB", (width, sum(image.height + 6 for _, image in strips)), PAPER)
    draw, top = ImageDraw.Draw(sheet), 0
    for text, image in strips:
        draw.text((6, top + image.height // 2), short(text), INK, letters, anchor="lm")
        sheet.paste(image, (margin, top))
        top += image.height + 6
    return sheet


def short(text: str, most: int = 24) -> str:
    """Cut a long label.

    Example:
        >>> short("a" * 30, 4)
        'aaa…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def contact_sheet(dataset: Dataset, columns: int = 12, rows: int = 12) -> Image.Image:
    """Draw a sample of a data set, evenly spread, class by class where it is labelled.

    Args:
        dataset: pictures or points.
        columns: pictures side by side.
        rows: classes, or rows of pictures, at most.
    """
    if dataset.spec.kind == "points":
        return scatter(dataset.examples, dataset.labels)
    if dataset.labels is None:
        return grid(spread(dataset.examples, np.arange(len(dataset)), columns * rows), columns)
    named = [
        (name, spread(dataset.examples, np.flatnonzero(dataset.labels == code), columns))
        for code, name in enumerate(dataset.spec.classes)
    ]
    unknown = spread(dataset.examples, np.flatnonzero(dataset.labels < 0), columns)
    wanted = [pair for pair in [*named[:rows], ("(no label)", unknown)] if len(pair[1])]
    return labelled(wanted, columns)


def spread(examples: np.ndarray, rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many examples, evenly spread over the given rows."""
    chosen = rows[np.arange(min(most, len(rows))) * len(rows) // max(1, min(most, len(rows)))]
    return np.asarray(examples[chosen])


def animate(pictures: np.ndarray, path: str | os.PathLike[str], seconds: float = 3.0) -> Path:
    """Write pictures one after the other as an endless animation, without loss in WebP.

    Args:
        pictures: (n, height, width, channels) uint8.
        path: ends in .webp or .gif.
        seconds: how long one round takes.

    Raises:
        InputError: another ending, or a folder that cannot be written.
    """
    kind = format_of(path, MOVING, "an animation")
    frames = [grid(one[None]).convert("RGB") for one in pictures]
    pause = max(20, round(1000 * seconds / max(1, len(frames))))
    extra = {"lossless": True} if kind == "WEBP" else {}
    data = io.BytesIO()
    frames[0].save(
        data, kind, save_all=True, append_images=frames[1:], duration=pause, loop=0, **extra
    )
    return write(data.getvalue(), Path(path))


def save(image: Image.Image, path: str | os.PathLike[str]) -> Path:
    """Write a picture in one step; its name's ending says how.

    Raises:
        InputError: an ending that is no picture's, or a folder that cannot be written.
    """
    kind = format_of(path, STILL, "a picture")
    extra = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    data = io.BytesIO()
    image.save(data, kind, **extra)
    return write(data.getvalue(), Path(path))


def png_bytes(image: Image.Image) -> bytes:
    """Return a picture as the bytes of a PNG file; the same picture gives the same bytes."""
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def format_of(path: str | os.PathLike[str], formats: dict[str, str], what: str) -> str:
    """Return the format for a path's ending.

    Raises:
        InputError: there is none.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in formats:
        raise InputError(
            f"{os.fspath(path)} does not end like {what}: use one of {', '.join(formats)}."
        )
    return formats[suffix]


def write(data: bytes, path: Path) -> Path:
    """Write a file in one step: it is whole, or as it was before.

    Raises:
        InputError: its folder is not there or cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        # A temporary file is private; give it what an ordinary new file would have.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        why = (error.strerror or "error").lower()
        raise InputError(f"{path} cannot be written ({why}); choose another folder.") from error
    return path
