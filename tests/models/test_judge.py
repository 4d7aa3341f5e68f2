"""The judge: temperature, smoothing, unknown labels, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.data.loading import Batch
from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.models.judge import fit_temperature
from makebelieve.rng import Step

THREE = Spec.pictures(8, 1, ("a", "b", "c"))


@given(log_t=st.floats(-2, 2), classes=st.integers(2, 6), seed=st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_a_known_temperature_is_found(log_t: float, classes: int, seed: int) -> None:
    """Labels drawn from softmax(logits) are told by logits × T at temperature T."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(4000, classes, generator=generator)
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    found = fit_temperature(logits * math.exp(log_t), labels)
    assert math.log(found) == pytest.approx(log_t, abs=0.12)


@given(seed=st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_no_temperature_is_better(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = 5 * torch.randn(200, 3, generator=generator)
    labels = torch.randint(3, (200,), generator=generator)
    found = fit_temperature(logits, labels)
    best = F.cross_entropy(logits / found, labels)
    for factor in (0.8, 1.25):
        if 1 / 20 < found * factor < 20:
            assert best <= F.cross_entropy(logits / (found * factor), labels) + 1e-6


def test_the_temperature_has_bounds() -> None:
    sure = 10 * F.one_hot(torch.arange(3)).float()
    assert 1 / 21 < fit_temperature(sure, torch.arange(3)) < 1
    assert fit_temperature(sure, torch.arange(3).roll(1)) == pytest.approx(math.exp(3), rel=1e-3)
    assert fit_temperature(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)) == 1.0


def test_calibration_changes_confidence_and_no_verdict(kit: Any) -> None:
    judge = kit.build("judge", THREE)
    batch = kit.batch(THREE, 64)
    before, raw = judge.logits(batch.x), judge(batch.x)
    assert torch.equal(before, raw)
    judge.calibrate([batch])
    after = judge.logits(batch.x)
    assert judge.temperature != 1
    assert torch.equal(judge(batch.x), raw), "training sees no temperature"
    assert torch.equal(after.argmax(1), raw.argmax(1))
    assert F.cross_entropy(after, batch.y) < F.cross_entropy(raw, batch.y)


def test_calibration_skips_unknown_labels(kit: Any) -> None:
    found = []
    for unknown in (False, True):
        judge = kit.build("judge", THREE)
        batches = [kit.batch(THREE, 32)]
        if unknown:
            batches.append(Batch(kit.batch(THREE, 32, seed=1).x, torch.full((32,), -1)))
            batches.append(Batch(kit.batch(THREE, 32, seed=2).x, None))
        judge.calibrate(batches)
        found.append(float(judge.temperature))
    assert found[0] == found[1] != 1


def test_unknown_labels_teach_nothing(kit: Any) -> None:
    judge = kit.build("judge", THREE, shift=0)
    batch = kit.batch(THREE, 8)
    batch.y = torch.where(torch.arange(8) < 4, batch.y, -1)
    (turn,) = judge.turns(batch, Step(0))
    known = F.cross_entropy(judge(batch.x[:4]), batch.y[:4])
    half = torch.autograd.grad(turn.loss, list(judge.parameters()))
    whole = torch.autograd.grad(known, list(judge.parameters()))
    for a, b in zip(half, whole, strict=True):
        assert torch.allclose(2 * a, b, atol=1e-6), "as if the unknown half weighed nothing"
    batch.y = torch.full((8,), -1)
    (turn,) = judge.turns(batch, Step(0))
    assert float(turn.loss.detach()) == 0


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_smoothing_by_hand(kit: Any, smoothing: float) -> None:
    judge = kit.build("judge", THREE, shift=0, smoothing=smoothing)
    batch = kit.batch(THREE, 6)
    (turn,) = judge.turns(batch, Step(0))
    log_p = judge(batch.x).log_softmax(1)
    target = F.one_hot(batch.y, 3) * (1 - smoothing) + smoothing / 3
    known = -(target * log_p).sum(1).mean()
    assert torch.allclose(turn.loss, known, atol=1e-6)
    plain = judge.validate(batch, Step(0))["cross_entropy"]
    assert torch.allclose(plain, F.cross_entropy(judge(batch.x), batch.y), atol=1e-6)


def test_accuracy_counts_right_verdicts(kit: Any) -> None:
    judge = kit.build("judge", THREE)
    batch = kit.batch(THREE, 9)
    batch.y = judge(batch.x).argmax(1)
    assert judge.validate(batch, Step(0))["accuracy"] == 1
    batch.y[:3] = (batch.y[:3] + 1) % 3
    assert float(judge.validate(batch, Step(0))["accuracy"]) == pytest.approx(2 / 3)


def test_scores_are_of_what_is_known(kit: Any) -> None:
    judge = kit.build("judge", THREE)
    batch = kit.batch(THREE, 12)
    known = judge.validate(Batch(batch.x[:4], batch.y[:4]), Step(0))
    batch.y[4:] = -1
    for name, value in judge.validate(batch, Step(0)).items():
        assert torch.allclose(value, known[name], atol=1e-6)
    batch.y[:] = -1
    assert all(torch.isfinite(v) for v in judge.validate(batch, Step(0)).values())


def test_training_pictures_move_and_validation_pictures_do_not(kit: Any) -> None:
    batch = kit.batch(THREE, 16)
    losses = {}
    for most in (0, 2):
        judge = kit.build("judge", THREE, shift=most)
        by_step = [next(judge.turns(batch, Step(0, i))).loss for i in range(2)]
        losses[most] = bool(by_step[0] == by_step[1])
        scores = [judge.validate(batch, Step(0, i))["cross_entropy"] for i in range(2)]
        assert scores[0] == scores[1]
    assert losses == {0: True, 2: False}


@pytest.mark.parametrize(
    ("classes", "says"), [((), "no labels"), (("cat",), r"only one class \(cat\)")]
)
def test_fewer_than_two_classes_are_refused(kit: Any, classes: tuple[str, ...], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        kit.build("judge", Spec.pictures(8, 1, classes))
    assert "sub-folder" in str(caught.value)


def test_features_make_the_verdict(kit: Any) -> None:
    judge = kit.build("judge", THREE, feature_dim=5)
    x = kit.batch(THREE, 4).x
    assert judge.features(x).shape == (4, 5)
    assert torch.equal(judge.head(judge.features(x)), judge(x))
