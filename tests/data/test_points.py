"""The two mixtures of the plane: their modes, their densities, and that the two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from makebelieve.data.points import GRID, MIXTURES, RING, Mixture, grid, ring
from makebelieve.data.splitting import fingerprint

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset

PINNED = {
    "ring": "f18ed548177a2ca48ada44e9ea544c89",
    "grid": "a9e644a887564eebf8a2aff9c1be12ca",
}
BOTH = pytest.mark.parametrize("data", [ring(), grid()], ids=["ring", "grid"])


@BOTH
def test_what_is_in_it(data: Dataset) -> None:
    assert data.examples.shape == (20_000, 2)
    assert data.examples.dtype == np.float32
    assert data.spec.kind == "points" and data.spec.shape == (2,)
    assert data.labels is not None and data.labels.dtype == np.int64
    assert data.spec.classes == MIXTURES[data.name].names
    assert np.bincount(data.split).tolist() == [16_000, 2_000, 2_000]
    assert len(np.unique(data.examples, axis=0)) == 20_000
    assert not data.examples.flags.writeable


@BOTH
def test_pinned(data: Dataset) -> None:
    """The same points for everyone: a change here is a change of the data set."""
    assert fingerprint(data.examples, data.labels, data.split) == PINNED[data.name]


@pytest.mark.parametrize(("mixture", "modes"), [(RING, 8), (GRID, 25)])
def test_modes_are_distinct_and_all_visited(mixture: Mixture, modes: int) -> None:
    centres = np.array(mixture.centres)
    apart = np.linalg.norm(centres[:, None] - centres, axis=2) + 1e9 * np.eye(modes)
    assert len(mixture.centres) == len(set(mixture.names)) == modes
    assert apart.min() > 30 * mixture.sigma
    _, drawn = mixture.sample(20_000)
    expected = 20_000 / modes
    counts = np.bincount(drawn, minlength=modes)
    assert np.abs(counts - expected).max() < 4 * np.sqrt(expected)


def test_ring_lies_on_the_unit_circle_and_grid_on_its_square() -> None:
    assert np.allclose(np.linalg.norm(RING.centres, axis=1), 1)
    assert RING.sigma == 0.01
    assert np.allclose(RING.centres[RING.names.index("north")], (0, 1))
    assert {x for centre in GRID.centres for x in centre} == {-4, -2, 0, 2, 4}
    assert GRID.sigma == 0.05
    assert GRID.centres[GRID.names.index("-4,2")] == (-4, 2)


@BOTH
def test_labels_name_the_nearest_mode(data: Dataset) -> None:
    nearest, distances = MIXTURES[data.name].nearest(data.examples)
    assert (nearest == data.labels).all()
    # The distance is Rayleigh: mean √(π/2), 99.9 % within 3.72 σ.
    assert distances.mean() == pytest.approx(np.sqrt(np.pi / 2), abs=0.02)
    assert (distances < 3.72).mean() == pytest.approx(0.999, abs=0.001)


@pytest.mark.parametrize("mixture", [RING, GRID])
def test_density_at_known_places(mixture: Mixture) -> None:
    k, s = len(mixture.centres), mixture.sigma
    top = -np.log(k) - np.log(2 * np.pi * s**2)
    places = np.array(mixture.centres[:2]) + np.array([[0, 0], [0, 2 * s]])
    assert mixture.log_density(places) == pytest.approx([top, top - 2])


def test_density_far_away_is_finite() -> None:
    value = RING.log_density(np.array([[1e3, 0.0]]))
    assert np.isfinite(value).all() and value[0] < -1e9


@pytest.mark.parametrize(("mixture", "half"), [(RING, 1.1), (GRID, 4.5)])
def test_density_integrates_to_one(mixture: Mixture, half: float) -> None:
    line = np.arange(-half, half, mixture.sigma / 2)
    total = 0.0
    for y in line:
        row = np.stack([line, np.full_like(line, y)], axis=1)
        total += np.exp(mixture.log_density(row)).sum()
    assert total * (mixture.sigma / 2) ** 2 == pytest.approx(1, abs=1e-3)


@BOTH
def test_density_agrees_with_the_points(data: Dataset) -> None:
    """The mean of −log p over the points is the entropy: log K + 1 + log 2πσ²."""
    mixture = MIXTURES[data.name]
    entropy = np.log(len(mixture.centres)) + 1 + np.log(2 * np.pi * mixture.sigma**2)
    assert -mixture.log_density(data.examples).mean() == pytest.approx(entropy, abs=0.03)


def test_another_seed_is_another_sample() -> None:
    assert not np.allclose(RING.sample(50)[0], RING.sample(50, seed=1)[0])
