"""What a person may ask for when loading pictures, checked in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from makebelieve.errors import InputError
from makebelieve.recipe import nearest

__all__ = ["Fit", "Options", "counted", "shown"]

Fit = Literal["crop", "pad", "stretch"]

SMALLEST, LARGEST = 4, 1024


@dataclass(frozen=True)
class Options:
    """How pictures are wanted.

    Args:
        size: height and width in pixels, 4 to 1,024; None: what suits the source.
        channels: 1 for grey, 3 for colour; None: grey only where every picture is.
        labels: the column that holds the labels; "none" for none; None: the source's own.
        fit: how oblong pictures become square: cut to the middle, padded or stretched.
        skip_bad: leave out files that cannot be used (and list them) instead of stopping.

    Raises:
        InputError: a value that is not one of these.

    Example:
        >>> Options(size=28).fit
        'crop'
    """

    size: int | None = None
    channels: int | None = None
    labels: str | None = None
    fit: Fit = "crop"
    skip_bad: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and not is_size(self.size):
            raise InputError(
                f"A size of {self.size!r} pixels does not work: give a whole number from "
                f"{SMALLEST} to {LARGEST:,}, such as 32."
            )
        if self.channels not in (None, 1, 3):
            raise InputError(
                f"{self.channels!r} channels do not work: give 1 for grey or 3 for colour."
            )
        if self.fit not in get_args(Fit):
            ways = ", ".join(get_args(Fit))
            raise InputError(
                f"There is no fit {self.fit!r}{nearest(str(self.fit), get_args(Fit))}; "
                f"pictures become square by one of: {ways}."
            )

    def asked(self) -> dict[str, Any]:
        """Return what differs from the defaults.

        Example:
            >>> Options(size=28).asked()
            {'size': 28}
        """
        return {f.name: v for f in fields(self) if (v := getattr(self, f.name)) != f.default}


def is_size(size: object) -> bool:
    """Say whether a size can be used."""
    return isinstance(size, int) and not isinstance(size, bool) and SMALLEST <= size <= LARGEST


def shown(path: str | os.PathLike[str]) -> str:
    r"""Write a path so that it can always be printed, whatever bytes are in it.

    Example:
        >>> shown("a" + chr(10) + "b.png")
        'a\\nb.png'
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    Example:
        >>> counted(1, "file"), counted(1200, "file")
        ('1 file', '1,200 files')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
