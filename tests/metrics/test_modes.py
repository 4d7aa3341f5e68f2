"""Modes that are there are counted, modes that are not are missed."""

import numpy as np
import pytest
import torch

from makebelieve.data import load
from makebelieve.data.points import GRID, RING
from makebelieve.errors import InputError
from makebelieve.metrics.modes import (
    class_histogram,
    histogram_distance,
    kl_divergence,
    mode_count,
    point_modes,
    stack_digits,
    stacked_modes,
)


@pytest.mark.parametrize(("mixture", "modes"), [(RING, 8), (GRID, 25)])
def test_the_true_density_has_all_modes(mixture, modes):
    found = point_modes(mixture.sample(2_500)[0], mixture)
    assert (found.found, found.of) == (modes, modes)
    # Within 3σ in the plane: 1 − exp(−9/2).
    assert found.good == pytest.approx(0.9889, abs=0.008)
    assert found.kl < 0.02


def test_dropped_modes_and_garbage():
    points, modes = RING.sample(2_500)
    found = point_modes(points[modes < 5], RING)
    assert found.found == 5
    assert found.kl == pytest.approx(np.log(8 / 5), abs=0.01)
    lost = point_modes(points + 10, RING)
    assert (lost.found, lost.good, lost.kl) == (0, 0.0, float("inf"))
    assert point_modes(points[::-1], RING) == point_modes(points, RING)


def test_a_common_slip_gives_seven_of_eight():
    # linspace(0, 2π, 8) holds 0 and 2π, which are one angle.
    angles = np.linspace(0, 2 * np.pi, 8)
    centres = np.stack([np.cos(angles), np.sin(angles)], 1)
    found = point_modes(np.repeat(centres, 100, 0), RING)
    assert found.found < 8


def test_stacked_digits_have_a_thousand_modes():
    data = load("digits")
    pictures, rows = stack_digits(data.examples, 26_000)
    assert (pictures[5, ..., 1] == data.examples[rows[5, 1], ..., 0]).all()
    labels = {p.tobytes(): label for p, label in zip(data.examples, data.labels, strict=True)}

    def classify(grey):
        return np.array([labels[picture.tobytes()] for picture in grey])

    found = stacked_modes(pictures, classify)
    assert found.found == 1000
    assert found.kl < 0.05
    same = stacked_modes(pictures[..., [0, 0, 0]], classify)
    assert same.found == 10
    assert same.kl == pytest.approx(np.log(100), abs=0.01)


def test_histograms():
    shares = class_histogram(torch.tensor([0] * 98 + [1] * 2 + [-1] * 7), 3)
    assert shares.tolist() == pytest.approx([0.98, 0.02, 0])
    assert mode_count(shares) == 2
    assert histogram_distance(shares, torch.tensor([0.48, 0.02, 0.5])) == pytest.approx(0.5)
    with pytest.raises(InputError):
        class_histogram(torch.tensor([-1]), 3)


def test_the_divergence_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    p, q = (np.random.default_rng(s).dirichlet(np.ones(9)) for s in (0, 1))
    expected = stats.entropy(p, q)
    assert kl_divergence(torch.from_numpy(p), torch.from_numpy(q)) == pytest.approx(expected)
