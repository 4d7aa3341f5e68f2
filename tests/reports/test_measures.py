"""What the page measures, against answers that are known."""

import numpy as np
import pytest

from makebelieve.data import load
from makebelieve.reports.judged import held_out, noise
from makebelieve.reports.nearest import nearest


def test_nearest_agrees_with_looking_at_every_pair():
    data = load("digits")
    queries = data.examples[data.rows("test")[:20]]
    found = nearest(data, queries)
    train = data.examples[data.rows("train")].astype(np.float64)
    away = np.square(queries[:, None].astype(np.float64) - train).mean(axis=(2, 3, 4)) ** 0.5
    assert found.distances == pytest.approx(away.min(axis=1), abs=1e-12)
    assert found.searched == len(train)
    assert (data.split[found.rows] == 0).all()


def test_a_training_example_is_nearest_to_itself():
    data = load("avatars")
    rows = data.rows("train")[::500]
    found = nearest(data, data.examples[rows])
    assert (found.rows == rows).all()
    assert (found.distances == 0).all()


def test_points_have_their_distance_in_the_plane():
    data = load("ring")
    point = data.examples[data.rows("train")[:1]]
    away = point + np.array([[3.0, 4.0]], np.float32)
    found = nearest(data, away)
    assert found.distances[0] == pytest.approx(
        np.linalg.norm(data.examples[data.rows("train")] - away, axis=1).min(), abs=1e-6
    )


def test_noise_has_the_shape_and_range_of_the_data():
    for name in ("digits", "ring"):
        data = load(name)
        made = noise(data, 32)
        assert made.shape[1:] == data.examples.shape[1:]
        assert made.dtype == data.examples.dtype
        assert (made == noise(data, 32)).all()


def test_held_out_is_never_trained_on_if_there_is_any_other():
    data = load("digits")
    held = held_out(data)
    assert held.split == "test"
    assert not set(held.rows) & set(data.rows("train"))
    few = held_out(load(np.zeros((1, 8, 8), np.uint8)))
    assert len(few.rows) == 1
