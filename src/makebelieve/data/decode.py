"""One picture file to a square of bytes, or one clause that says why not."""

from __future__ import annotations

import contextlib
import io
import logging
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from makebelieve.data.fitting import fit_square

if TYPE_CHECKING:
    from collections.abc import Iterator

    from makebelieve.data.options import Fit

__all__ = ["FORMATS", "MAX_PIXELS", "Decoded", "Unusable", "decode", "flatten", "quiet"]

# Pillow logs damaged TIFFs; without a handler Python would print that beside our sentence.
logging.getLogger("PIL").addHandler(logging.NullHandler())

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""What is opened. A short list on purpose: some of Pillow's formats start other programs."""

MAX_PIXELS = 64_000_000
"""A file can name more pixels than any memory holds (a decompression bomb)."""

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {TURNS[5], TURNS[6], TURNS[7], TURNS[8]}

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
)
FOREIGN = (
    (b"ftypheic", "a HEIC picture"),
    (b"ftypheix", "a HEIC picture"),
    (b"ftypmif1", "a HEIC picture"),
    (b"ftypavif", "an AVIF picture"),
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the picture (run git lfs pull)"),
    (b"PK\x03\x04", "a ZIP archive"),
)


class Unusable(Exception):  # noqa: N818 (what it says of the file is its name)
    """A file that cannot be used; the text is a clause that follows "because"."""


@dataclass(frozen=True)
class Decoded:
    """A picture as it is stored, and what it was.

    Args:
        picture: (size, size, channels) uint8.
        width: in pixels, before resizing, the right way up.
        height: in pixels.
        grey: whether every pixel's red, green and blue were equal.
        animated: whether the file holds more frames than the one used.
    """

    picture: np.ndarray
    width: int
    height: int
    grey: bool
    animated: bool


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence Pillow's warnings, which we say better; to be entered by one thread around many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def decode(file: Path | bytes, size: int, channels: int, fit: Fit = "crop") -> Decoded:
    """Read one picture: first frame, the right way up, over white, square.

    Args:
        file: where it is, or its bytes.
        size: height and width wanted, in pixels.
        channels: 1 or 3.
        fit: how it becomes square.

    Raises:
        Unusable: with the reason.
    """
    data = read(file) if isinstance(file, Path) else file
    if not data:
        raise Unusable("it is empty (0 bytes)")
    try:
        return from_bytes(data, size, channels, fit)
    except Unusable:
        raise
    except Image.DecompressionBombError as error:
        raise Unusable(
            f"it has more than the {MAX_PIXELS:,} pixels that are safe to open"
        ) from error
    except UnidentifiedImageError as error:
        raise Unusable(whatever_it_is(data)) from error
    except MemoryError as error:
        raise Unusable("there is not enough memory to open it") from error
    except Exception as error:
        # Pillow's decoders fail on damaged files in more than a dozen ways.
        raise Unusable(damage(data)) from error


def read(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        Unusable: it is not there, not a file, or not ours to read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unusable("it is not an ordinary file")
        return path.read_bytes()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise Unusable("it is a link to a file that is not there") from error
        raise Unusable("there is no such file") from error
    except PermissionError as error:
        raise Unusable("its permissions do not let us read it") from error
    except ValueError as error:
        raise Unusable("its path holds a null character") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Unusable(f"it cannot be read ({why.lower()})") from error


def from_bytes(data: bytes, size: int, channels: int, fit: Fit) -> Decoded:
    """Decode, turn, flatten and resize."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        check_pixels(opened.size)
        width, height = opened.size
        if opened.format in {"JPEG", "MPO"}:
            # Decodes at 1/2, 1/4 or 1/8 scale where that leaves at least 3× what is wanted.
            opened.draft(None, (3 * size, 3 * size))
        opened.load()
        turn = TURNS.get(orientation(opened))
        flat = flatten(opened)
        animated = has_more_frames(opened)
    if turn is not None:
        flat = flat.transpose(turn)
        width, height = (height, width) if turn in SIDEWAYS else (width, height)
    grey = flat.mode == "L" or is_grey(flat)
    flat = flat.convert("L" if channels == 1 else "RGB")
    picture = np.asarray(fit_square(flat, size, fit)).reshape(size, size, channels)
    return Decoded(picture, width, height, grey, animated)


def check_pixels(size: tuple[int, int]) -> None:
    """Refuse more pixels than are safe, before any is decoded."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise Unusable(
            f"it has {width:,} × {height:,} pixels, more than the {MAX_PIXELS:,} that are safe "
            "to open"
        )
    if width * height == 0:
        raise Unusable("it has no pixels")


def orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8; 1 where there is none that can be read."""
    with contextlib.suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def has_more_frames(image: Image.Image) -> bool:
    """Say whether a picture moves; a broken later frame does not count."""
    if image.format not in {"GIF", "WEBP", "PNG"}:
        return False
    with contextlib.suppress(Exception):
        return bool(getattr(image, "is_animated", False))
    return False


def flatten(image: Image.Image) -> Image.Image:
    """Turn any mode into "L" or "RGB": transparency over white, 16 bits to 8.

    Args:
        image: any mode that Pillow has.

    Returns:
        "L" for what is stored as grey without transparency, else "RGB".

    Raises:
        Unusable: the numbers have no scale that can be known.
    """
    if image.mode in {"I", "F"} or image.mode.startswith("I;"):
        return Image.fromarray(to_bytes(np.asarray(image)))
    if image.has_transparency_data:
        colour = image.convert("RGBA")
        white = Image.new("RGBA", colour.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, colour).convert("RGB")
    if image.mode in {"1", "L"}:
        return image.convert("L")
    return image.convert("RGB")


def to_bytes(values: np.ndarray) -> np.ndarray:
    """Scale grey of 16 bits, or floats of a known range, to 0 … 255.

    16 bits: round(v / 257), so that 0 → 0 and 65,535 → 255.
    """
    if values.dtype == bool:
        return values.astype(np.uint8) * np.uint8(255)
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise Unusable("some of its pixels are not finite numbers")
    if low < 0:
        raise Unusable(f"its pixels go down to {low:g}: scale them to 0 … 255")
    if values.dtype.kind == "f":
        if high > 255:
            raise Unusable(f"its pixels go up to {high:g}: scale them to 0 … 1 or 0 … 255")
        scale = 255 if high <= 1 else 1
        whole: np.ndarray = np.rint(values * scale).astype(np.uint8)
        return whole
    if high > 65_535:
        raise Unusable(f"its pixels go up to {high:,}: scale them to 0 … 255")
    scaled: np.ndarray = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return scaled


def is_grey(image: Image.Image) -> bool:
    """Say whether every pixel of an "RGB" picture has red = green = blue."""
    red, green, blue = (np.asarray(plane) for plane in image.split())
    return bool(np.array_equal(red, green) and np.array_equal(green, blue))


def damage(data: bytes) -> str:
    """Say what is wrong with a file that began like a picture."""
    kind = signature(data)
    return (
        f"it begins like a {kind} file but is damaged or cut short"
        if kind
        else whatever_it_is(data)
    )


def signature(data: bytes) -> str | None:
    """Return the format whose first bytes these are."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((kind for start, kind in SIGNATURES if data.startswith(start)), None)


def whatever_it_is(data: bytes) -> str:
    """Say what a file is that is not a picture we read."""
    if signature(data):
        return damage(data)
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, what in FOREIGN:
        if mark in head:
            return f"it is {what}: PNG, JPEG, WebP, GIF, BMP and TIFF can be read"
    if is_text(data[:512]):
        return "it holds text, not a picture, whatever its name says"
    return "it is not a picture: PNG, JPEG, WebP, GIF, BMP and TIFF can be read"


def is_text(head: bytes) -> bool:
    """Say whether bytes read as plain text."""
    text = head.decode("utf-8", "replace")
    return text.count("\ufffd") <= 1 and all(c.isprintable() or c in "\r\n\t" for c in text)
