"""Walks: exact ends, constant norms, known answers, and ends that a person can name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import makebelieve as mb
from makebelieve.errors import InputError
from makebelieve.latent.walk import PATHS, interpolate, traverse
from makebelieve.runs.heldout import held_out

if TYPE_CHECKING:
    from pathlib import Path

seeds = st.integers(0, 10_000)
dims = st.integers(1, 40)


def pair(seed: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, d, generator=generator)
    return a, b


@given(seeds, dims, st.integers(2, 12), st.sampled_from(PATHS))
def test_ends_are_exact(seed: int, d: int, steps: int, path: str) -> None:
    a, b = pair(seed, d)
    way = interpolate(a, b, steps, path)
    assert way.shape == (steps, d)
    assert torch.equal(way[0], a)
    assert torch.equal(way[-1], b)


@given(seeds, st.integers(2, 40), st.sampled_from(PATHS))
def test_the_way_back_is_the_way_there_reversed(seed: int, d: int, path: str) -> None:
    a, b = pair(seed, d)
    there, back = interpolate(a, b, 7, path), interpolate(b, a, 7, path)
    assert torch.allclose(there, back.flip(0), atol=1e-4)


@given(seeds, st.integers(3, 40))
def test_an_arc_keeps_the_norm_and_a_constant_speed(seed: int, d: int) -> None:
    a, b = (3 * torch.nn.functional.normalize(x, dim=0) for x in pair(seed, d))
    way = interpolate(a.double(), b.double(), 9, "spherical")
    assert torch.allclose(way.norm(dim=1), torch.full((9,), 3.0).double(), atol=1e-4)
    speeds = (way[1:] - way[:-1]).norm(dim=1)
    assert torch.allclose(speeds, speeds.mean().expand(8), rtol=1e-3)


def test_known_answers() -> None:
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    middle = interpolate(a, b, 3, "spherical")[1]
    assert torch.allclose(middle, torch.tensor([math.sqrt(2)] * 2))
    third = interpolate(a, b, 4, "spherical")[1]
    assert torch.allclose(third, 2 * torch.tensor([math.cos(math.pi / 6), 0.5]))


@pytest.mark.parametrize(
    ("a", "b"), [([1.0, 1.0], [2.0, 2.0]), ([1.0, 0.0], [-1.0, 0.0]), ([0.0, 0.0], [1.0, 0.0])]
)
def test_no_arc_means_the_line(a: list[float], b: list[float]) -> None:
    ends = torch.tensor(a), torch.tensor(b)
    assert torch.equal(interpolate(*ends, 5, "spherical"), interpolate(*ends, 5, "linear"))


def test_shapes_are_kept() -> None:
    a, b = torch.zeros(2, 3, 4), torch.ones(2, 3, 4)
    assert interpolate(a, b, 5).shape == (5, 2, 3, 4)


def test_interpolation_mistakes() -> None:
    a = torch.zeros(3)
    with pytest.raises(InputError, match="at least 2 steps, its two ends, not 1"):
        interpolate(a, a, 1)
    with pytest.raises(InputError, match="no path 'spheric'; did you mean spherical"):
        interpolate(a, a, 3, "spheric")
    with pytest.raises(InputError, match=r"one shape, not \(3,\) and \(4,\)"):
        interpolate(a, torch.zeros(4), 3)


@given(seeds, dims, st.data())
@settings(max_examples=30)
def test_a_traversal_moves_one_dimension(seed: int, d: int, data: st.DataObject) -> None:
    code, _ = pair(seed, d)
    dimension = data.draw(st.integers(0, d - 1))
    codes = traverse(code, dimension, [-2.0, 0.0, 2.0])
    assert codes[:, dimension].tolist() == [-2, 0, 2]
    others = [i for i in range(d) if i != dimension]
    assert torch.equal(codes[:, others], code[others].expand(3, d - 1))
    with pytest.raises(InputError, match=f"none is {d}"):
        traverse(code, d, [0.0])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, mb.Run]:
    folder = tmp_path_factory.mktemp("walks")
    tiny = {"data": "digits", "examples": 256, "batch": 64, "latent_dim": 4, "quiet": True}
    found = {m: mb.train(m, out=folder / m, **tiny) for m in ("autoencoder", "vae", "gan")}
    found["told"] = mb.train("vae", out=folder / "told", conditional=True, **tiny)
    found["judge"] = mb.train("judge", "digits", out=folder / "judge", examples=64, quiet=True)
    return found


def test_a_way_between_pictures_ends_at_their_reconstructions(runs: dict[str, mb.Run]) -> None:
    for name in ("autoencoder", "vae"):
        examples, _ = held_out(runs[name], 2)
        way = mb.morph(runs[name], examples[0], examples[1], steps=5)
        rebuilt = runs[name].reconstruct(examples)
        # A batch of another size may round the last bit otherwise.
        assert np.abs(way[[0, -1]].astype(int) - rebuilt).max() <= 1


@pytest.mark.parametrize("name", ["vae", "gan"])
def test_a_way_between_seeds_ends_at_their_samples(runs: dict[str, mb.Run], name: str) -> None:
    way = mb.morph(runs[name], 3, 8, steps=5)
    ends = [runs[name].sample(1, seed=seed)[0] for seed in (3, 8)]
    assert np.abs(way[[0, -1]].astype(int) - np.stack(ends)).max() <= 1


def test_seeds_walk_on_an_arc_and_pictures_on_a_line(runs: dict[str, mb.Run]) -> None:
    run = runs["vae"]
    arc = mb.morph(run, 1, 2, steps=7)
    assert np.array_equal(arc, mb.morph(run, 1, 2, steps=7, path="spherical"))
    a, b = held_out(run, 2)[0]
    assert np.array_equal(mb.morph(run, a, b), mb.morph(run, a, b, path="linear"))


@pytest.mark.parametrize("name", ["autoencoder", "vae", "gan", "told"])
def test_by_default_the_ends_differ(runs: dict[str, mb.Run], name: str) -> None:
    way = mb.morph(runs[name].path)
    assert way.shape == (16, 8, 8, 1)
    assert way.dtype == np.uint8
    assert not np.array_equal(way[0], way[-1])


def test_one_end_may_be_left_open(runs: dict[str, mb.Run]) -> None:
    assert len(mb.morph(runs["vae"], 5, steps=3)) == 3
    assert len(mb.morph(runs["gan"], b=5, steps=3)) == 3
    assert len(mb.morph(runs["autoencoder"], 7, steps=3)) == 3
    assert len(mb.morph(runs["told"], label=4, steps=3)) == 3


def test_the_class_of_a_walk_matters(runs: dict[str, mb.Run]) -> None:
    first, other = (mb.morph(runs["told"], 1, 2, label=label) for label in (0, "7"))
    assert not np.array_equal(first, other)
    assert np.array_equal(first, mb.morph(runs["told"], 1, 2))


def test_morph_mistakes(runs: dict[str, mb.Run], tmp_path: Path) -> None:
    picture = held_out(runs["vae"], 1)[0][0]
    with pytest.raises(InputError, match="is a gan, which has no codes for pictures"):
        mb.morph(runs["gan"], picture, 2)
    with pytest.raises(InputError, match="cannot morph"):
        mb.morph(runs["judge"])
    with pytest.raises(InputError, match="no held-out example -1"):
        mb.morph(runs["autoencoder"], -1, 2)
    with pytest.raises(InputError, match="trained on examples of shape"):
        mb.morph(runs["vae"], np.zeros((9, 9, 1), np.uint8), 2)
    with pytest.raises(InputError, match="leave the class out"):
        mb.morph(runs["vae"], label=3)


def test_held_out_examples_were_not_trained_on(runs: dict[str, mb.Run]) -> None:
    data = mb.load("digits")
    examples, labels = held_out(runs["vae"], None)
    assert np.array_equal(examples, data.examples[data.rows("test")])
    assert labels is not None
    assert len(held_out(runs["vae"], 7)[0]) == 7


def test_data_in_memory_cannot_be_loaded_again(tmp_path: Path) -> None:
    data = mb.load(np.random.default_rng(0).integers(0, 256, (64, 8, 8), np.uint8))
    run = mb.train("vae", data, out=tmp_path / "run", examples=64, quiet=True)
    with pytest.raises(InputError, match="trained on data in memory"):
        mb.morph(run)
    assert len(mb.morph(run, 1, 2)) == 16
