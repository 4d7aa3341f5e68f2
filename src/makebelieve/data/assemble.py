"""From what a source found to a data set: decode, store, split, label."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from makebelieve.data.columns import choose_labels
from makebelieve.data.decode import quiet
from makebelieve.data.fitting import default_size
from makebelieve.data.options import counted
from makebelieve.data.spec import Column, Dataset, Skipped, Spec
from makebelieve.data.splitting import content_hashes, split_by_content
from makebelieve.data.storage import (
    InMemory,
    OnDisk,
    Stored,
    cache_folder,
    cached,
    keep,
    memory_budget,
    workplace,
)
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from makebelieve.data.found import Found
    from makebelieve.data.options import Options

__all__ = ["assemble", "check_enough", "complete_split"]

MINIMUM = 16
"""Below this there is nothing to learn from, only something to copy."""


class ColourFoundError(Exception):
    """A picture has colour after all, so three channels are needed."""


@dataclass(frozen=True)
class Shape:
    """The shape that pictures get; `guessed` where grey was only concluded from a look."""

    size: int
    channels: int
    guessed: bool

    @property
    def stored(self) -> tuple[int, int, int]:
        """(size, size, channels)."""
        return (self.size, self.size, self.channels)


class _Sink(Protocol):
    def append(self, block: np.ndarray) -> None: ...


@dataclass
class Tally:
    """What was learned while decoding."""

    rows: list[np.ndarray]
    originals: list[np.ndarray]
    bad: list[tuple[int, str]]
    animated: int = 0


def assemble(found: Found, options: Options) -> Dataset:
    """Decode everything that was found into a data set.

    Args:
        found: what a source found.
        options: how it is wanted.

    Raises:
        InputError: files that cannot be used, no such column, or no room.
    """
    label = choose_labels(options.labels, found.columns, found.label_column, found.name)
    if found.bad and not options.skip_bad:
        raise InputError(complaint(found, [(b.path, b.reason) for b in found.bad]))
    if not found.count:
        raise InputError(f"{found.name} holds no pictures.")
    if found.split is not None and not (found.split == 0).any():
        raise InputError(
            f"{found.name} fixes a split in which nothing is for training; call one part train."
        )
    return to_dataset(found, stored_pictures(found, options)).labelled_by(label)


def stored_pictures(found: Found, options: Options) -> Stored:
    """Return the decoded pictures: from the cache, or now, in memory where they fit."""
    with quiet():
        shape = choose_shape(found, options)
        try:
            return place(found, options, shape)
        except ColourFoundError:
            return place(found, options, replace(shape, channels=3, guessed=False))


def choose_shape(found: Found, options: Options) -> Shape:
    """Decide size and channels; looks at some pictures only where something is left open."""
    if options.size is not None and options.channels is not None:
        return Shape(options.size, options.channels, guessed=False)
    look = found.look()
    size = options.size or default_size(look.short_side)
    channels = options.channels or (1 if look.grey else 3)
    return Shape(size, channels, guessed=options.channels is None and look.grey)


def place(found: Found, options: Options, shape: Shape) -> Stored:
    """Decode into memory where the pictures fit, else into the cache, which is used again."""
    needed = found.count * math.prod(shape.stored)
    if needed <= memory_budget():
        store = InMemory(found.count, shape.stored)
        tally = fill(found, options, shape, store)
        return gather(found, store.finish(), tally)
    folder = cache_folder(
        found.identity(), shape.stored, shape.guessed, options.fit, options.skip_bad
    )
    return cached(folder) or write(folder, needed, found, options, shape)


def write(folder: Path, needed: int, found: Found, options: Options, shape: Shape) -> Stored:
    """Decode into a new entry of the cache."""
    with (
        workplace(folder, needed) as temporary,
        contextlib.closing(OnDisk(temporary / "pictures.npy", shape.stored)) as store,
    ):
        tally = fill(found, options, shape, store)
        return keep(temporary, folder, gather(found, store.finish(), tally))


def fill(found: Found, options: Options, shape: Shape, store: _Sink) -> Tally:
    """Decode all pictures into a store.

    Raises:
        InputError: some cannot be used, and the user did not say to skip them.
        ColourFoundError: grey was guessed, and is wrong.
    """
    tally = Tally([], [], [])
    for piece in found.pieces(shape.size, shape.channels, options.fit):
        if shape.guessed and not piece.grey:
            raise ColourFoundError
        tally.bad += piece.bad
        tally.animated += piece.animated
        if tally.bad and not options.skip_bad:
            continue  # Only to count the bad files: the pictures will not be used.
        tally.rows.append(piece.rows)
        tally.originals.append(piece.originals)
        store.append(piece.pictures)
    if tally.bad and (not options.skip_bad or len(tally.bad) == found.count):
        raise InputError(complaint(found, [(found.name_of(r), why) for r, why in tally.bad]))
    return tally


def complaint(found: Found, bad: Sequence[tuple[str, str]]) -> str:
    """Say which file cannot be used and why, how many there are, and what to do."""
    name, reason = bad[0]
    total = found.count + len(found.bad)
    if len(bad) == total:
        every = "none" if total > 1 else "it is the only one"
        rest = f"{every} of the {total:,} files" if total > 1 else every
        return f"{name} cannot be used because {reason}; {rest} can be used."
    rest = "1 file" if len(bad) == 1 else f"the first of {len(bad):,} bad files"
    them = "it" if len(bad) == 1 else "them"
    return (
        f"{name} cannot be used because {reason} ({rest} of {total:,}); mend or remove {them}, "
        f"or leave {them} out with --skip-bad (in Python: skip_bad=True)."
    )


def gather(found: Found, pictures: np.ndarray, tally: Tally) -> Stored:
    """Put beside the pictures what else must be known of them."""
    rows = np.concatenate(tally.rows)
    given = None if found.split is None else found.split[rows]
    arrays = {
        "rows": rows,
        "originals": np.concatenate(tally.originals).astype(np.int32),
        "split": complete_split(given, pictures),
    }
    skipped = [(found.name_of(row), reason) for row, reason in tally.bad]
    return Stored(pictures, arrays, {"skipped": skipped, "animated": tally.animated})


def complete_split(given: np.ndarray | None, examples: np.ndarray) -> np.ndarray:
    """Return a split in which no part is missing.

    Args:
        given: (n,) codes that the source fixes, or None.
        examples: (n, …), whose content decides the rest.

    Returns:
        (n,) uint8. Without `given` 80/10/10 by content. A part that `given` lacks is taken from
        the training examples, a tenth of them, by content.

    Example:
        >>> given = np.array([0] * 20 + [2] * 5, np.uint8)
        >>> np.bincount(complete_split(given, np.arange(25, dtype=np.uint8)[:, None])).tolist()
        [18, 2, 5]
    """
    if given is None:
        return split_by_content(examples)
    share = (0.0 if (given == 1).any() else 0.1, 0.0 if (given == 2).any() else 0.1)
    if not any(share):
        return given
    training = np.flatnonzero(given == 0)
    # Hashes stand for the pictures, so that mapped ones are read in pieces and never copied.
    hashes = content_hashes(examples)[training]
    out = given.copy()
    out[training] = split_by_content(hashes[:, None], fractions=(1 - sum(share), *share))
    return out


def to_dataset(found: Found, stored: Stored) -> Dataset:
    """Join pictures and labels; rows that were left out leave their labels with them."""
    pictures, rows = stored.pictures, stored.arrays["rows"]
    spec = Spec.pictures(pictures.shape[1], pictures.shape[3])
    columns = {
        name: Column(column.values, column.codes[rows]) for name, column in found.columns.items()
    }
    skipped = (*found.bad, *(Skipped(path, reason) for path, reason in stored.words["skipped"]))
    names = None if found.names is None else [found.names[row] for row in rows]
    return Dataset(
        found.name,
        spec,
        pictures,
        None,
        stored.arrays["split"],
        columns,
        skipped=skipped,
        about=found.about,
        names=names,
        originals=stored.arrays["originals"],
        notes=(*found.notes, *notes(found, stored)),
    )


def notes(found: Found, stored: Stored) -> list[str]:
    """Say what was done that nobody asked for."""
    said = []
    if animated := stored.words["animated"]:
        said.append(f"{counted(animated, 'file')} with several frames: only the first is used.")
    if found.split is not None:
        parts = [
            name
            for code, name in ((1, "validation"), (2, "test"))
            if not (found.split == code).any()
        ]
        if parts:
            said.append(
                f"No {' and no '.join(parts)} split is given: a tenth of the training pictures, "
                f"chosen by content, {'is' if len(parts) == 1 else 'each is'} used for it."
            )
    return said


def check_enough(dataset: Dataset, minimum: int = MINIMUM) -> None:
    """Refuse to train on next to nothing.

    Args:
        dataset: what was loaded.
        minimum: the fewest training examples that are worth a start.

    Raises:
        InputError: there are fewer.
    """
    count = len(dataset.rows("train"))
    if count < minimum:
        noun = "picture" if dataset.spec.kind == "pictures" else "point"
        kept = f" ({len(dataset) - count:,} more are held out)" if len(dataset) > count else ""
        raise InputError(
            f"{counted(count, noun)} {'is' if count == 1 else 'are'} too few to train on{kept}: "
            f"{dataset.name} needs at least {minimum}, and some hundreds to learn something worth "
            "seeing."
        )
