""".npz and .npy files: arrays found by their names and streamed, never unpickled."""

from __future__ import annotations

import contextlib
import math
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.arrays import Arrays, Block, Guarded, array_block, stream_block
from makebelieve.data.columns import SPLIT_NAMES, default_label, split_codes, to_column
from makebelieve.data.files import file_identity
from makebelieve.data.found import Found
from makebelieve.data.options import counted, shown
from makebelieve.data.storage import memory_budget
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from makebelieve.data.spec import Column

__all__ = ["read_npy", "read_npz"]

PICTURE_KEYS = ("x", "images", "image", "pictures", "data", "samples", "arr_0")
LABEL_KEYS = ("y", "labels", "label", "targets", "target", "classes", "class", "arr_1")

PARTS = "|".join(sorted(SPLIT_NAMES, key=len, reverse=True))
BEFORE = re.compile(rf"({PARTS})[_-](.+)", re.IGNORECASE)
AFTER = re.compile(rf"(.+)[_-]({PARTS})", re.IGNORECASE)


@dataclass(frozen=True)
class Member:
    """An array in an archive: its key, and what of it and of which split the key names.

    Args:
        key: such as "x_train".
        base: such as "x".
        split: such as "train"; "" where the key names none.
        block: the array.
    """

    key: str
    base: str
    split: str
    block: Block


def read_npy(path: Path) -> Found:
    """Read an .npy file of pictures.

    Raises:
        InputError: it is not one.
    """
    name = shown(path)
    with explained(name, "an .npy file of numbers"):
        block = npy_block(name, lambda: Guarded(name, path.open("rb")))
    source = Arrays([block])
    return Found(
        name,
        source.count,
        source.look,
        source.pieces,
        lambda: file_identity(path),
        about="an array of your own",
    )


def read_npz(path: Path) -> Found:
    """Read an .npz archive.

    Args:
        path: pictures under x, images, pictures, data or arr_0, labels under y or labels; with
            train, validation (val) or test before or after, these are the split. A `split` array
            gives it row by row. Every other array of one value a picture is a column.

    Raises:
        InputError: it is damaged, or the pictures cannot be told from the rest.
    """
    name = shown(path)
    with explained(name, "an .npz archive"):
        with zipfile.ZipFile(path) as archive:
            inner = [info.filename for info in archive.infolist()]
        members = [to_member(path, each) for each in inner]
    chosen = choose_pictures(name, members)
    source = Arrays([member.block for member in chosen])
    columns = find_columns(members, chosen)
    split = find_split(name, members, chosen)
    return Found(
        name,
        source.count,
        source.look,
        source.pieces,
        lambda: file_identity(path),
        columns,
        default_label(columns),
        split,
        about="arrays of your own",
    )


@contextlib.contextmanager
def explained(name: str, kind: str) -> Iterator[None]:
    """Turn whatever goes wrong while a header is read into one sentence.

    Raises:
        InputError: instead of every other error.
    """
    try:
        yield
    except InputError:
        raise
    except PermissionError as error:
        raise InputError(f"{name} cannot be read: its permissions do not let us.") from error
    except Exception as error:
        # Damaged headers make numpy and zipfile fail in a dozen ways.
        raise InputError(
            f"{name} is not {kind}, or is damaged or cut short; copy it or save it again."
        ) from error


def to_member(path: Path, inner: str) -> Member:
    """Read the header of one array in an archive."""
    key = inner.removesuffix(".npy")
    where = f"{shown(path)}, array {key}"

    def start() -> Guarded:
        archive = zipfile.ZipFile(path)
        return Guarded(where, archive.open(inner), archive)

    return Member(key, *parse_key(key), npy_block(where, start))


def parse_key(key: str) -> tuple[str, str]:
    """Take a key apart.

    Example:
        >>> parse_key("x_train"), parse_key("val_images"), parse_key("arr_0")
        (('x', 'train'), ('images', 'val'), ('arr_0', ''))
    """
    if match := BEFORE.fullmatch(key):
        return match[2].lower(), match[1].lower()
    if match := AFTER.fullmatch(key):
        return match[1].lower(), match[2].lower()
    return key.lower(), ""


def npy_block(where: str, start: Callable[[], Guarded]) -> Block:
    """Wrap one .npy array, which is streamed and never read as a whole.

    Args:
        where: what to call it in an error.
        start: opens it at its first byte.

    Raises:
        InputError: it holds Python objects, or is in an order that cannot be streamed.
    """
    with start() as stream:
        shape, fortran, dtype = read_header(stream)
    if dtype.hasobject:
        raise InputError(
            f"{where} holds pickled Python objects, which are not opened because they can run any "
            "program; save plain arrays of numbers or words."
        )

    def numbers() -> Guarded:
        stream = start()
        read_header(stream)
        return stream

    if fortran and len(shape) > 1:
        return fortran_block(where, shape, dtype, numbers)
    return stream_block(where, shape, dtype, numbers)


def read_header(stream: Guarded) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Read shape, order and type at the start of an .npy file."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


def fortran_block(
    where: str, shape: tuple[int, ...], dtype: np.dtype[np.generic], numbers: Callable[[], Guarded]
) -> Block:
    """Wrap an array whose rows are scattered over the file: it must be read as a whole.

    Raises:
        InputError: it does not fit into memory.
    """
    if math.prod(shape) * dtype.itemsize > memory_budget():
        raise InputError(
            f"{where} is stored column by column (Fortran order) and too large to turn in memory; "
            "save it with np.ascontiguousarray."
        )
    turned = stream_block(where, shape[::-1], dtype, numbers)

    def pieces(rows: int) -> Iterator[np.ndarray]:
        whole = np.concatenate(list(turned.by_bytes())).T
        return array_block(where, whole).pieces(rows)

    return Block(where, shape, dtype, pieces)


def choose_pictures(name: str, members: Sequence[Member]) -> list[Member]:
    """Return the arrays that are the pictures, in the order train, validation, test.

    Raises:
        InputError: none can be told from the rest.
    """
    for base in PICTURE_KEYS:
        named = [m for m in members if m.base == base and len(m.block.shape) > 1]
        split = sorted((m for m in named if m.split), key=lambda m: SPLIT_NAMES[m.split])
        whole = [m for m in named if not m.split]
        if whole or split:
            return whole[:1] or split
    like = [m for m in members if len(m.block.shape) in (3, 4)]
    if len(like) == 1:
        return like
    listed = ", ".join(f"{m.key} {m.block.shape}" for m in members) or "nothing"
    raise InputError(
        f"{name} has no array that is clearly the pictures (it holds {listed}); save them under "
        "the name x, and labels under y."
    )


def find_columns(members: Sequence[Member], chosen: Sequence[Member]) -> dict[str, Column]:
    """Return every array with one value a picture; labels that come in parts are joined.

    Raises:
        InputError: labels whose number is not that of the pictures.
    """
    columns = {}
    for base in dict.fromkeys(m.base for m in members):
        parts = [
            next((m for m in members if m.base == base and m.split == part.split), None)
            for part in chosen
        ]
        if base == "split" or any(part is None or part in chosen for part in parts):
            continue
        joined: list[str | None] = []
        for part, pictures in zip(parts, chosen, strict=True):
            assert part is not None  # checked above; for the type checker
            joined += cells(part, pictures)
        if len(joined) == sum(m.block.shape[0] for m in chosen):
            columns["label" if base in LABEL_KEYS[:4] else base] = to_column(joined)
    return columns


def cells(part: Member, pictures: Member) -> list[str | None]:
    """Return an array's values as words; [] where it is no column.

    Raises:
        InputError: it is named like labels but does not match the pictures.
    """
    shape, rows = part.block.shape, pictures.block.shape[0]
    if shape not in ((rows,), (rows, 1)):
        if part.base in LABEL_KEYS:
            raise InputError(
                f"{part.block.where} has the shape {shape}, but there are "
                f"{counted(rows, 'picture')} in {pictures.key}; labels must be ({rows},)."
            )
        return []
    found: list[str | None] = []
    for piece in part.block.by_bytes():
        found += words(piece.reshape(-1))
    return found


def words(values: np.ndarray) -> list[str | None]:
    """Write values as words: 3.0 as "3", bytes as text, NaN as unknown.

    Example:
        >>> words(np.array([3.0, np.nan]))
        ['3', None]
    """
    if values.dtype.kind == "f":
        return [None if np.isnan(v) else f"{v:.15g}" for v in values.tolist()]
    if values.dtype.kind == "S":
        return [v.decode("utf-8", "backslashreplace") for v in values.tolist()]
    if values.dtype.kind == "b":
        return ["yes" if v else "no" for v in values.tolist()]
    return [str(v) for v in values.tolist()]


def find_split(name: str, members: Sequence[Member], chosen: Sequence[Member]) -> np.ndarray | None:
    """Return the split that the names of the arrays, or an array `split`, fix."""
    if chosen[0].split and len(chosen) > 1:
        counts = [m.block.shape[0] for m in chosen]
        return np.repeat(np.array([SPLIT_NAMES[m.split] for m in chosen], np.uint8), counts)
    given = next((m for m in members if m.base == "split" and not m.split), None)
    if given is None or given.block.shape != chosen[0].block.shape[:1]:
        return None
    codes = {"0": "train", "1": "validation", "2": "test"}
    values = [codes.get(v or "", v or "") for piece in given.block.by_bytes() for v in words(piece)]
    return split_codes(values, f"{name}, array split")
