"""The GAN: losses and penalties by hand, and a generator that never touches a real picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve.data.loading import Batch
from makebelieve.data.spec import Spec
from makebelieve.models.gan import LOSSES, PENALTIES
from makebelieve.rng import Step

if TYPE_CHECKING:
    from collections.abc import Callable

GREY = Spec.pictures(8, 1, ("no", "yes"))
POINTS = Spec.points()


def s(x: float) -> float:
    """Return softplus, written out."""
    return math.log(1 + math.exp(x))


REAL, FAKE = (2.0, -0.5), (0.5, 1.5)
BY_HAND = {
    # name: (discriminator's loss, generator's loss) at the logits above
    "relativistic": ((s(-1.5) + s(2.0)) / 2, (s(1.5) + s(-2.0)) / 2),
    "non-saturating": (
        (s(-2.0) + s(0.5) + s(0.5) + s(1.5)) / 2,
        (s(-0.5) + s(-1.5)) / 2,
    ),
    "hinge": ((0 + 1.5 + 1.5 + 2.5) / 2, -1.0),
    "wgan-gp": (1.0 - 0.75, -1.0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_by_hand(name: str) -> None:
    assert name in BY_HAND, "a new loss is worked out by hand here, too"
    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    found = (
        float(LOSSES[name].discriminator(real, fake)),
        float(LOSSES[name].generator(fake, real)),
    )
    assert found == pytest.approx(BY_HAND[name], rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_players_pull_the_fake_logits_apart(name: str) -> None:
    real, fake = torch.tensor([0.3, -0.2]), torch.tensor([0.1, 0.4], requires_grad=True)
    (down,) = torch.autograd.grad(LOSSES[name].discriminator(real, fake), fake)
    (up,) = torch.autograd.grad(LOSSES[name].generator(fake, real), fake)
    assert (down > 0).all()
    assert (up < 0).all()


class Line(nn.Module):
    """A discriminator whose slope is w everywhere."""

    def __init__(self, w: Tensor) -> None:
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.w[:, None] + 0.3


def discriminator_loss(model: Any, batch: Batch) -> tuple[float, float]:
    turn = next(model.turns(batch, Step(0)))
    return float(turn.loss.detach()), float(turn.parts["penalty"])


GAMMA = 3.0
OF_A_LINE: dict[str, Callable[[float], float]] = {
    "none": lambda w2: 0 * w2,
    "r1": lambda w2: GAMMA / 2 * w2,
    "r1+r2": lambda w2: GAMMA / 2 * w2 + GAMMA / 2 * w2,
    "gradient": lambda w2: GAMMA * (math.sqrt(w2) - 1) ** 2,
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("spec", [GREY, POINTS], ids=["pictures", "points"])
def test_penalties_of_a_linear_discriminator(kit: Any, penalty: str, loss: str, spec: Spec) -> None:
    model = kit.build("gan", spec, loss=loss, penalty=penalty, gamma=GAMMA)
    w = torch.linspace(-0.4, 0.5, spec.dims)
    model.discriminator = Line(w)
    whole, part = discriminator_loss(model, kit.batch(spec, 6))
    known = OF_A_LINE[penalty](float(w @ w))
    assert part == pytest.approx(known, rel=1e-5)
    plain = kit.build("gan", spec, loss=loss, penalty="none")
    plain.discriminator = Line(w)
    assert whole == pytest.approx(discriminator_loss(plain, kit.batch(spec, 6))[0] + known)


@pytest.mark.parametrize("spec", [GREY, POINTS], ids=["pictures", "points"])
def test_a_unit_slope_costs_nothing_under_wgan_gp(kit: Any, spec: Spec) -> None:
    model = kit.build("gan", spec, loss="wgan-gp")
    model.discriminator = Line(F.normalize(torch.linspace(-1, 2, spec.dims), dim=0))
    assert discriminator_loss(model, kit.batch(spec, 6))[1] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_brings_its_own_penalty(kit: Any, loss: str) -> None:
    found = LOSSES[loss]
    batch = kit.batch(POINTS, 6)
    w = torch.tensor([0.6, -1.1])
    parts = []
    for given in ({}, {"penalty": found.penalty, "gamma": found.gamma}):
        model = kit.build("gan", POINTS, loss=loss, **given)
        model.discriminator = Line(w)
        parts.append(discriminator_loss(model, batch)[1])
    assert parts[0] == parts[1] > 0


class Bowl(nn.Module):
    """A discriminator whose squared slope at x is ‖x‖²."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x.square().sum(1, keepdim=True)


def test_r1_looks_at_real_points_and_r2_at_fake_ones(kit: Any) -> None:
    batch = kit.batch(POINTS, 64)
    on_real = 0.5 * float(batch.x.square().sum(1).mean())
    found = {}
    for penalty in ("r1", "r1+r2"):
        model = kit.build("gan", POINTS, penalty=penalty, gamma=1.0)
        model.discriminator = Bowl()
        found[penalty] = discriminator_loss(model, batch)[1]
        fake = model.sample(Step(0).normal(64, model.latent_dim)).detach()
    on_fake = 0.5 * float(fake.square().sum(1).mean())
    assert found["r1"] == pytest.approx(on_real, rel=1e-5)
    assert found["r1+r2"] == pytest.approx(on_real + on_fake, rel=1e-5)


# ---- The generator never touches a real picture.


def generator_turn(model: Any, batch: Batch) -> Tensor:
    _, turn = model.turns(batch, Step(0))
    assert turn.player == "generator"
    assert isinstance(turn.loss, Tensor)
    return turn.loss


def generator_gradient(model: Any, batch: Batch) -> Tensor:
    loss = generator_turn(model, batch)
    found = torch.autograd.grad(loss, list(model.generator.parameters()), allow_unused=True)
    return torch.cat([torch.zeros(1) if g is None else g.flatten() for g in found])


class Constant(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.full((len(x), 1), 0.7) + 0 * x.flatten(1).sum(1, keepdim=True)


def constant_by_weights(model: Any) -> None:
    last = [m for m in model.discriminator.modules() if hasattr(m, "weight")][-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(0.7)


def constant_by_module(model: Any) -> None:
    model.discriminator = Constant()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("spec", [GREY, POINTS], ids=["pictures", "points"])
@pytest.mark.parametrize("freeze", [constant_by_weights, constant_by_module])
@pytest.mark.parametrize("augment_p", [0.0, 0.5])
def test_under_a_constant_discriminator_the_generator_learns_nothing(
    kit: Any, loss: str, spec: Spec, freeze: Any, augment_p: float
) -> None:
    """Whatever the real examples are, no gradient reaches it: it has no other way to know them."""
    model = kit.build("gan", spec, loss=loss)
    freeze(model)
    for seed in range(3):
        model.augment_p.fill_(augment_p)
        gradient = generator_gradient(model, kit.batch(spec, 8, seed=seed))
        assert gradient.numel() > 1
        assert not gradient.any()
    blank = kit.batch(spec, 8)
    blank.x = torch.zeros_like(blank.x)
    assert not generator_gradient(model, blank).any()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("augment_p", [0.0, 0.5])
def test_no_gradient_leads_from_the_generator_s_loss_to_a_real_picture(
    kit: Any, loss: str, conditional: bool, augment_p: float
) -> None:
    model = kit.build("gan", GREY, loss=loss, conditional=conditional)
    model.augment_p.fill_(augment_p)
    batch = kit.batch(GREY, 8)
    batch.x = batch.x.clone().requires_grad_()
    found = torch.autograd.grad(generator_turn(model, batch), [batch.x], allow_unused=True)
    assert [g is None for g in found] == [True]
    torch.autograd.backward(generator_turn(model, batch))
    assert batch.x.grad is None
    assert any(p.grad is not None and p.grad.any() for p in model.generator.parameters())


@pytest.mark.parametrize("loss", LOSSES)
def test_real_pictures_enter_as_one_number_each(kit: Any, loss: str) -> None:
    """Other pictures with the same logits, the same gradient; losses without them ignore them."""
    model = kit.build("gan", POINTS, loss=loss)
    w = torch.tensor([0.6, -1.1])
    model.discriminator = Line(w)
    batch = kit.batch(POINTS, 8)
    along = torch.tensor([1.1, 0.6])  # the discriminator is blind in this direction
    moved = Batch(batch.x + torch.randn(8, 1) * along)
    first = generator_gradient(model, batch)
    assert first.any()
    assert torch.allclose(generator_gradient(model, moved), first, atol=1e-5)
    other = generator_gradient(model, Batch(batch.x + 3 * w))
    real, fake = torch.zeros(2), torch.ones(2)
    sees_real = LOSSES[loss].generator(fake, real) != LOSSES[loss].generator(fake, real + 1)
    assert torch.equal(other, first) != bool(sees_real)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_turn_leaves_the_other_player_s_gradients_alone(kit: Any, loss: str) -> None:
    model = kit.build("gan", GREY, loss=loss)
    turns = model.turns(kit.batch(GREY, 8), Step(0))
    torch.autograd.backward(next(turns).loss)
    assert all(p.grad is None for p in model.generator.parameters())
    moving = [p for p in model.discriminator.parameters() if p.requires_grad]
    kept = [p.grad.clone() for p in moving]
    torch.autograd.backward(next(turns).loss)
    for p, grad in zip(moving, kept, strict=True):
        assert torch.equal(p.grad, grad)
        assert p.requires_grad


@pytest.mark.parametrize("loss", LOSSES)
def test_the_last_bias_rests_where_no_loss_can_see_it(kit: Any, loss: str) -> None:
    model = kit.build("gan", GREY, loss=loss)
    *_, bias = model.discriminator.parameters()
    assert bias.requires_grad != model.relative
    assert not bias.any()


def test_the_two_turns_draw_different_noise(kit: Any) -> None:
    model = kit.build("gan", POINTS)
    seen: list[Tensor] = []
    model.generator.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    list(model.turns(kit.batch(POINTS, 8), Step(0)))
    assert not torch.equal(seen[0], seen[1])


# ---- Adaptive augmentation.


def scores(real: float, fake: float = -1.0) -> dict[str, float]:
    return {"logit_real": real, "logit_fake": fake}


@pytest.mark.parametrize(
    ("train", "held_out", "overfit"),
    [
        (scores(3.0), scores(3.0), 0.0),
        (scores(3.0), scores(1.0), 0.5),
        (scores(3.0), scores(-1.0), 1.0),
        (scores(3.0), scores(4.0), -0.25),
        (scores(1.0, 0.5), scores(0.0, 0.5), 2.0),
    ],
)
def test_p_follows_what_is_known_by_heart(
    kit: Any, train: dict[str, float], held_out: dict[str, float], overfit: float
) -> None:
    for target in (0.1, 0.4, 0.9):
        up = overfit > target
        model = kit.build("gan", GREY, augment_span=800, augment_target=target)
        model.augment_p.fill_(0.4)
        found = []
        for _ in range(6):
            model.adapt(train, held_out, 100)
            found.append(float(model.augment_p))
        step = 1 / 8 if up else -1 / 8
        known = [min(max(0.4 + (i + 1) * step, 0), 0.8) for i in range(6)]
        assert found == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize("n", [1, 10**9])
def test_p_stays_between_none_and_four_fifths(kit: Any, n: int) -> None:
    model = kit.build("gan", GREY)
    for held_out in (scores(-5.0), scores(9.0)):
        for _ in range(3):
            model.adapt(scores(3.0), held_out, n)
            assert 0 <= float(model.augment_p) <= 0.8 + 1e-6


@pytest.mark.parametrize(
    ("spec", "augment", "held_out"),
    [
        (GREY, "none", scores(-9.0)),
        (POINTS, "adaptive", scores(-9.0)),
        (GREY, "adaptive", {}),
    ],
    ids=["switched off", "points", "nothing held out"],
)
def test_p_stays_where_nothing_can_be_said(
    kit: Any, spec: Spec, augment: str, held_out: dict[str, float]
) -> None:
    model = kit.build("gan", spec, augment=augment)
    model.adapt(scores(3.0), held_out, 10**6)
    assert model.augment_p == 0


def test_a_discriminator_that_is_behind_has_learned_nothing_by_heart(kit: Any) -> None:
    """No division by a gap that is zero or negative."""
    model = kit.build("gan", GREY, augment_span=1000)
    model.adapt(scores(-2.0, 0.0), scores(-2.0, 0.0), 100)
    assert model.augment_p == 0
    model.adapt(scores(0.0, 0.0), scores(0.0, 0.0), 100)
    assert model.augment_p == 0


def test_at_p_zero_pictures_are_shown_as_they_are(kit: Any) -> None:
    model = kit.build("gan", GREY)
    x = kit.batch(GREY, 8).x
    assert model._seen(x, Step(0)) is x
    model.augment_p.fill_(0.8)
    assert not torch.equal(model._seen(x, Step(0)), x)


def test_a_conditional_discriminator_reads_the_class_it_was_told(kit: Any) -> None:
    model = kit.build("gan", GREY, conditional=True)
    x = kit.batch(GREY, 6).x
    labels = torch.tensor([0, 1, 1, 0, 1, 0])
    both = model.discriminator(x)
    assert torch.equal(model.judge(x, labels), both[torch.arange(6), labels])
    assert model.judge(x).shape == (6,)
