"""Pictures that are there more than once: to the byte, and nearly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.splitting import content_hashes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["difference_hashes", "exact_groups", "near_groups"]

BANDS = 8
"""Two hashes that differ in fewer bits than there are bands agree on a whole band."""

CLOSE_BITS = BANDS - 1
CLOSE_MEAN = 6.0
"""How far two near duplicates may be apart: bits of the hash, and mean |difference| of 255."""

MARGIN = 2.0
"""Differences smaller than this count as none, so that noise in flat areas sets no bits."""

WINDOW = 32
"""How many neighbours in the order of the hashes are compared within one band."""

AT_ONCE = 4096

SET_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
"""How many bits every byte has set."""


def exact_groups(examples: np.ndarray) -> list[np.ndarray]:
    """Find the examples that are equal to the byte.

    Args:
        examples: (n, …), may be memory-mapped.

    Returns:
        The row numbers of each group of two or more, in order of their first rows.

    Example:
        >>> [g.tolist() for g in exact_groups(np.array([[7], [8], [7]], np.uint8))]
        [[0, 2]]
    """
    return groups_of(content_hashes(examples))


def groups_of(keys: np.ndarray) -> list[np.ndarray]:
    """Return the rows that share a key, for every key that two or more have."""
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order][:1] ^ keys.dtype.type(1)))
    found = [part for part in np.split(order, starts[1:]) if len(part) > 1]
    return sorted(found, key=lambda part: int(part[0]))


def near_groups(examples: np.ndarray) -> list[np.ndarray]:
    """Find pictures that look the same and are not equal: resaved, rescaled, slightly changed.

    A difference hash of 128 bits (dHash: is each of 8 × 8 areas brighter than its right and its
    lower neighbour?) is cut into eight bands; only pictures that agree on a band are compared, in
    the order of their hashes. Near are those with at most 7 bits and a mean of 6 of 255 between
    them. So the time grows as n log n; in a very crowded band a few pairs can be missed.

    Args:
        examples: (n, height, width, channels) uint8, may be memory-mapped.

    Returns:
        The row numbers of each group of two or more different pictures; of equal pictures the
        first one stands for all.
    """
    contents = content_hashes(examples)
    first = np.sort(np.unique(contents, return_index=True)[1])
    hashes = difference_hashes(examples)[first]
    groups = joined(candidate_pairs(hashes), lambda a, b: alike(examples, first[a], first[b]))
    return [first[np.array(group)] for group in groups]


def difference_hashes(pictures: np.ndarray) -> np.ndarray:
    """Hash how brightness changes across and down a picture (dHash; Krawetz, 2013).

    Args:
        pictures: (n, height, width, channels) uint8.

    Returns:
        (n, 16) uint8: 64 bits across, 64 bits down.
    """
    out = np.empty((len(pictures), 16), np.uint8)
    height, width = pictures.shape[1:3]
    rows, columns = areas(9, height), areas(9, width)
    for start in range(0, len(pictures), AT_ONCE):
        grey = pictures[start : start + AT_ONCE].mean(axis=-1, dtype=np.float32)
        small = rows @ grey @ columns.T
        across = small[:, :8, :-1] - small[:, :8, 1:] > MARGIN
        down = small[:, :-1, :8] - small[:, 1:, :8] > MARGIN
        bits = np.concatenate([across.reshape(len(grey), 64), down.reshape(len(grey), 64)], axis=1)
        out[start : start + AT_ONCE] = np.packbits(bits, axis=1)
    return out


def areas(wanted: int, there: int) -> np.ndarray:
    """Return the (wanted, there) weights that average pixels over equal areas."""
    edges = np.linspace(0, there, wanted + 1)
    left, right = np.arange(there), np.arange(1, there + 1)
    overlap = np.minimum(edges[1:, None], right) - np.maximum(edges[:-1, None], left)
    weights: np.ndarray = (overlap.clip(0) / (there / wanted)).astype(np.float32)
    return weights


def candidate_pairs(hashes: np.ndarray) -> np.ndarray:
    """Return (p, 2) rows whose hashes are close, looking only within bands."""
    found = [np.empty(0, np.int64)]
    # Neighbouring bits go to different bands, so that a flat half of a picture fills no band.
    bits = np.unpackbits(hashes, axis=1)
    for band in range(BANDS):
        order = np.lexsort((*bits_as_words(hashes).T[::-1], band_keys(bits, band)))
        key = band_keys(bits, band)[order]
        for step in range(1, min(WINDOW, len(order) - 1) + 1):
            a, b = order[:-step], order[step:]
            same = np.flatnonzero(key[:-step] == key[step:])
            if not len(same):
                break
            apart = SET_BITS[hashes[a[same]] ^ hashes[b[same]]].sum(axis=1)
            close = same[apart <= CLOSE_BITS]
            low, high = np.minimum(a[close], b[close]), np.maximum(a[close], b[close])
            found.append(low * len(hashes) + high)
    pairs = np.unique(np.concatenate(found))
    return np.stack([pairs // max(1, len(hashes)), pairs % max(1, len(hashes))], axis=1)


def band_keys(bits: np.ndarray, band: int) -> np.ndarray:
    """Return every eighth bit as one number, (n,) uint16."""
    packed = np.packbits(bits[:, band::BANDS], axis=1)
    return np.ascontiguousarray(packed).view(">u2")[:, 0].astype(np.uint16)


def bits_as_words(hashes: np.ndarray) -> np.ndarray:
    """Return (n, 2) uint64, to sort by."""
    return np.ascontiguousarray(hashes).view(">u8").astype(np.uint64)


def alike(examples: np.ndarray, a: int, b: int) -> bool:
    """Say whether two pictures are close in every pixel's value on average."""
    difference = np.abs(examples[a].astype(np.int16) - examples[b].astype(np.int16))
    return float(difference.mean()) <= CLOSE_MEAN


def joined(pairs: np.ndarray, belong: Callable[[int, int], bool]) -> list[list[int]]:
    """Join pairs that belong together and share a member into groups.

    Args:
        pairs: (p, 2) candidates.
        belong: asked only of pairs that are not joined already.
    """
    parent: dict[int, int] = {}

    def root(member: int) -> int:
        while parent.setdefault(member, member) != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for a, b in pairs.tolist():
        first, second = root(a), root(b)
        if first != second and belong(a, b):
            parent[max(first, second)] = min(first, second)
    groups: dict[int, list[int]] = {}
    for member in sorted(parent):
        groups.setdefault(root(member), []).append(member)
    return [group for group in groups.values() if len(group) > 1]
