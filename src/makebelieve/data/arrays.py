"""Pictures that are one big array, in memory or in a file, read a few megabytes at a time."""

from __future__ import annotations

import math
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

import numpy as np

from makebelieve.data.decode import MAX_PIXELS
from makebelieve.data.files import pool
from makebelieve.data.fitting import fit_squares
from makebelieve.data.found import Found, Look, Piece
from makebelieve.data.splitting import fingerprint
from makebelieve.errors import InputError

if TYPE_CHECKING:
    import gzip
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from makebelieve.data.options import Fit

__all__ = ["Arrays", "Block", "Guarded", "array_block", "read_array", "stream_block"]


class Closes(Protocol):
    """Anything that can be closed."""

    def close(self) -> None:
        """Let go of it."""


AT_ONCE = 8 << 20
"""Bytes read at a time."""

LARGEST_ROW = 16 * MAX_PIXELS
"""Bytes: no picture has more than the pixels that are safe to open, in four planes of floats."""

PLANES = (1, 2, 3, 4)
"""Grey, grey with opacity, colour, colour with opacity."""


@dataclass(frozen=True)
class Block:
    """An array (n, …) that can be gone through from its start, any number of times.

    Args:
        where: what to call it in an error.
        shape: of the whole.
        dtype: of one number.
        pieces: starts again and gives at most so many rows at a time.
    """

    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    pieces: Callable[[int], Iterator[np.ndarray]]

    def by_bytes(self, most: int = AT_ONCE) -> Iterator[np.ndarray]:
        """Go through all rows, a few megabytes at a time."""
        row = math.prod(self.shape[1:]) * self.dtype.itemsize
        return self.pieces(max(1, most // max(1, row)))


def array_block(where: str, array: np.ndarray) -> Block:
    """Wrap an array that is in memory or mapped."""

    def pieces(rows: int) -> Iterator[np.ndarray]:
        for start in range(0, len(array), rows):
            yield array[start : start + rows]

    return Block(where, array.shape, array.dtype, pieces)


class Guarded:
    """A file being read, plain or unpacked on the way, whose troubles become one sentence.

    Args:
        where: what to call it.
        stream: what is read.
        also: what is closed together with it.
    """

    def __init__(self, where: str, stream: IO[bytes] | gzip.GzipFile, *also: Closes) -> None:
        self.where, self.stream, self.also = where, stream, also

    def read(self, count: int = -1) -> bytes:
        """Read at most so many bytes (−1: all); where a packed file is cut short, none.

        Raises:
            InputError: it is damaged.
        """
        try:
            return self.stream.read(count)
        except EOFError:
            return b""
        except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(
                f"{self.where} is damaged; copy or download the file again."
            ) from error

    def __enter__(self) -> Guarded:
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self.stream, *self.also):
            each.close()


def stream_block(
    where: str, shape: tuple[int, ...], dtype: np.dtype[np.generic], start: Callable[[], Guarded]
) -> Block:
    """Wrap an array in a file that may be compressed.

    Args:
        where: what to call it in an error.
        shape: of the whole, in C order.
        dtype: of one number, with its byte order.
        start: opens the file where the numbers begin.

    Raises:
        InputError: the header promises what no row of pictures can be.
    """
    row = math.prod(shape[1:]) * dtype.itemsize  # Python's own numbers: int64 could overflow.
    if min(shape, default=0) < 0 or row > LARGEST_ROW:
        raise InputError(
            f"{where} has the shape {shape} by its header, which is damaged or not one of "
            "pictures; copy or save the file again."
        )

    def pieces(rows: int) -> Iterator[np.ndarray]:
        with start() as stream:
            for first in range(0, shape[0], rows):
                count = min(rows, shape[0] - first)
                data = read_all(stream, count * row)
                if len(data) < count * row:
                    whole = first + len(data) // max(1, row)
                    raise InputError(
                        f"{where} is cut short: {whole:,} of its {shape[0]:,} rows are there; "
                        "copy or download the file again."
                    )
                yield np.frombuffer(data, dtype).reshape(count, *shape[1:])

    return Block(where, shape, dtype, pieces)


def read_all(stream: Guarded, count: int) -> bytes:
    """Read so many bytes, or all there are; a false promise of more takes no memory."""
    parts, left = [], count
    while left and (part := stream.read(min(left, AT_ONCE))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


@dataclass
class Arrays:
    """Pictures from one or more blocks of one shape, one after the other.

    Args:
        blocks: each (n, h, w), (n, h, w, c) or (n, c, h, w).

    Raises:
        InputError: a shape that is not pictures, or blocks that differ.
    """

    blocks: Sequence[Block]
    layouts: list[tuple[int, int, int, bool]] = field(init=False)

    def __post_init__(self) -> None:
        self.layouts = [layout(block) for block in self.blocks]
        if len({each[:3] for each in self.layouts}) > 1:
            first, other = self.blocks[0], self.blocks[-1]
            raise InputError(
                f"{first.where} has the shape {first.shape}, but {other.where} has {other.shape}; "
                "all pictures of one source must have one height, width and number of channels."
            )
        self._scale: tuple[float, float] | None = None

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return sum(block.shape[0] for block in self.blocks)

    @property
    def scale(self) -> tuple[float, float]:
        """(a, b) such that a·v + b is in 0 … 255; one for all blocks."""
        if self._scale is None:
            self._scale = find_scale(self.blocks)
        return self._scale

    def look(self) -> Look:
        """Look at the first rows of each block."""
        height, width, _, _ = self.layouts[0]
        grey = all(
            is_grey(self.to_pictures(next(block.by_bytes(1 << 20)), index))
            for index, block in enumerate(self.blocks)
            if block.shape[0]
        )
        return Look(float(min(height, width)), grey)

    def pieces(self, size: int, channels: int, fit: Fit) -> Iterator[Piece]:
        """Convert and resize everything, in order."""
        first = 0
        with pool() as threads:
            for index, block in enumerate(self.blocks):
                height, width, _, _ = self.layouts[index]
                row = max(height * width * block.dtype.itemsize, size * size) * 3
                for raw in block.pieces(max(1, AT_ONCE // row)):
                    pictures = self.to_pictures(raw, index)
                    rows = np.arange(first, first + len(pictures))
                    sizes = np.tile(np.array([width, height], np.int32), (len(rows), 1))
                    square = in_parallel(threads, pictures, size, channels, fit)
                    yield Piece(square, rows, sizes, is_grey(pictures))
                    first += len(rows)

    def to_pictures(self, raw: np.ndarray, index: int) -> np.ndarray:
        """Return (k, h, w, 1 or 3) uint8: scaled, channels last, opacity over white."""
        _, _, planes, channels_first = self.layouts[index]
        scale, offset = self.scale
        if raw.dtype != np.uint8:
            scaled = raw.astype(np.float32) * np.float32(scale) + np.float32(offset)
            raw = np.rint(scaled).clip(0, 255).astype(np.uint8)
        if raw.ndim == 3:
            raw = raw[..., None]
        elif channels_first:
            raw = raw.transpose(0, 2, 3, 1)
        return over_white(raw) if planes in (2, 4) else np.ascontiguousarray(raw)


def in_parallel(
    threads: ThreadPoolExecutor, pictures: np.ndarray, size: int, channels: int, fit: Fit
) -> np.ndarray:
    """Resize by several threads, in order."""
    if pictures.shape[1:] == (size, size, channels):
        return pictures
    parts = np.array_split(pictures, max(1, min(16, len(pictures) // 64)))
    return np.concatenate(list(threads.map(lambda p: fit_squares(p, size, channels, fit), parts)))


def layout(block: Block) -> tuple[int, int, int, bool]:
    """Return (height, width, channels, channels first) of an array of pictures.

    Raises:
        InputError: the shape or the type is not that of pictures.
    """
    shape = block.shape
    if block.dtype.kind not in "buif":
        raise InputError(
            f"{block.where} holds {block.dtype} values, not numbers; save the pictures as uint8."
        )
    if len(shape) == 3 and min(shape[1:]) > 0:
        return shape[1], shape[2], 1, False
    if len(shape) == 4 and min(shape[1:]) > 0:
        if shape[3] in PLANES:
            return shape[1], shape[2], shape[3], False
        if shape[1] in PLANES:
            return shape[2], shape[3], shape[1], True
    side = round(shape[1] ** 0.5) if len(shape) == 2 else 0
    tip = (
        f"; reshape it to ({shape[0]}, {side}, {side}) first"
        if side > 1 and side * side == shape[-1]
        else ""
    )
    raise InputError(
        f"{block.where} has the shape {shape}, which is not pictures: (n, height, width), "
        f"(n, height, width, channels) or (n, channels, height, width) with 1 to 4 channels{tip}."
    )


def find_scale(blocks: Sequence[Block]) -> tuple[float, float]:
    """Find how numbers become bytes, from their type and, where that leaves it open, their range.

    Raises:
        InputError: the range is none of 0 … 1, −1 … 1, 0 … 255 and (integers) 0 … 65,535.
    """
    if all(block.dtype == np.uint8 for block in blocks):
        return 1.0, 0.0
    if all(block.dtype == bool for block in blocks):
        return 255.0, 0.0
    if len({block.dtype for block in blocks}) > 1:
        kinds = " and ".join(f"{block.where} {block.dtype}" for block in blocks)
        raise InputError(f"The pictures differ in type ({kinds}); save all of them as uint8.")
    low, high = value_range(blocks)
    scale = scale_of(low, high, integers=blocks[0].dtype.kind in "ui")
    if scale is None:
        raise InputError(
            f"{blocks[0].where} holds values from {low:g} to {high:g}, whose black and white are "
            "not clear; scale them to 0 … 255 (uint8), 0 … 1 or −1 … 1."
        )
    return scale


def scale_of(low: float, high: float, *, integers: bool) -> tuple[float, float] | None:
    """Choose the scale for a range of values; None where it is not clear.

    Example:
        >>> scale_of(-1.0, 0.9, integers=False)
        (127.5, 127.5)
    """
    slack = 0 if integers else 1e-4  # What float32 arithmetic may leave over 0 or 1.
    if integers:
        if low >= 0 and high <= 255:
            return 1.0, 0.0
        return (255 / 65535, 0.0) if low >= 0 and high <= 65535 else None
    if low >= -slack and high <= 1 + slack:
        return 255.0, 0.0
    if low >= -1 - slack and high <= 1 + slack:
        return 127.5, 127.5
    # Floats that only reach 16 or so are some other scale, and would be nearly black.
    return (1.0, 0.0) if low >= -slack and 64 <= high <= 255 + slack else None


def value_range(blocks: Sequence[Block]) -> tuple[float, float]:
    """Return the least and the greatest value.

    Raises:
        InputError: a value that is not a number.
    """
    low, high = np.inf, -np.inf
    for block in blocks:
        first = 0
        for raw in block.by_bytes():
            bad = ~np.isfinite(raw).reshape(len(raw), -1).all(axis=1)
            if bad.any():
                row = first + int(bad.argmax())
                raise InputError(
                    f"{block.where}, row {row} holds values that are not finite numbers (NaN or "
                    "infinity); repair or remove that row."
                )
            low, high = min(low, float(raw.min())), max(high, float(raw.max()))
            first += len(raw)
    return low, high


def over_white(pictures: np.ndarray) -> np.ndarray:
    """Lay (k, h, w, 2 or 4) pictures over white by their opacity."""
    opacity = pictures[..., -1:].astype(np.uint32)
    colour = pictures[..., :-1].astype(np.uint32)
    return ((colour * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)


def is_grey(pictures: np.ndarray) -> bool:
    """Say whether red = green = blue everywhere."""
    if pictures.shape[-1] == 1:
        return True
    first = pictures[..., 0]
    return bool((first == pictures[..., 1]).all() and (first == pictures[..., 2]).all())


def read_array(array: np.ndarray) -> Found:
    """Take an array of pictures as it is.

    Args:
        array: (n, h, w), (n, h, w, c) or (n, c, h, w); uint8, or floats in 0 … 1, −1 … 1 or
            0 … 255.

    Raises:
        InputError: it is not pictures.
    """
    block = array_block("The array", array)
    source = Arrays([block])
    return Found(
        "array",
        source.count,
        source.look,
        source.pieces,
        lambda: fingerprint(array),
        about="an array of your own",
    )
