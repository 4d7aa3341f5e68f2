"""Batches as a pure function of the clock."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.data import embedded, load
from makebelieve.data.loading import Batch, Loader, to_tensor
from makebelieve.data.spec import SPLITS, Dataset, Spec
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def numbered(n: int, held_out: int = 0) -> Dataset:
    """Make n training examples that can be told apart by their bytes; the label is the number."""
    total = n + held_out
    numbers = np.arange(total)
    examples = np.zeros((total, 4, 4, 1), np.uint8)
    examples[:, 0, 0, 0], examples[:, 3, 2, 0] = numbers % 251, numbers // 251
    split = np.zeros(total, np.uint8)
    split[1 : 1 + held_out] = 1  # so that rows and positions differ
    spec = Spec.pictures(4, 1, tuple(map(str, range(total))))
    return Dataset("numbered", spec, examples, numbers.astype(np.int64), split)


def told(batch: Batch) -> list[int]:
    """Read the numbers off the pictures, and check the labels against them."""
    first, second = (batch.x[:, 0, r, c] * 255 for r, c in ((0, 0), (3, 2)))
    found = (first.round() + 251 * second.round()).long()
    assert batch.y is not None
    assert torch.equal(found, batch.y)
    return found.tolist()


sizes = {"n": st.integers(1, 40), "held_out": st.integers(0, 5), "seed": st.integers(0, 2**32 - 1)}


@given(**sizes, batch=st.integers(1, 50), epochs=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_every_example_comes_once_an_epoch(
    n: int, held_out: int, seed: int, batch: int, epochs: int
) -> None:
    loader = Loader(numbered(n, held_out), seed=seed)
    assert len(loader) == n
    stream: list[int] = []
    for seen in range(0, n * epochs, batch):
        stream += told(loader.batch_at(seen, batch))
    for epoch in range(epochs):
        visited = stream[n * epoch : n * (epoch + 1)]
        assert Counter(visited) == Counter(loader.rows.tolist())


@given(**sizes, per=st.integers(1, 12), shards=st.integers(1, 5), seen=st.integers(0, 500))
@settings(max_examples=40, deadline=None)
def test_shards_concatenate_to_the_batch(
    n: int, held_out: int, seed: int, per: int, shards: int, seen: int
) -> None:
    loader = Loader(numbered(n, held_out), seed=seed)
    whole = loader.batch_at(seen, per * shards)
    parts = [loader.batch_at(seen, per * shards, i, shards) for i in range(shards)]
    assert torch.equal(torch.cat([p.x for p in parts]), whole.x)
    assert [y for p in parts for y in told(p)] == told(whole)


@given(**sizes, history=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 30)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_what_was_asked_before_does_not_matter(
    n: int, held_out: int, seed: int, history: list[tuple[int, int]]
) -> None:
    data = numbered(n, held_out)
    used, fresh = Loader(data, seed=seed), Loader(data, seed=seed)
    for seen, size in history:
        used.batch_at(seen, size)
    assert told(used.batch_at(123, 7)) == told(fresh.batch_at(123, 7))


@given(**sizes, seen=st.integers(0, 200), sizes_=st.lists(st.integers(1, 20), max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_stream_is_the_same_however_it_is_cut(
    n: int, held_out: int, seed: int, seen: int, sizes_: list[int]
) -> None:
    loader = Loader(numbered(n, held_out), seed=seed)
    cut: list[int] = []
    for size in sizes_:
        cut += told(loader.batch_at(seen + len(cut), size))
    if cut:
        assert told(loader.batch_at(seen, len(cut))) == cut


def test_epochs_and_seeds_have_their_own_order() -> None:
    data = numbered(30)
    orders = [
        tuple(told(Loader(data, seed=seed).batch_at(30 * epoch, 30)))
        for seed in range(3)
        for epoch in range(3)
    ]
    assert len(set(orders)) == 9


@given(n=st.integers(1, 60), batch=st.integers(1, 70), limit=st.none() | st.integers(1, 80))
@settings(max_examples=60, deadline=None)
def test_once_goes_through_in_order(n: int, batch: int, limit: int | None) -> None:
    loader = Loader(numbered(n, 2))
    batches = list(loader.once(batch, limit))
    found = [i for b in batches for i in told(b)]
    assert len(found) == min(n, limit or n)
    assert all(len(b) <= batch for b in batches)
    assert (np.diff(np.searchsorted(loader.rows, found)) >= 1).all()
    assert found == [i for b in loader.once(batch, limit) for i in told(b)]


def test_each_split_has_its_own_examples() -> None:
    data = numbered(12, 5)
    seen = [sorted(i for b in Loader(data, split).once(4) for i in told(b)) for split in SPLITS]
    assert seen[1] == [1, 2, 3, 4, 5]
    assert seen[2] == []
    assert sorted(seen[0] + seen[1]) == list(range(17))
    assert len(Loader(data, "test")) == 0


@pytest.mark.parametrize("kind", ["pictures", "points"])
@pytest.mark.parametrize("labelled", [True, False])
def test_a_mapped_file_gives_the_same_batches(tmp_path: Path, kind: str, labelled: bool) -> None:
    data = numbered(50, 4) if kind == "pictures" else embedded.EMBEDDED["ring"]()
    if not labelled:
        data = data.labelled_by(None)
    np.save(tmp_path / "examples.npy", data.examples)
    mapped = np.load(tmp_path / "examples.npy", mmap_mode="r")
    there = Loader(dataclasses.replace(data, examples=mapped), seed=3)
    here = Loader(data, seed=3)
    assert there._mapped
    assert not here._mapped
    for seen in (0, 45, 99):
        one, other = (loader.batch_at(seen, 11) for loader in (here, there))
        assert torch.equal(one.x, other.x)
        assert one.x.stride() == other.x.stride()
        if labelled:
            assert one.y is not None
            assert other.y is not None
            assert torch.equal(one.y, other.y)
        else:
            assert one.y is other.y is None
    for one, other in zip(here.once(16, 40), there.once(16, 40), strict=True):
        assert torch.equal(one.x, other.x)


def test_a_split_in_an_accelerators_memory_gives_the_same_batches() -> None:
    data = numbered(20)
    here, there = Loader(data), Loader(data)
    assert here._resident is None  # a CPU reads the examples where they are
    there._resident = torch.from_numpy(data.examples[there.rows])
    for seen in (0, 3, 30):
        assert torch.equal(here.batch_at(seen, 30).x, there.batch_at(seen, 30).x)


@pytest.mark.parametrize("kind", ["pictures", "points"])
def test_batches_are_writable_copies(kind: str) -> None:
    """Read-only sources give no warning (here an error), and nobody can spoil them."""
    data: Any = numbered(8) if kind == "pictures" else embedded.EMBEDDED["ring"]()
    data.examples.flags.writeable = False
    before = data.examples[:8].copy()
    loader = Loader(data)
    loader.batch_at(0, 8).x.fill_(0.5)
    for batch in loader.once(8, 8):
        batch.x.zero_()
    assert (data.examples[:8] == before).all()
    assert float(to_tensor(data.examples[:2]).sum()) == pytest.approx(
        float(before[:2].sum()) / (255 if kind == "pictures" else 1), rel=1e-5
    )


@pytest.mark.parametrize("name", embedded.EMBEDDED)
def test_embedded_sets_load(name: str) -> None:
    data = embedded.EMBEDDED[name]()
    batch = Loader(data, "validation").batch_at(0, 5)
    assert batch.x.shape == (5, *data.spec.shape)
    assert batch.y is not None
    assert batch.y.dtype == torch.int64
    assert len(batch) == 5


def test_pictures_become_numbers_from_zero_to_one() -> None:
    examples = np.arange(256, dtype=np.uint8).reshape(1, 8, 8, 4)[..., :3]
    x = to_tensor(examples)
    assert x.shape == (1, 3, 8, 8)
    assert x.dtype == torch.float32
    assert x.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(x[0, :, 2, 5] * 255, torch.tensor([84.0, 85.0, 86.0]))
    assert float(to_tensor(np.full((1, 2, 2, 1), 255, np.uint8)).max()) == 1.0
    assert float(to_tensor(np.zeros((1, 2, 2, 1), np.uint8)).max()) == 0.0


def test_every_byte_survives_the_way_there_and_back() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    back = (to_tensor(every) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    assert (back == every).all()


def test_points_stay_as_they_are() -> None:
    points = np.array([[-3.0, 7.5]], np.float32)
    assert to_tensor(points).tolist() == [[-3.0, 7.5]]


def test_arrays_that_run_backwards_are_read_like_others() -> None:
    pictures = np.arange(24, dtype=np.uint8).reshape(2, 3, 4, 1)
    assert torch.equal(to_tensor(pictures[::-1, :, ::-1]), to_tensor(pictures).flip(0, 3))


def test_labels_that_are_no_name_are_refused_in_a_sentence() -> None:
    pictures: Any = np.zeros((4, 8, 8), np.uint8)
    with pytest.raises(InputError, match=r"this is a list: .*\.npz file of x and y"):
        load(pictures, labels=[0, 1, 0, 1])  # type: ignore[arg-type]
