"""The data sets that come with the package: nothing to download, the same for everyone."""

from __future__ import annotations

import io
import lzma
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.points import grid, ring
from makebelieve.data.spec import Column, Dataset, Spec
from makebelieve.data.splitting import split_by_content
from makebelieve.data.stacked import stacked

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EMBEDDED", "avatars", "digits", "fashion", "stacked_digits"]


def read_asset(name: str) -> dict[str, np.ndarray]:
    """Read a packed set (an .npz inside .xz, no pickle) as read-only arrays by name."""
    packed = files("makebelieve.data").joinpath("assets", f"{name}.npz.xz").read_bytes()
    with np.load(io.BytesIO(lzma.decompress(packed)), allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored.files}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def read_columns(arrays: dict[str, np.ndarray]) -> dict[str, Column]:
    """Return the columns of a packed set: "codes:NAME" and "values:NAME" make one."""
    columns = {}
    for key in arrays:
        kind, _, name = key.partition(":")
        if kind == "codes":
            codes = arrays[key].astype(np.int64)
            codes.flags.writeable = False
            columns[name] = Column(tuple(map(str, arrays[f"values:{name}"])), codes)
    return columns


def dataset(name: str, label: str, about: str) -> Dataset:
    """Return one packed set of square pictures, labelled by one of its columns."""
    arrays = read_asset(name)
    columns = read_columns(arrays)
    examples = arrays["examples"]
    split = arrays.get("split")
    if split is None:
        split = split_by_content(examples, exact=True)
        split.flags.writeable = False
    _, size, _, channels = examples.shape
    chosen = columns[label]
    return Dataset(
        name=name,
        spec=Spec.pictures(size, channels, chosen.values),
        examples=examples,
        labels=chosen.codes,
        split=split,
        columns=columns,
        label_column=label,
        about=about,
    )


@cache
def avatars() -> Dataset:
    """Return 10,000 drawn faces, 16 × 16 in colour, with every attribute known.

    Example:
        >>> faces = avatars()
        >>> faces.label_column, faces.spec.classes
        ('glasses', ('no', 'yes'))
        >>> faces.labelled_by("hair").spec.classes
        ('short', 'long')
    """
    return dataset(
        "avatars", "glasses", "drawn with DiceBear's style Pixel Art, whose design is CC0 1.0"
    )


@cache
def fashion() -> Dataset:
    """Return 12,000 photographs of clothes, 28 × 28 in grey, in ten balanced classes.

    Example:
        >>> fashion()
        Dataset('fashion', 1×28×28 pictures, 9,000 train, 1,000 validation, 2,000 test)
    """
    return dataset(
        "fashion", "class", "a balanced part of Fashion-MNIST (Xiao et al., 2017), MIT licence"
    )


@cache
def digits() -> Dataset:
    """Return 1,797 scans of handwritten digits, 8 × 8 in grey.

    Example:
        >>> digits().examples.shape
        (1797, 8, 8, 1)
    """
    return dataset(
        "digits", "class", "handwritten digits of the UCI repository (Alpaydin, Kaynak), CC BY 4.0"
    )


@cache
def stacked_digits() -> Dataset:
    """Return 68,000 pictures of three digits over one another, whose 1,000 modes can be counted.

    Example:
        >>> stacked_digits()
        Dataset('stacked-digits', 3×8×8 pictures, 40,000 train, 2,000 validation, 26,000 test)
    """
    return stacked(digits())


EMBEDDED: dict[str, Callable[[], Dataset]] = {
    "avatars": avatars,
    "fashion": fashion,
    "digits": digits,
    "stacked-digits": stacked_digits,
    "ring": ring,
    "grid": grid,
}
"""Every embedded set by its name; `EMBEDDED["avatars"]().about` says where it comes from."""
