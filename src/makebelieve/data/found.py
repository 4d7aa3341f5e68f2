"""Pictures that a source has found and not yet decoded: what every source returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    from makebelieve.data.options import Fit
    from makebelieve.data.spec import Column, Skipped

__all__ = ["Found", "Look", "Piece"]


@dataclass(frozen=True)
class Look:
    """A first look at some of the pictures.

    Args:
        short_side: the median of the shorter sides, in pixels.
        grey: whether all that were looked at are grey.
    """

    short_side: float
    grey: bool


@dataclass(frozen=True)
class Piece:
    """Some pictures, decoded, in the order of the rows.

    Args:
        pictures: (k, size, size, channels) uint8.
        rows: (k,) which rows of the source they are.
        originals: (k, 2) width and height before resizing.
        grey: whether all were grey before they were recoloured.
        bad: rows that cannot be used, each with a clause that follows "because".
        animated: how many hold more frames than the one used.
    """

    pictures: np.ndarray
    rows: np.ndarray
    originals: np.ndarray
    grey: bool
    bad: tuple[tuple[int, str], ...] = ()
    animated: int = 0


@dataclass(frozen=True)
class Found:
    """Everything about a source but its pixels.

    Args:
        name: the name or path it was loaded by.
        count: how many pictures there are, bad ones included.
        look: looks at some pictures, to choose a size and channels.
        pieces: decodes all, given size, channels and fit.
        identity: what the cache is keyed by: it changes when the content does.
        columns: every labelled property.
        label_column: the column that is the labels by default.
        split: (n,) uint8 codes where the source fixes them.
        names: (n,) what to call each picture.
        bad: what could not even be listed, such as a folder without permission.
        notes: what the user should know.
        about: one line on origin and licence.
    """

    name: str
    count: int
    look: Callable[[], Look]
    pieces: Callable[[int, int, Fit], Iterator[Piece]]
    identity: Callable[[], object]
    columns: Mapping[str, Column] = field(default_factory=dict)
    label_column: str | None = None
    split: np.ndarray | None = None
    names: Sequence[str] | None = None
    bad: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    about: str = ""

    def name_of(self, row: int) -> str:
        """Return what to call a row in a sentence."""
        return self.names[row] if self.names is not None else f"{self.name}, row {row}"
