"""The split by content, and the fingerprint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.data import splitting
from makebelieve.data.splitting import content_hashes, fingerprint, split_by_content
from makebelieve.errors import InputError


def pictures(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 4, 4, 3), np.uint8)


@pytest.mark.parametrize("n", [30, 3000])
def test_duplicates_share_a_split(n: int) -> None:
    once = pictures(n)
    twice = np.concatenate([once, once[::-1]])
    codes = split_by_content(twice)
    assert (codes[:n] == codes[n:][::-1]).all()


@pytest.mark.parametrize("exact", [False, True])
def test_the_order_of_the_rows_does_not_matter(exact: bool) -> None:
    rows = pictures(2000)
    order = np.random.default_rng(1).permutation(2000)
    codes = split_by_content(rows, exact=exact)
    assert (split_by_content(rows[order], exact=exact) == codes[order]).all()


def test_adding_pictures_moves_no_other() -> None:
    rows = pictures(5000)
    assert (split_by_content(rows)[:2000] == split_by_content(rows[:2000])).all()


def test_shares_are_near_the_fractions() -> None:
    shares = np.bincount(split_by_content(pictures(20_000))) / 20_000
    assert np.abs(shares - [0.8, 0.1, 0.1]).max() < 0.01


def test_exact_shares_of_distinct_examples() -> None:
    assert np.bincount(split_by_content(pictures(20_000), exact=True)).tolist() == [
        16_000,
        2_000,
        2_000,
    ]


@given(
    n=st.integers(10, 60),
    repeats=st.integers(1, 3),
    cuts=st.tuples(st.integers(1, 98), st.integers(1, 98)).filter(lambda c: c[0] != c[1]),
)
@settings(max_examples=60, deadline=None)
def test_no_split_is_empty_from_ten_on(n: int, repeats: int, cuts: tuple[int, int]) -> None:
    low, high = sorted(cuts)
    fractions = (low / 100, (high - low) / 100, (100 - high) / 100)
    rows = np.repeat(np.arange(n, dtype=np.uint8)[:, None], repeats, axis=0)
    assert (np.bincount(split_by_content(rows, fractions=fractions), minlength=3) > 0).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 9])
def test_a_handful_trains(n: int) -> None:
    codes = split_by_content(np.arange(n, dtype=np.uint8)[:, None])
    assert codes.shape == (n,) and codes.dtype == np.uint8
    assert n == 0 or (codes == 0).any()


def test_a_split_without_a_share_stays_empty() -> None:
    codes = split_by_content(pictures(200), fractions=(0.9, 0.1, 0.0))
    assert np.bincount(codes, minlength=3).tolist() == [180, 20, 0]


def test_another_seed_is_another_split() -> None:
    rows = pictures(3000)
    same = split_by_content(rows) == split_by_content(rows, seed=1)
    assert 0.6 < same.mean() < 0.75  # 0.8² + 0.1² + 0.1² = 0.66 by chance


def test_labels_move_nothing_but_are_counted() -> None:
    rows = pictures(50)
    assert (split_by_content(rows, np.arange(50)) == split_by_content(rows)).all()
    with pytest.raises(InputError, match="49 labels for 50 examples"):
        split_by_content(rows, np.arange(49))


@pytest.mark.parametrize("fractions", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (0.5, 0.5)])
def test_fractions_are_shares_of_one(fractions: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="sum to 1"):
        split_by_content(pictures(20), fractions=fractions)  # type: ignore[arg-type]


def test_memory_mapped_and_chunked_equal_in_memory(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pictures(1500)
    file = f"{tmp_path}/rows.npy"
    np.save(file, rows)
    mapped = np.load(file, mmap_mode="r")
    whole = split_by_content(rows), fingerprint(rows, None), content_hashes(rows)
    monkeypatch.setattr(splitting, "CHUNK", 1000)
    assert (split_by_content(mapped) == whole[0]).all()
    assert fingerprint(mapped, None) == whole[1]
    assert (content_hashes(mapped) == whole[2]).all()


def test_rows_that_are_not_contiguous() -> None:
    rows = pictures(40)
    assert (split_by_content(rows[:, ::2]) == split_by_content(rows[:, ::2].copy())).all()
    assert fingerprint(rows[::2]) == fingerprint(rows[::2].copy())


def test_the_hash_is_pinned() -> None:
    """Another hash would give every set of every user another split."""
    hashes = content_hashes(np.arange(3, dtype=np.uint8)[:, None])
    assert [f"{int(h):016x}" for h in hashes] == [
        "9e38e4b70cc4bdd1",
        "f29e7038f8e7c937",
        "d4e4ab433d0ab713",
    ]


def test_fingerprint_tells_apart() -> None:
    rows, labels = pictures(10), np.arange(10)
    prints = {
        fingerprint(rows, labels),
        fingerprint(rows, None),
        fingerprint(rows),
        fingerprint(labels, rows),
        fingerprint(rows[:9], labels),
        fingerprint(rows.reshape(10, -1), labels),
        fingerprint(rows, labels.astype(np.int32)),
        fingerprint(rows ^ (np.arange(480).reshape(rows.shape) == 479).astype(np.uint8), labels),
    }
    assert len(prints) == 8


def test_fingerprint_does_not_depend_on_the_byte_order() -> None:
    numbers = np.linspace(0, 1, 7)
    assert fingerprint(numbers) == fingerprint(numbers.astype(">f8"))
