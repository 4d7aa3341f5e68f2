"""A split that depends on nothing but the examples themselves, and the fingerprint of a set."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["content_hashes", "fingerprint", "split_by_content"]

CHUNK = 1 << 24
"""How many bytes of a memory-mapped array are read at a time."""

SMALL = 1000
"""Up to how many distinct examples the cuts are by rank, so that no split is left empty."""


def chunks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of an array (n, …) in order, a few megabytes at a time."""
    row = max(1, array[:1].nbytes)
    step = max(1, CHUNK // row)
    for start in range(0, len(array), step):
        yield np.ascontiguousarray(array[start : start + step])


def content_hashes(examples: np.ndarray, seed: int = 0) -> np.ndarray:
    """Hash the bytes of every example with BLAKE2b (Aumasson et al., 2013; RFC 7693).

    Args:
        examples: (n, …) of any fixed-size type; may be memory-mapped, and is read in chunks.
        seed: another seed gives other, unrelated hashes.

    Returns:
        (n,) uint64; equal rows have equal hashes.

    Example:
        >>> a, b, c = content_hashes(np.array([[1, 2], [1, 2], [2, 1]], np.uint8))
        >>> bool(a == b), bool(a == c)
        (True, False)
    """
    start = hashlib.blake2b(str(seed).encode(), digest_size=8)
    digests = bytearray()
    for chunk in chunks(examples):
        for row in chunk:
            one = start.copy()
            one.update(row)
            digests += one.digest()
    return np.frombuffer(bytes(digests), "<u8").astype(np.uint64)


def split_by_content(
    examples: np.ndarray,
    labels: np.ndarray | None = None,
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1),
    seed: int = 0,
    *,
    exact: bool = False,
) -> np.ndarray:
    r"""Give every example its split by a hash of its content.

    A hash h of the content is a number u = h / 2⁶⁴ in [0, 1); the example is for training where
    u < f₁, for validation where f₁ ≤ u < f₁ + f₂, and for the test otherwise. So exact
    duplicates share a split (even where their labels differ), the order of the rows does not
    matter, and adding examples never moves another one.

    With 1,000 distinct examples or fewer, chance could leave a split empty or far too small.
    There, and where `exact` asks for it, the distinct examples are cut by the rank of their
    hashes: the shares are exact to one example, and from ten on no split with a share is empty,
    at the price that adding an example can move another.

    Args:
        examples: (n, …); may be memory-mapped, and is read in chunks.
        labels: (n,), checked for their number only: a change of labels moves no example.
        fractions: the shares of training, validation and test; they sum to 1.
        seed: another seed gives another split.
        exact: cut by rank whatever the number of examples, for a set that never grows.

    Returns:
        (n,) uint8 codes into `makebelieve.data.spec.SPLITS`.

    Raises:
        InputError: the fractions are not shares of 1, or the labels are not one an example.

    Example:
        >>> codes = split_by_content(np.arange(100, dtype=np.uint8)[:, None])
        >>> np.bincount(codes).tolist()
        [80, 10, 10]
    """
    check_fractions(fractions)
    if labels is not None and len(labels) != len(examples):
        raise InputError(
            f"There are {len(labels)} labels for {len(examples)} examples; give one label each."
        )
    hashes = content_hashes(examples, seed)
    distinct, inverse = np.unique(hashes, return_inverse=True)
    if exact or len(distinct) <= SMALL:
        ranked = np.repeat(np.arange(3, dtype=np.uint8), exact_counts(len(distinct), fractions))
        return np.asarray(ranked[inverse])
    cuts = np.cumsum(fractions)[:2]
    return np.searchsorted(cuts, hashes / 2.0**64, side="right").astype(np.uint8)


def exact_counts(n: int, fractions: tuple[float, float, float]) -> list[int]:
    """Cut n examples into three counts by their shares, none empty from ten examples on.

    Example:
        >>> exact_counts(25, (0.8, 0.1, 0.1)), exact_counts(12, (0.98, 0.01, 0.01))
        ([20, 2, 3], [10, 1, 1])
    """
    first, second = round(fractions[0] * n), round((fractions[0] + fractions[1]) * n)
    counts = [first, second - first, n - second]
    if n >= 10:
        for k, fraction in enumerate(fractions):
            if fraction > 0 and counts[k] == 0:
                counts[k] += 1
                counts[counts.index(max(counts))] -= 1
    return counts


def check_fractions(fractions: tuple[float, float, float]) -> None:
    """Refuse fractions that are not three shares of 1.

    Raises:
        InputError: there are not three, one is negative, or they do not sum to 1.
    """
    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
        raise InputError(
            f"The fractions of the split are {fractions}; give three shares that sum to 1, "
            "such as (0.8, 0.1, 0.1)."
        )


def fingerprint(*arrays: np.ndarray | None) -> str:
    """Return a hex digest of arrays: their types, shapes and every byte, in order.

    Args:
        arrays: such as examples, labels and split; None (no labels) counts too. Memory-mapped
            arrays are read in chunks.

    Returns:
        32 hexadecimal digits (BLAKE2b of 16 bytes), the same on every machine.

    Example:
        >>> fingerprint(np.zeros(3, np.uint8), None)
        'd84ab231345cae1553263772f404d491'
    """
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        if array is None:
            digest.update(b"none;")
            continue
        little = array.dtype.newbyteorder("<")
        digest.update(f"{little.str}{array.shape};".encode())
        for chunk in chunks(array):
            digest.update(chunk.astype(little, copy=False).data)
    return digest.hexdigest()
