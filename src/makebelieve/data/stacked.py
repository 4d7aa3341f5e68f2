"""Three digits over one another: data whose thousand modes can be counted."""

from __future__ import annotations

import numpy as np

from makebelieve.data.spec import Column, Dataset, Spec, Split

__all__ = ["COUNTS", "stack_digits", "stacked"]

COUNTS: dict[Split, int] = {"train": 40_000, "validation": 2_000, "test": 26_000}
"""Examples of each split; 26,000 are what modes are usually counted among."""


def stack_digits(pictures: np.ndarray, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Lay three random digits over one another as red, green and blue: data with 1000 modes.

    Args:
        pictures: (m, height, width, 1) uint8 pictures of digits.
        n: how many different ones to make.
        seed: start of the choice.

    Returns:
        (n, height, width, 3) uint8 pictures, and the (n, 3) rows that they are made of.

    Source:
        Metz et al. 2017, section 3.3.1, "stacked MNIST".

    Example:
        >>> from makebelieve.data import load
        >>> stack_digits(load("digits").examples, 5)[0].shape
        (5, 8, 8, 3)
    """
    m = len(pictures)
    random = np.random.Generator(np.random.Philox(seed))
    # Without replacement, so that none is made twice.
    rows = np.stack(np.unravel_index(random.choice(m**3, n, replace=False), (m, m, m)), 1)
    return np.ascontiguousarray(np.moveaxis(np.asarray(pictures)[rows][..., 0], 1, -1)), rows


def stacked(digits: Dataset) -> Dataset:
    """Return 68,000 pictures, each of three digits of its own split; the label spells them.

    Example:
        >>> from makebelieve.data.embedded import digits
        >>> data = stacked(digits())
        >>> data.examples.shape, int(data.labels.max())
        ((68000, 8, 8, 3), 999)
    """
    assert digits.labels is not None
    examples, labels = [], []
    for seed, (split, n) in enumerate(COUNTS.items()):
        own = digits.rows(split)
        made, rows = stack_digits(digits.examples[own], n, seed)
        examples.append(made)
        labels.append(digits.labels[own][rows] @ [100, 10, 1])
    names = tuple(f"{mode:03d}" for mode in range(1000))
    split_codes = np.repeat(np.arange(len(COUNTS), dtype=np.uint8), list(COUNTS.values()))
    arrays = np.concatenate(examples), np.concatenate(labels).astype(np.int64), split_codes
    for array in arrays:
        array.flags.writeable = False
    return Dataset(
        name="stacked-digits",
        spec=Spec.pictures(digits.spec.size, 3, names),
        examples=arrays[0],
        labels=arrays[1],
        split=arrays[2],
        columns={"number": Column(names, arrays[1])},
        label_column="number",
        about=f"three of the digits over one another; {digits.about}",
    )
