"""What is in a data set, in numbers and in sentences, before anything is trained on it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from makebelieve.data.advice import advise
from makebelieve.data.duplicates import exact_groups, near_groups
from makebelieve.data.options import counted
from makebelieve.data.spec import SPLITS, Skipped
from makebelieve.data.splitting import chunks
from makebelieve.data.storage import memory_budget, readable_bytes

if TYPE_CHECKING:
    from makebelieve.data.spec import Column, Dataset

__all__ = ["Balance", "Description", "Groups", "Sizes", "describe"]

NEAR_METHOD = (
    "difference hash of 128 bits, at most 7 of them different, and a mean difference of at most "
    "6 of 255"
)
MOST_NAMED = 5
WIDTH = 11


@dataclass(frozen=True)
class Sizes:
    """The pictures' widths and heights before resizing.

    Args:
        smallest: (width, height) of the picture with the fewest pixels.
        median: the median width and the median height.
        largest: (width, height) of the picture with the most pixels.
        different: how many pictures differ in size from the commonest size.
    """

    smallest: tuple[int, int]
    median: tuple[int, int]
    largest: tuple[int, int]
    different: int

    def __str__(self) -> str:
        if not self.different:
            return f"{self.median[0]:,} × {self.median[1]:,} pixels, all of them"
        low, middle, high = (
            f"{w:,} × {h:,}" for w, h in (self.smallest, self.median, self.largest)
        )
        differ = counted(self.different, "picture differs", "pictures differ")
        return f"{low} to {high} pixels, median {middle}; {differ} from the commonest size"


@dataclass(frozen=True)
class Balance:
    """How often each value of a column occurs.

    Args:
        counts: by value, in the order of the codes.
        unknown: how many examples have no value.
    """

    counts: dict[str, int]
    unknown: int

    def __str__(self) -> str:
        total = max(1, sum(self.counts.values()))
        shares = [f"{v} {n:,} ({n / total:.0%})" for v, n in list(self.counts.items())[:12]]
        if len(self.counts) > len(shares):
            shares.append(f"and {len(self.counts) - len(shares):,} more values")
        if self.unknown:
            shares.append(f"not known {self.unknown:,}")
        return ", ".join(shares)


@dataclass(frozen=True)
class Groups:
    """Examples that are the same, or nearly.

    Args:
        groups: how many groups of two or more there are.
        members: how many examples are in them.
        straddling: how many groups have members in two splits.
        examples: the names in the first few groups.
    """

    groups: int
    members: int
    straddling: int
    examples: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        if not self.groups:
            return "none"
        shown = "; ".join(" and ".join(group) for group in self.examples[:2])
        across = f", {self.straddling:,} of them across splits" if self.straddling else ""
        total = counted(self.members, "picture")
        return f"{total} in {counted(self.groups, 'group')}{across} (such as {shown})"


@dataclass(frozen=True)
class Description:
    """Everything that is worth knowing before training.

    Args:
        name: the source.
        about: its origin and licence.
        kind: "pictures" or "points".
        shape: (channels, height, width), or (2,).
        count: how many examples there are.
        splits: how many each split has.
        label_column: the column that is the labels.
        columns: the balance of every column.
        sizes: before resizing; None where unknown.
        values: the least and the greatest value stored.
        exact: pictures equal to the byte, after resizing.
        near: different pictures that look the same; None where not looked for.
        skipped: the files left out, and why.
        needed: bytes of all examples.
        budget: bytes that may be kept in memory.
        mapped: whether they are read from a file when needed.
        notes: what loading did.
        advice: what we would do.
    """

    name: str
    about: str
    kind: str
    shape: tuple[int, ...]
    count: int
    splits: dict[str, int]
    label_column: str | None
    columns: dict[str, Balance]
    sizes: Sizes | None
    values: tuple[float, float]
    exact: Groups
    near: Groups | None
    skipped: tuple[Skipped, ...]
    needed: int
    budget: int
    mapped: bool
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can say."""
        return {**dataclasses.asdict(self), "near_method": NEAR_METHOD}

    def __str__(self) -> str:
        return "\n".join([self.title(), *self.facts(), *self.skips(), *self.advices()])

    def title(self) -> str:
        """Return the first line."""
        if self.kind == "points":
            return f"{self.name}: {counted(self.count, 'point')} of the plane"
        channels, height, width = self.shape
        colour = "grey" if channels == 1 else "colour"
        return f"{self.name}: {counted(self.count, 'picture')}, {width} × {height} pixels, {colour}"

    def facts(self) -> list[str]:
        """Return one line a fact."""
        split = ", ".join(f"{n:,} {name}" for name, n in self.splits.items() if n)
        lines = [line("origin", self.about)] if self.about else []
        lines.append(line("split", split))
        lines += self.label_lines()
        if self.sizes:
            lines.append(line("originals", str(self.sizes)))
        lines.append(line("duplicates", str(self.exact)))
        if self.near is not None:
            lines.append(line("nearly same", str(self.near)))
        where = "read from a file as needed" if self.mapped else "kept in memory"
        room = f"{readable_bytes(self.needed)}, {where} (budget {readable_bytes(self.budget)})"
        lines.append(line("memory", room))
        return lines + [line("note", note) for note in self.notes]

    def label_lines(self) -> list[str]:
        """Return the labels' balance, and the names of the other columns."""
        lines = []
        if self.label_column is None:
            lines.append(line("labels", "none"))
        else:
            balance = self.columns[self.label_column]
            lines.append(line("labels", f"{self.label_column}: {balance}"))
        others = [
            f"{n} ({len(b.counts)})" for n, b in self.columns.items() if n != self.label_column
        ]
        if others:
            lines.append(line("others", ", ".join(others)))
        return lines

    def skips(self) -> list[str]:
        """Return one line a file that was left out."""
        if not self.skipped:
            return []
        head = f"\nLeft out ({counted(len(self.skipped), 'file')})"
        return [head, *(f"  {each.path}: {each.reason}" for each in self.skipped)]

    def advices(self) -> list[str]:
        """Return one line a piece of advice."""
        return ["\nAdvice", *(f"  - {sentence}" for sentence in self.advice)] if self.advice else []


def line(name: str, value: str) -> str:
    """Return one aligned line.

    Example:
        >>> line("split", "8 train")
        '  split        8 train'
    """
    return f"  {name:<{WIDTH}}  {value}"


def describe(dataset: Dataset, *, near: bool = True) -> Description:
    """Look at a data set before training.

    Args:
        dataset: as loaded.
        near: whether to look for near duplicates, which reads every picture twice.

    Example:
        >>> from makebelieve.data.load import load
        >>> describe(load("digits")).splits["train"]
        1438
    """
    pictures = dataset.spec.kind == "pictures"
    plain = Description(
        name=dataset.name,
        about=dataset.about,
        kind=dataset.spec.kind,
        shape=dataset.spec.shape,
        count=len(dataset),
        splits={name: len(dataset.rows(name)) for name in SPLITS},
        label_column=dataset.label_column,
        columns={name: balance(column) for name, column in dataset.columns.items()},
        sizes=None if dataset.originals is None else sizes(dataset.originals),
        values=value_range(dataset.examples),
        exact=to_groups(dataset, exact_groups(dataset.examples)),
        near=to_groups(dataset, near_groups(dataset.examples)) if near and pictures else None,
        skipped=dataset.skipped,
        needed=dataset.examples.nbytes,
        budget=memory_budget(),
        mapped=isinstance(dataset.examples, np.memmap),
        notes=dataset.notes,
    )
    return dataclasses.replace(plain, advice=tuple(advise(plain)))


def balance(column: Column) -> Balance:
    """Count the values of a column."""
    known = column.codes[column.codes >= 0]
    counts = np.bincount(known, minlength=len(column.values)).tolist()
    unknown = len(column.codes) - len(known)
    return Balance(dict(zip(column.values, counts, strict=True)), unknown)


def sizes(originals: np.ndarray) -> Sizes:
    """Summarise (n, 2) widths and heights."""
    pixels = originals.astype(np.int64).prod(axis=1)
    low, high = originals[pixels.argmin()], originals[pixels.argmax()]
    middle = np.median(originals, axis=0).astype(int)
    _, counts = np.unique(originals, axis=0, return_counts=True)
    return Sizes(pair(low), pair(middle), pair(high), len(originals) - int(counts.max()))


def pair(values: np.ndarray) -> tuple[int, int]:
    """Return two numbers as plain ones."""
    return int(values[0]), int(values[1])


def value_range(examples: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value, read in pieces."""
    ends = [(float(part.min()), float(part.max())) for part in chunks(examples)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def to_groups(dataset: Dataset, found: list[np.ndarray]) -> Groups:
    """Count groups and name the members of the first few."""
    straddling = sum(len(set(dataset.split[group].tolist())) > 1 for group in found)
    named = tuple(
        tuple(name_of(dataset, row) for row in g[:MOST_NAMED]) for g in found[:MOST_NAMED]
    )
    return Groups(len(found), sum(map(len, found)), straddling, named)


def name_of(dataset: Dataset, row: int) -> str:
    """Return what to call one example."""
    return f"row {row}" if dataset.names is None else dataset.names[int(row)]
