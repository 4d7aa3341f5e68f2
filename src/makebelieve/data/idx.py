"""The IDX files of MNIST and its successors, plain or compressed with gzip."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.archives import words
from makebelieve.data.arrays import Arrays, Block, Guarded, stream_block
from makebelieve.data.columns import to_column
from makebelieve.data.files import file_identity
from makebelieve.data.found import Found
from makebelieve.data.options import counted, shown
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_idx", "is_mnist_folder", "read_idx", "read_mnist_folder"]

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The third byte of a file says what its numbers are (LeCun et al., 1998); all are big-endian."""

NAME = re.compile(r".+[.-]idx\d-ubyte(\.gz)?|.+\.idx\d?(\.gz)?|.+-ubyte(\.gz)?", re.IGNORECASE)


def is_idx(path: Path) -> bool:
    """Say whether a file is named like an IDX file.

    Example:
        >>> from pathlib import Path
        >>> is_idx(Path("train-images-idx3-ubyte.gz")), is_idx(Path("x.npz"))
        (True, False)
    """
    return NAME.fullmatch(path.name) is not None


def is_mnist_folder(folder: Path) -> bool:
    """Say whether a folder holds the four files of MNIST, by their names."""
    return all(mnist_file(folder, part, what) for part in PARTS for what in ("images", "labels"))


PARTS = ("train", "t10k")


def mnist_file(folder: Path, part: str, what: str) -> Path | None:
    """Return one of the four files: the plain one before the compressed."""
    stem = f"{part}-{what}"
    digit = 3 if what == "images" else 1
    for name in (f"{stem}-idx{digit}-ubyte", f"{stem}.idx{digit}-ubyte"):
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None


def read_mnist_folder(folder: Path) -> Found:
    """Read the four files of MNIST with their fixed split into training and test.

    Raises:
        InputError: a file is damaged, or its numbers do not match.
    """
    images = [mnist_file(folder, part, "images") for part in PARTS]
    labels = [mnist_file(folder, part, "labels") for part in PARTS]
    pairs = [(a, b) for a, b in zip(images, labels, strict=True) if a and b]
    return read_pairs(shown(folder), [a for a, _ in pairs], [b for _, b in pairs], (0, 2))


def read_idx(path: Path) -> Found:
    """Read one IDX file of pictures, and the file of labels beside it if there is one.

    Raises:
        InputError: it is damaged, or the labels do not match.
    """
    partner = labels_of(path)
    return read_pairs(shown(path), [path], [partner] if partner else [], None)


def labels_of(path: Path) -> Path | None:
    """Return the labels of train-images-idx3-ubyte: train-labels-idx1-ubyte beside it."""
    plain = path.name.removesuffix(".gz")
    other = plain.replace("images", "labels").replace("idx3", "idx1")
    if other == plain:
        return None
    both = (path.with_name(other), path.with_name(f"{other}.gz"))
    return next((candidate for candidate in both if candidate.is_file()), None)


def read_pairs(
    name: str, images: list[Path], labels: list[Path], codes: tuple[int, ...] | None
) -> Found:
    """Join files of pictures and of labels.

    Args:
        name: what to call the source.
        images: files of pictures.
        labels: as many files of labels, or none.
        codes: the split that each file is.
    """
    source = Arrays([idx_block(path) for path in images])
    counts = [block.shape[0] for block in source.blocks]
    columns = {}
    if labels:
        columns["label"] = to_column(read_labels(labels, counts))
    split = None if codes is None else np.repeat(np.array(codes, np.uint8), counts)
    return Found(
        name,
        source.count,
        source.look,
        source.pieces,
        lambda: [file_identity(path) for path in images],
        columns,
        "label" if labels else None,
        split,
        about="IDX files of your own",
    )


def read_labels(paths: list[Path], counts: list[int]) -> list[str | None]:
    """Read labels as words.

    Raises:
        InputError: there are more or fewer than pictures.
    """
    found: list[str | None] = []
    for path, count in zip(paths, counts, strict=True):
        block = idx_block(path)
        if block.shape != (count,):
            raise InputError(
                f"{block.where} has the shape {block.shape}, but there are "
                f"{counted(count, 'picture')}; give one label for each."
            )
        for piece in block.by_bytes():
            found += words(piece)
    return found


def idx_block(path: Path) -> Block:
    """Read the header of an IDX file and wrap its numbers.

    Raises:
        InputError: it is not one, or damaged.
    """
    name = shown(path)
    with open_idx(path, name) as stream:
        head = stream.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not 1 <= head[3] <= 4:
            raise InputError(
                f"{name} is not an IDX file, or is damaged: it does not begin with an IDX header."
            )
        sizes = stream.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise InputError(f"{name} is cut short within its header; copy or download it again.")
    shape = tuple(int(v) for v in np.frombuffer(sizes, ">u4"))

    def start() -> Guarded:
        stream = open_idx(path, name)
        stream.read(4 + len(sizes))
        return stream

    return stream_block(name, shape, np.dtype(TYPES[head[2]]), start)


def open_idx(path: Path, name: str) -> Guarded:
    """Open a file, decompressing where its content says so.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return Guarded(name, gzip.open(path) if packed else path.open("rb"))
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise InputError(f"{name} cannot be read ({why}).") from error
