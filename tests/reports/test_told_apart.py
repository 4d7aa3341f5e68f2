"""Telling samples from real ones, against answers that are known."""

import numpy as np
import pytest

from makebelieve.data import load
from makebelieve.reports.told_apart import told_apart


def test_what_is_far_away_is_always_told():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(40, 3)), random.normal(size=(50, 3)) + 100
    assert told_apart(a, b) == 1


def test_the_same_source_is_a_coin_toss():
    data = load("avatars")
    test, train = (data.examples[data.rows(split)][:500] for split in ("test", "train"))
    # Leave-one-out over 1,000: a standard deviation of at most about 0.03.
    assert told_apart(test, train) == pytest.approx(0.5, abs=0.1)


def test_copies_are_told_less_than_by_chance():
    data = load("digits")
    test = data.examples[data.rows("test")]
    assert told_apart(test, test) < 0.05


def test_it_agrees_with_looking_at_every_pair():
    random = np.random.default_rng(1)
    a, b = random.normal(size=(15, 2, 2)), random.normal(size=(15, 2, 2)) * 2
    both = np.concatenate([a, b]).reshape(30, 4)
    right = 0
    for i in range(30):
        away = np.square(both - both[i]).sum(axis=1)
        away[i] = np.inf
        right += (away.argmin() >= 15) == (i >= 15)
    assert told_apart(a, b) == right / 30
