"""Maps: planes with known answers, holes where there are holes, and pictures of any run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import makebelieve as mb
from makebelieve.errors import InputError
from makebelieve.latent.chart import draw_maps
from makebelieve.latent.map import latent_map
from makebelieve.latent.plane import Plane, holes, moving_plane, own_plane, principal_plane

seeds = st.integers(0, 10_000)


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def plane_of(seed: int, d: int) -> Plane:
    axes = torch.linalg.qr(normal(seed, d, 2).double())[0].T.float()
    return Plane(normal(seed + 1, d), axes, torch.tensor([2.0, 0.5]))


@given(seeds, st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_there_and_back(seed: int, d: int) -> None:
    plane = plane_of(seed, d)
    places = torch.rand(9, 2, generator=torch.Generator().manual_seed(seed)) * 0.9 + 0.05
    codes = plane.at(places[:, 0], places[:, 1])
    assert np.allclose(plane.place(codes), places.numpy(), atol=1e-4)
    assert torch.allclose(plane.at([0.5], [0.5])[0], plane.origin, atol=1e-5)


@given(seeds, st.integers(2, 20))
@settings(max_examples=20, deadline=None)
def test_principal_components_find_a_known_plane(seed: int, d: int) -> None:
    wanted = plane_of(seed, d)
    flat = normal(seed, 400, 2) * torch.tensor([3.0, 1.0])
    codes = wanted.origin + flat @ wanted.axes + 0.01 * normal(seed + 2, 400, d)
    found = principal_plane(codes, codes.mean(0))
    assert found.shown > 0.99
    # The same plane: what is left of the known axes outside the found ones is nothing.
    inside = wanted.axes @ found.axes.T @ found.axes
    assert torch.allclose(inside, wanted.axes, atol=0.05)
    assert torch.allclose(found.axes @ found.axes.T, torch.eye(2), atol=1e-5)
    assert found.spread[0] > found.spread[1]


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_noise_that_moves_pictures_is_found(seed: int) -> None:
    codes = normal(seed, 3_000, 6)
    made = codes[:, [1, 4]] @ torch.tensor([[3.0, 0, 3, 0], [0, 1, 0, -1.0]])
    plane = moving_plane(codes, made.view(-1, 1, 2, 2))
    assert abs(plane.axes[0, 1]) > 0.95
    assert abs(plane.axes[1, 4]) > 0.9
    assert plane.shown > 0.95


def test_equal_areas_are_equally_likely() -> None:
    plane = own_plane(torch.tensor([5.0, -1.0]), torch.tensor([2.0, 3.0]))
    codes = plane.origin + plane.spread * normal(0, 40_000, 2)
    counts = plane.density(codes, 4)
    assert counts.sum() == 40_000
    assert np.abs(counts / 2_500 - 1).max() < 0.1
    corner = plane.density(torch.tensor([[-9.0, 9.0]]), 4)
    assert corner[0, 0] == 1  # up and to the left is the first cell


def test_cells_go_from_the_top_left() -> None:
    codes = own_plane(torch.zeros(2), torch.ones(2)).cells(3).view(3, 3, 2)
    assert (codes[0, :, 1] > codes[1, :, 1]).all()
    assert (codes[:, 0, 0] < codes[:, 1, 0]).all()
    assert torch.allclose(codes[1, 1], torch.zeros(2), atol=1e-6)


def test_codes_that_fill_the_normal_leave_a_hundredth() -> None:
    plane = own_plane(torch.zeros(2), torch.ones(2))
    found = holes(plane, normal(0, 6_000, 2), normal(1, 2_000, 2))
    assert found.cells.shape == (64, 64)
    assert 0.003 < found.share < 0.02
    assert found.share == found.cells.mean()


@pytest.mark.parametrize("radius", [0.5, 1.0])
def test_a_known_hole_is_found(radius: float) -> None:
    plane = own_plane(torch.zeros(2), torch.ones(2))
    codes = normal(0, 12_000, 2)
    codes = codes[codes.norm(dim=1) > radius]
    found = holes(plane, codes[:6_000], codes[6_000:])
    wanted = 1 - np.exp(-(radius**2) / 2)  # of a normal within the circle
    assert abs(found.share - wanted) < 0.05
    assert found.cells[32, 32]
    assert not found.cells[2, 2] or radius < 1


def test_a_code_of_one_number_is_no_map() -> None:
    for build in (lambda: principal_plane(torch.zeros(5, 1), torch.zeros(1)),
                  lambda: moving_plane(torch.zeros(5, 1), torch.zeros(5, 2))):  # fmt: skip
        with pytest.raises(InputError, match="needs a code of 2 numbers or more"):
            build()
    with pytest.raises(InputError, match="code of 3 numbers is no plane"):
        own_plane(torch.zeros(3), torch.ones(3))


@pytest.mark.parametrize("name", ["flat", "flat-plain", "vae", "gan", "told", "ring", "ring-gan"])
def test_a_map_of_any_run(faces, name: str) -> None:
    run = faces(name)
    shown = latent_map(run, cells=4)
    shape = (2,) if name.startswith("ring") else {"gan": (8, 8, 1)}.get(name, (16, 16, 3))
    assert shown.made.shape == (4, 4, *shape)
    assert shown.places.min() >= 0
    assert shown.places.max() <= 1
    assert len(shown.places) == len(shown.labels) <= 1_000
    assert (shown.holes is None) == (run.recipe.model == "gan")
    assert (shown.lines is not None) == name.startswith("ring")
    assert shown.told == ("no" if name == "told" else None)
    image = draw_maps([shown])
    assert image.size[0] == 1160
    assert len({pixel for _, pixel in image.getcolors(1 << 24)}) > 50
    found = shown.to_dict()
    assert found["cells"] == 4
    assert len(found["places"]) == len(shown.places)


def test_the_first_cell_is_what_its_code_makes(faces) -> None:
    run = faces("flat")
    shown = latent_map(run, cells=3)
    code = shown.plane.at([1 / 6], [5 / 6])
    made = run.model.decode(code)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(made - shown.made[0, 0]).max() <= 1


def test_labels_of_a_map(faces) -> None:
    run = faces("flat")
    assert latent_map(run, cells=2).column == "glasses"
    assert latent_map(run, labels="mouth", cells=2).classes == ("frown", "neutral", "smile")
    bare = latent_map(run, labels="none", cells=2)
    assert bare.labels is None
    draw_maps([bare])
    with pytest.raises(InputError, match="has no column 'mouht'"):
        latent_map(run, labels="mouht")
    with pytest.raises(InputError, match="2 to 64 cells a side, not 1"):
        latent_map(run, cells=1)
    with pytest.raises(InputError, match="cannot have a map"):
        latent_map(faces("judge"))


def test_more_classes_than_marks(faces) -> None:
    run = faces("flat")
    shown = latent_map(run, labels="clothing_style", cells=2)
    assert draw_maps([shown, shown]).size[1] > draw_maps([shown]).size[1]


def test_the_same_map_twice(faces) -> None:
    first, again = (latent_map(faces("flat").path, cells=2) for _ in range(2))
    assert np.array_equal(first.places, again.places)
    assert np.array_equal(first.made, again.made)


def test_data_in_memory_are_given(tmp_path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (120, 8, 8), np.uint8)
    data = mb.load(pictures)
    run = mb.train("vae", data, out=tmp_path / "run", examples=256, latent_dim=3, quiet=True)
    with pytest.raises(InputError, match="trained on data in memory"):
        latent_map(run)
    shown = latent_map(run, data=data, cells=2)
    assert shown.labels is None
    draw_maps([shown])
