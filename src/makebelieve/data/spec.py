"""What one example looks like, and a set of them in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from makebelieve.data.splitting import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SPLITS", "Column", "Dataset", "Skipped", "Spec", "Split"]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Spec:
    """What one example looks like: everything a model needs to know about its data.

    Args:
        kind: "pictures" (uint8 in memory, floats in 0 … 1 in a batch) or "points" (floats).
        shape: (channels, height, width) of a picture; (2,) of a point.
        classes: the names of the labels, in the order of their codes; () without labels.

    Example:
        >>> Spec.pictures(28, channels=1, classes=("cat", "dog")).dims
        784
    """

    kind: Literal["pictures", "points"]
    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()

    @classmethod
    def pictures(cls, size: int, channels: int = 3, classes: tuple[str, ...] = ()) -> Spec:
        """Describe square pictures of `size` × `size` pixels."""
        return cls("pictures", (channels, size, size), classes)

    @classmethod
    def points(cls, classes: tuple[str, ...] = ()) -> Spec:
        """Describe points of the plane."""
        return cls("points", (2,), classes)

    @property
    def dims(self) -> int:
        """How many numbers make one example."""
        return int(np.prod(self.shape))

    @property
    def size(self) -> int:
        """Height and width of a picture in pixels; 1 for a point."""
        return self.shape[-1] if self.kind == "pictures" else 1

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour; the number of coordinates of a point."""
        return self.shape[0]


@dataclass(frozen=True)
class Column:
    """One labelled property of every example, such as a face's glasses.

    Args:
        values: the names of the values, in the order of their codes.
        codes: (n,) int64, −1 where the value is not known.
    """

    values: tuple[str, ...]
    codes: np.ndarray


@dataclass(frozen=True)
class Skipped:
    """A file that could not be used, and the sentence that says why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Examples in memory (or memory-mapped), their labels, and a split that never changes.

    Args:
        name: what a person calls it: the name or path it was loaded by.
        spec: what one example looks like; `spec.classes` names the values of `labels`.
        examples: (n, height, width, channels) uint8 for pictures, (n, 2) float32 for points.
        labels: (n,) int64 codes into `spec.classes`, −1 where not known; None without labels.
        split: (n,) uint8 codes into `SPLITS`.
        columns: every labelled property by name; `labels` is one of them or None.
        label_column: the name of the column that `labels` shows; None without labels.
        skipped: the files that were left out because the user said `skip_bad`.
        about: one line on origin and licence.
        names: (n,) the file each example came from, as a person knows it; None where unnamed.
        originals: (n, 2) int32 width and height in pixels before resizing; None where unknown.
        notes: what loading did that its user should know, one sentence each.
        origin: the arguments of `load` that would bring the same again; None for data in memory.
    """

    name: str
    spec: Spec
    examples: np.ndarray
    labels: np.ndarray | None
    split: np.ndarray
    columns: Mapping[str, Column] = field(default_factory=dict)
    label_column: str | None = None
    skipped: tuple[Skipped, ...] = ()
    about: str = ""
    names: Sequence[str] | None = None
    originals: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    origin: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.examples)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.rows(s)):,} {s}" for s in SPLITS)
        shape = "×".join(map(str, self.spec.shape))
        return f"Dataset({self.name!r}, {shape} {self.spec.kind}, {counts})"

    @cached_property
    def fingerprint(self) -> str:
        """What stands for examples, labels and split: 32 hexadecimal digits."""
        return fingerprint(self.examples, self.labels, self.split)

    def rows(self, split: Split) -> np.ndarray:
        """Return the (m,) int64 row numbers of one split, in order."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def labelled_by(self, column: str | None) -> Dataset:
        """Return the same examples with another column (or none) as the labels.

        Raises:
            KeyError: there is no such column.
        """
        if column is None:
            return replace(
                self, labels=None, label_column=None, spec=replace(self.spec, classes=())
            )
        chosen = self.columns[column]
        spec = replace(self.spec, classes=chosen.values)
        return replace(self, labels=chosen.codes, label_column=column, spec=spec)
