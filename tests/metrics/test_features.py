"""Extractors: the same pictures give the same features, however they come."""

import numpy as np
import pytest
import torch

from makebelieve.data import load
from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.metrics import features
from makebelieve.metrics.features import Extractor, JudgeFeatures, Pixels, RandomConv, seen


@pytest.fixture(scope="module")
def digits():
    data = load("digits")
    return np.asarray(data.examples[data.rows("train")][:300])


def extractors(kit, digits):
    from makebelieve.data.spec import Spec

    size = digits.shape[1]
    judge = kit.build("judge", Spec.pictures(size, 1, classes=("a", "b"))).eval()
    return [Pixels(), RandomConv(1, size), JudgeFeatures(judge)]


@pytest.mark.parametrize("which", range(3))
def test_every_extractor(kit, digits, which, monkeypatch):
    made = extractors(kit, digits)[which]
    assert isinstance(made, Extractor)
    with pytest.raises(InputError, match="fit"):
        made(digits)
    assert made.fit(digits) is made
    whole = made(digits)
    assert whole.shape == (300, min(64, digits[0].size))
    assert whole.dtype == torch.float32
    assert whole.mean(0).abs().max() < 1e-3
    # Stored bytes and the floats of a model are the same picture.
    assert torch.allclose(made(to_tensor(digits)), whole, atol=1e-5)
    monkeypatch.setattr(features, "BATCH", 7)
    assert torch.allclose(made(digits), whole, atol=1e-4)
    again = extractors(kit, digits)[which].restore(made.state())
    assert torch.equal(again(digits[:7]), made(digits[:7]))
    assert again.version == made.version


def test_pixels_keep_distances_as_far_as_they_can(digits):
    found = Pixels().fit(digits)(digits)
    full = to_tensor(digits).flatten(1)
    kept, all_of_it = found.var(0).sum(), full.var(0).sum()
    _, s, _ = torch.linalg.svd(full - full.mean(0))
    assert kept / all_of_it == pytest.approx(float((s[:64] ** 2).sum() / (s**2).sum()), rel=1e-4)


def test_few_wide_pictures_have_as_many_components_as_they_span():
    few = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
    found = Pixels().fit(few)(few)
    assert found.shape == (20, 19)
    away = to_tensor(few).flatten(1)
    assert torch.cdist(found, found).numpy() == pytest.approx(
        torch.cdist(away, away).numpy(), abs=2e-2
    )


def test_the_seed_is_the_extractor(digits):
    a, b, other = (RandomConv(1, 8, seed=s) for s in (0, 0, 1))
    assert torch.equal(a.weights[2], b.weights[2])
    assert not torch.equal(a.weights[2], other.weights[2])


def test_quantised_and_clamped():
    x = torch.tensor([-1.0, 0.2499, 0.25, 2.0]).view(4, 1, 1, 1)
    assert (seen(x).flatten() * 255).tolist() == pytest.approx([0, 64, 64, 255])


def test_another_shape_is_refused(digits):
    with pytest.raises(InputError, match="shape"):
        RandomConv(3, 8).fit(digits)
    with pytest.raises(InputError, match="no pictures"):
        Pixels().fit(digits)(digits[:0])
