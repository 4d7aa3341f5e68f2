"""Discriminators and judges whose answers are known."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.metrics import contest
from makebelieve.metrics.contest import contested, gradient_norms, logits, ranked, slopes
from makebelieve.metrics.judges import (
    accuracy,
    attack,
    calibration_error,
    calibration_gap,
    inverted,
    noise,
    outside,
    probabilities,
    shortcut,
)
from makebelieve.models.model import Contest
from makebelieve.rng import Step


class Sum:
    """D(x) = a · Σ x."""

    relative = False

    def __init__(self, a=2.0):
        self.a = a

    def judge(self, x, labels=None):  # noqa: ARG002
        return self.a * x.flatten(1).sum(1)


def test_a_discriminator_that_knows_by_heart():
    train, held, fake = torch.full((50,), 3.0), torch.full((40,), -1.0), torch.full((30,), -1.0)
    found = contested(train, held, fake)
    assert found.to_dict() == {
        "r_t": 1, "r_v": 1, "train": 1, "held": 0, "fake": 1, "ahead": 0.5,
    }  # fmt: skip
    fair = contested(train, train, fake)
    assert (fair.r_v, fair.held, fair.ahead) == (0, 1, 1)
    assert contested(train, train, train).r_v == 0


def test_a_shift_changes_nothing_where_only_differences_count():
    scores = [torch.randn(200, generator=torch.Generator().manual_seed(s)) + s for s in range(3)]
    plain = contested(*scores, relative=True)
    moved = contested(*(s.flip(0) + 40 for s in scores), relative=True)
    assert moved.to_dict() == pytest.approx(plain.to_dict(), abs=1e-5)
    assert contested(*(s + 40 for s in scores)).train == 1


def test_ranks_are_the_area_under_the_curve():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    high, low = random.integers(0, 9, 70), random.integers(-2, 7, 50)
    expected = metrics.roc_auc_score([1] * 70 + [0] * 50, [*high, *low])
    assert ranked(*map(torch.from_numpy, (high, low))) == pytest.approx(expected)


def test_slopes_and_gradients(kit, monkeypatch):
    x = torch.rand(10, 1, 4, 4)
    assert slopes(Sum(), x).tolist() == pytest.approx([2 * 4.0] * 10)
    monkeypatch.setattr(contest, "BATCH", 3)
    assert slopes(Sum(), x).tolist() == pytest.approx([8.0] * 10)
    spec = Spec.pictures(8, 1)
    gan = kit.build("gan", spec, latent_dim=4)
    assert isinstance(gan, Contest)
    assert gan.relative
    assert not kit.build("gan", spec, loss="hinge").relative
    frozen = gan.requires_grad_(False)
    before = {n: p.clone() for n, p in frozen.named_parameters()}
    norms = gradient_norms(frozen, kit.batch(spec, 8), Step(0))
    assert min(norms.values()) > 0
    assert norms == gradient_norms(frozen, kit.batch(spec, 8), Step(0))
    assert all(torch.equal(p, before[n]) for n, p in frozen.named_parameters())
    assert logits(frozen, kit.batch(spec, 8).x).shape == (8,)


def test_calibration_against_its_definition():
    random = torch.Generator().manual_seed(0)
    p = torch.rand(500, 3, generator=random).double().softmax(1) ** 4
    p = p / p.sum(1, keepdim=True)
    y = torch.multinomial(p, 1, generator=random)[:, 0]
    sure, said = p.max(1)
    expected = 0.0
    for b in range(15):
        inside = (sure * 15).long().clamp(max=14) == b
        if inside.any():
            right = (said == y)[inside].double().mean()
            expected += float(inside.double().mean() * (right - sure[inside].mean()).abs())
    assert calibration_error(p, y) == pytest.approx(expected)
    assert calibration_error(p, y) < 0.06  # the labels were drawn from p: nearly calibrated
    assert calibration_error((p * 1e3).softmax(1), y) > 0.3
    order = torch.randperm(500)
    assert calibration_error(p[order], y[order]) == pytest.approx(expected)
    unknown = torch.cat([y, torch.tensor([-1])])
    assert calibration_error(torch.cat([p, p[:1]]), unknown) == pytest.approx(expected)


def test_calibration_of_known_cases():
    half = torch.tensor([True, False])
    assert calibration_gap(torch.tensor([0.5, 0.5]), half) == 0
    assert calibration_gap(torch.tensor([1.0, 1.0]), half) == pytest.approx(0.5)
    assert calibration_gap(torch.tensor([0.6, 1.0]), half) == pytest.approx((0.4 + 1.0) / 2)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_calibration_is_a_share(pairs):
    sure, right = map(torch.tensor, zip(*pairs, strict=True))
    gap = abs(float(sure.double().mean() - right.double().mean()))
    assert gap - 1e-6 <= calibration_gap(sure, right) <= 1 + 1e-6


def test_calibration_agrees_with_torchmetrics():
    package = pytest.importorskip("torchmetrics.functional.classification")
    p = torch.randn(400, 5, generator=torch.Generator().manual_seed(0)).mul(2).softmax(1)
    y = torch.arange(400) % 5
    theirs = package.multiclass_calibration_error(p, y, num_classes=5, n_bins=15, norm="l1")
    assert calibration_error(p, y) == pytest.approx(float(theirs), abs=1e-4)
    theirs = package.multiclass_accuracy(p, y, num_classes=5, average="micro")
    assert accuracy(p, y) == pytest.approx(float(theirs))


def test_sure_of_nonsense():
    real, nonsense = torch.full((9, 2), 0.5), torch.eye(2).repeat(4, 1)
    found = outside(real, nonsense)
    assert found == (1.0, 0.0)
    assert noise(torch.rand(5, 1, 8, 8)).std() == pytest.approx(0.29, abs=0.05)
    points = torch.randn(500, 2) * 3 + 7
    assert noise(points).amin() >= points.amin()
    assert torch.equal(inverted(torch.ones(1, 1, 2, 2)), torch.zeros(1, 1, 2, 2))


def test_a_linear_judge_is_attacked_where_it_is_weak():
    # logits ±(Σ x − 8): the attack moves the sum by 16 · 0.1, random signs hardly do.
    def judge(x):
        away = x.flatten(1).sum(1) - 8
        return torch.stack([away, -away], 1)

    x = torch.full((100, 1, 4, 4), 0.55)
    found = attack(judge, x, torch.zeros(100).long())
    assert found.clean == 1
    assert found.attacked == 0
    assert found.random > 0.9
    far = torch.full((100, 1, 4, 4), 0.7)
    assert attack(judge, far, torch.zeros(100).long()).attacked == 1


def test_a_shortcut_is_found_where_it_is():
    y = torch.arange(60) % 2
    x = torch.rand(60, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    x[:, 0, 13, 13] = y.float()

    def lazy(x):
        return torch.stack([1 - x[:, 0, 13, 13], x[:, 0, 13, 13]], 1) * 9

    found = shortcut(lazy, x, y)
    assert found.follows == 1
    assert found.swapped == 1
    assert int(found.where.argmax()) == 48
    assert found.where.flatten()[:48].abs().max() == 0

    x = x * 0.2 + 0.5 * y.float().view(-1, 1, 1, 1)

    def thorough(x):
        mean = x.mean((1, 2, 3))
        return torch.stack([0.35 - mean, mean - 0.35], 1) * 9

    assert shortcut(thorough, x, y).swapped == 0


def test_parts_change_nothing(kit):
    judge = kit.build("judge", Spec.pictures(8, 1, classes=("a", "b"))).eval()
    x = torch.rand(300, 1, 8, 8)
    whole = judge.logits(x).softmax(1)
    assert torch.allclose(probabilities(judge.logits, x), whole.detach(), atol=1e-6)


def test_what_cannot_be_measured_is_said():
    with pytest.raises(InputError, match="label"):
        accuracy(torch.eye(2), torch.tensor([-1, -1]))
    with pytest.raises(InputError, match="label"):
        calibration_error(torch.eye(2), torch.tensor([-1, -1]))
    with pytest.raises(InputError, match="two classes"):
        shortcut(lambda x: x, torch.rand(4, 1, 8, 8), torch.zeros(4).long())
    with pytest.raises(InputError, match="pictures"):
        inverted(torch.rand(4, 2))
