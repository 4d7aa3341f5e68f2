"""Labels and splits from the words that a person's files use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.spec import SPLITS, Column
from makebelieve.errors import InputError
from makebelieve.recipe import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "LABEL_NAMES",
    "SPLIT_NAMES",
    "choose_labels",
    "default_label",
    "split_codes",
    "to_column",
]

LABEL_NAMES = ("label", "labels", "class", "classes", "category", "target", "targets", "y")
"""The names by which a column is taken for the labels."""

SPLIT_NAMES = {
    "train": 0,
    "training": 0,
    "validation": 1,
    "valid": 1,
    "val": 1,
    "dev": 1,
    "test": 2,
    "testing": 2,
}
"""The words for the splits, and their codes."""

MOST_CLASSES = 100
"""A single column with more values than this is not taken for labels unasked."""


def to_column(values: Sequence[str | None]) -> Column:
    """Number the distinct values: as numbers where all are numbers, else by the alphabet.

    Args:
        values: one a row; None or "" where it is not known.

    Example:
        >>> to_column(["10", "9", None]).values
        ('9', '10')
    """
    distinct = in_order({v for v in values if v})
    code = {value: i for i, value in enumerate(distinct)}
    return Column(distinct, np.array([code.get(v or "", -1) for v in values], np.int64))


def in_order(values: set[str]) -> tuple[str, ...]:
    """Sort words as numbers where all of them are."""
    try:
        return tuple(sorted(values, key=lambda v: (float(v), v)))
    except ValueError:
        return tuple(sorted(values))


def split_codes(values: Sequence[str], where: Sequence[str] | str) -> np.ndarray:
    """Turn words such as "train" and "val" into codes.

    Args:
        values: one a row.
        where: what to call each row in an error, or all of them.

    Returns:
        (n,) uint8 codes into `SPLITS`.

    Raises:
        InputError: a word that names no split.
    """
    codes = np.zeros(len(values), np.uint8)
    for row, value in enumerate(values):
        code = SPLIT_NAMES.get(value.strip().lower())
        if code is None:
            place = where if isinstance(where, str) else where[row]
            raise InputError(
                f"{place} gives the split {value!r}{nearest(value.lower(), SPLIT_NAMES)}; "
                f"write one of {', '.join(SPLITS)}."
            )
        codes[row] = code
    return codes


def default_label(columns: Mapping[str, Column]) -> str | None:
    """Choose the column that is the labels: by its name, or because it is the only one.

    Example:
        >>> default_label({"age": to_column(["1"]), "Class": to_column(["cat"])})
        'Class'
    """
    by_name = {name.lower(): name for name in columns}
    named = [by_name[word] for word in LABEL_NAMES if word in by_name]
    if named:
        return named[0]
    only = next(iter(columns)) if len(columns) == 1 else None
    return only if only and len(columns[only].values) <= MOST_CLASSES else None


def choose_labels(
    asked: str | None, columns: Mapping[str, Column], default: str | None, source: str
) -> str | None:
    """Return the column that is shown as labels.

    Args:
        asked: what the user said; "none" for no labels; None for the default.
        columns: what there is.
        default: the source's own choice.
        source: how to call the source in an error.

    Raises:
        InputError: there is no such column; the sentence lists them.
    """
    if asked is None:
        return default
    if not isinstance(asked, str):
        raise InputError(
            f"labels names a column, and this is a {type(asked).__name__}: to give the labels of "
            "an array, save both as an .npz file of x and y, and load that."
        )
    if asked in columns:
        return asked
    if asked == "none":
        return None
    if not columns:
        raise InputError(
            f"{source} has no labels, so {asked!r} cannot be chosen; leave the labels out, or put "
            "the pictures into one sub-folder for each label."
        )
    raise InputError(
        f"{source} has no column {asked!r} (it has {', '.join(columns)}, or none for no labels)"
        f"{nearest(asked, columns) or '; choose one of these.'}"
    )
