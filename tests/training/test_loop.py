"""The engine: which events come when, what stops it, and what it never lets happen."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve import models
from makebelieve.data.spec import Spec
from makebelieve.recipe import TrainingRecipe
from makebelieve.rng import Step
from makebelieve.training.devices import World
from makebelieve.training.loop import (
    Checkpoint,
    Finished,
    Logged,
    NonFinite,
    Stepped,
    Validated,
    progress,
    rate,
    train,
    validate,
)

GREY = Spec.pictures(8, 1, ("no", "yes"))
POINTS = Spec.points(("no", "yes"))
CPU = World(torch.device("cpu"))
everyone = pytest.mark.parametrize("name", models.MODELS)


def run(kit: Any, state: Any, spec: Spec, **options: Any) -> list[Any]:
    return list(train(state, kit.loaders(kit.dataset(spec)), CPU, **options))


# ---- Events and clocks.


@given(
    examples=st.integers(1, 150),
    batch=st.sampled_from([4, 6, 16]),
    log=st.integers(1, 60),
    look=st.integers(1, 60),
    checkpoint=st.integers(1, 60),
)
@settings(max_examples=25, deadline=None)
def test_events_come_in_order_and_on_time(
    kit: Any, examples: int, batch: int, log: int, look: int, checkpoint: int
) -> None:
    state = kit.state(
        "vae", POINTS, examples=examples, batch=batch, log=log, validate=look,
        checkpoint=checkpoint,
    )  # fmt: skip
    events = run(kit, state, POINTS)
    steps = math.ceil(examples / batch)
    known: list[tuple[type, int, int]] = []
    for i in range(1, steps + 1):
        seen, before, last = i * batch, (i - 1) * batch, i == steps
        known.append((Stepped, i, seen))
        for kind, every in ((Logged, log), (Validated, look), (Checkpoint, checkpoint)):
            if seen // every != before // every or (last and kind is not Logged):
                known.append((kind, i, seen))
    known.append((Finished, steps, steps * batch))
    assert [(type(e), e.step, e.seen) for e in events] == known
    assert events[-1].reason == "examples"
    assert isinstance(events[-2], Checkpoint)


def test_time_passes(kit: Any) -> None:
    events = run(kit, kit.state("vae", POINTS), POINTS)
    seconds = [e.seconds for e in events if isinstance(e, Stepped)]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0


def test_a_budget_that_is_spent_ends_at_once(kit: Any) -> None:
    state = kit.state("vae", POINTS, examples=32)
    run(kit, state, POINTS)
    assert run(kit, state, POINTS) == [Finished(2, 32, "examples")]


def test_a_longer_budget_goes_on(kit: Any) -> None:
    state = kit.state("vae", POINTS, examples=32)
    run(kit, state, POINTS)
    state.recipe = dataclasses.replace(state.recipe, examples=64)
    assert [e.step for e in run(kit, state, POINTS) if isinstance(e, Stepped)] == [3, 4]


def test_minutes_end_training(kit: Any) -> None:
    state = kit.state("vae", POINTS, examples=None, minutes=0.002)
    events = run(kit, state, POINTS)
    assert events[-1].reason == "minutes"
    assert isinstance(events[-2], Checkpoint)
    assert isinstance(events[-3], Validated)
    stepped = [e.seconds for e in events if isinstance(e, Stepped)]
    assert stepped[-1] >= 0.12
    assert all(s < 0.12 for s in stepped[:-1])


def test_the_first_budget_to_be_used_up_counts(kit: Any) -> None:
    events = run(kit, kit.state("vae", POINTS, examples=32, minutes=60), POINTS)
    assert events[-1] == Finished(2, 32, "examples")


@pytest.mark.parametrize("after", [1, 3])
def test_stop_ends_with_a_checkpoint(kit: Any, after: int) -> None:
    asked = itertools.count(1)
    events = run(kit, kit.state("vae", POINTS), POINTS, stop=lambda: next(asked) >= after)
    assert [e.step for e in events if isinstance(e, Stepped)] == list(range(1, after + 1))
    assert events[-2:] == [
        Checkpoint(after, 16 * after),
        Finished(after, 16 * after, "interrupted"),
    ]


@everyone
def test_what_is_logged_is_the_mean_of_the_steps(kit: Any, name: str) -> None:
    each = run(kit, kit.state(name, GREY, log=16, examples=64), GREY)
    pairs = run(kit, kit.state(name, GREY, log=32, examples=64), GREY)
    single = [e.values for e in each if isinstance(e, Logged)]
    double = [e.values for e in pairs if isinstance(e, Logged)]
    assert len(single) == 4
    assert len(double) == 2
    for i, values in enumerate(double):
        for key, value in values.items():
            mean = (single[2 * i][key] + single[2 * i + 1][key]) / 2
            assert value == pytest.approx(mean, rel=1e-6, abs=1e-9)


@everyone
def test_each_player_s_loss_and_gradient_are_logged(kit: Any, name: str) -> None:
    state = kit.state(name, GREY, examples=32)
    events = run(kit, state, GREY)
    (logged,) = [e.values for e in events if isinstance(e, Logged)]
    for player in state.model.players:
        assert math.isfinite(logged[f"{player}_loss"])
        assert logged[f"{player}_gradient"] > 0
    (scored,) = [e for e in events if isinstance(e, Validated)]
    assert scored.train.keys() == scored.validation.keys()
    assert set(scored.train) <= set(logged)


def test_without_held_out_data_there_is_no_score(kit: Any) -> None:
    data = kit.dataset(POINTS)
    data = dataclasses.replace(data, split=data.split * 0)
    events = list(train(kit.state("vae", POINTS, examples=32), kit.loaders(data), CPU))
    (scored,) = [e for e in events if isinstance(e, Validated)]
    assert scored.train
    assert scored.validation == {}


@everyone
def test_looking_changes_nothing_but_buffers(kit: Any, name: str) -> None:
    """Weights after training are the same however often held-out data were looked at."""
    weights = []
    for look in (16, 1000):
        given = {"augment": "none"} if name == "gan" else {}
        state = kit.state(name, GREY, given, validate=look, checkpoint=look, examples=64)
        run(kit, state, GREY)
        weights.append([flat.values for flat in state.players.values()])
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


@everyone
def test_scores_are_those_of_the_averaged_model(kit: Any, name: str) -> None:
    state = kit.state(name, GREY, examples=64, learning_rate=1e-4)
    events = run(kit, state, GREY)
    loader = kit.loaders(kit.dataset(GREY))["validation"]
    assert events[-3].validation == validate(state, loader)
    if any(flat.average is not None for flat in state.players.values()):
        state.swap()
        assert events[-3].validation != validate(state, loader)


def test_validation_weighs_every_example_alike(kit: Any) -> None:
    state = kit.state("judge", GREY, ema=0)
    loader = kit.loaders(kit.dataset(GREY))["train"]
    whole = validate(state, loader, n=72)
    for n in (1, 7, 256):
        assert validate(state, loader, n=n) == pytest.approx(whole, rel=1e-5)
    assert validate(state, loader, limit=None) == pytest.approx(whole)


@pytest.mark.parametrize("name", [n for n in models.MODELS if hasattr(models.find(n), "calibrate")])
def test_a_checkpoint_is_calibrated(kit: Any, name: str) -> None:
    state = kit.state(name, GREY, examples=32, ema=0)
    before = {n: b.clone() for n, b in state.model.named_buffers()}
    run(kit, state, GREY)
    after = {n: b.clone() for n, b in state.model.named_buffers()}
    assert any(not torch.equal(after[n], before[n]) for n in before)
    split = "validation" if state.model.calibration == "validation" else "train"
    state.model.calibrate(kit.loaders(kit.dataset(GREY))[split].once(256))
    assert all(torch.equal(b, after[n]) for n, b in state.model.named_buffers())


# ---- The schedule.


@pytest.mark.parametrize(
    ("schedule", "at"),
    [
        ("constant", {0.0: 1, 0.5: 1, 1.0: 1}),
        ("linear", {0.0: 1, 0.25: 0.75, 0.5: 0.5, 1.0: 0}),
        ("cosine", {0.0: 1, 0.25: (1 + math.sqrt(0.5)) / 2, 0.5: 0.5, 1.0: 0}),
        (None, {0.0: 1, 1.0: 1}),
    ],
)
def test_schedules(schedule: str | None, at: dict[float, float]) -> None:
    recipe = TrainingRecipe(schedule=schedule, warmup=0)
    for share, factor in at.items():
        assert rate(recipe, 10**6, share) == pytest.approx(factor)


def test_warm_up_rises_to_one_and_multiplies() -> None:
    recipe = TrainingRecipe(schedule="linear", warmup=100)
    assert 0 < rate(recipe, 0, 0.0) <= 0.01
    assert rate(recipe, 49, 0.0) == pytest.approx(0.5)
    assert rate(recipe, 49, 0.5) == pytest.approx(0.25)
    assert rate(recipe, 99, 0.0) == rate(recipe, 5000, 0.0) == 1


@given(seen=st.integers(0, 10**7), share=st.floats(0, 1), warmup=st.integers(0, 10**5))
@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_the_factor_is_a_share(schedule: str, seen: int, share: float, warmup: int) -> None:
    assert 0 <= rate(TrainingRecipe(schedule=schedule, warmup=warmup), seen, share) <= 1


def test_progress_is_that_of_the_nearer_end() -> None:
    assert progress(TrainingRecipe(examples=100), 25, 1e9) == 0.25
    assert progress(TrainingRecipe(minutes=2), 25, 30) == 0.25
    assert progress(TrainingRecipe(examples=100, minutes=2), 25, 60) == 0.5
    assert progress(TrainingRecipe(examples=100, minutes=2), 70, 60) == 0.7
    assert progress(TrainingRecipe(examples=100), 120, 0) == 1
    assert progress(TrainingRecipe(), 120, 5) == 0


def test_the_step_size_falls_to_zero(kit: Any) -> None:
    """Under a linear schedule the last of n steps has size 1/n; at zero nothing moves."""
    state = kit.state("vae", POINTS, learning_rate=0.0, examples=48)
    before = state.players["vae"].values.clone()
    run(kit, state, POINTS)
    assert torch.equal(state.players["vae"].values, before)


def test_each_player_has_its_own_rate(kit: Any) -> None:
    state = kit.state("gan", POINTS, {"discriminator_rate": 0.0}, examples=48)
    before = {player: flat.values.clone() for player, flat in state.players.items()}
    run(kit, state, POINTS)
    assert torch.equal(state.players["discriminator"].values, before["discriminator"])
    assert not torch.equal(state.players["generator"].values, before["generator"])


# ---- Parts of a batch, precision, clipping.


@pytest.mark.usefixtures("smooth")
@pytest.mark.parametrize("accumulate", [2, 4])
@pytest.mark.parametrize("spec", [GREY, POINTS], ids=["pictures", "points"])
@everyone
def test_accumulating_changes_nothing(kit: Any, name: str, spec: Spec, accumulate: int) -> None:
    # The relativistic loss leaves one bias to the rounding of a gradient that is zero.
    given = {"loss": "non-saturating"} if name == "gan" else {}
    found = []
    for parts in (1, accumulate):
        state = kit.state(
            name, spec, given, accumulate=parts, examples=80, log=16, weight_decay=0.1
        )
        if name == "gan":
            state.model.augment_p.fill_(0.5)
        events = run(kit, state, spec)
        found.append((state, [e.values for e in events if isinstance(e, Logged)]))
    (one, logged), (other, parted) = found
    for a, b in zip(logged, parted, strict=True):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-5)
    for player, flat in one.players.items():
        moved = (flat.values - other.players[player].values).abs()
        # Adam turns the rounding of a gradient near zero into a step: the bulk is compared closely.
        assert float(moved.kthvalue(int(0.99 * len(moved))).values) < 1e-5
        assert float(moved.max()) < 5e-3


@everyone
def test_bf16_trains_on_fp32_weights(kit: Any, name: str) -> None:
    state = kit.state(name, GREY, precision="bf16", examples=64)
    before = {player: flat.values.clone() for player, flat in state.players.items()}
    events = run(kit, state, GREY)
    assert events[-1].reason == "examples"
    for event in events:
        if isinstance(event, Logged):
            assert all(math.isfinite(v) for v in event.values.values())
    for player, flat in state.players.items():
        assert flat.values.dtype == flat.gradients.dtype == torch.float32
        assert not torch.equal(flat.values, before[player])
        rounded = flat.values.bfloat16().float()
        assert not torch.equal(rounded, flat.values), "weights keep what bf16 would round away"


@everyone
def test_bf16_is_near_fp32(kit: Any, name: str) -> None:
    losses = []
    for precision in ("fp32", "bf16"):
        events = run(kit, kit.state(name, GREY, precision=precision, examples=16, log=16), GREY)
        (logged,) = [e.values for e in events if isinstance(e, Logged)]
        losses.append({n: v for n, v in logged.items() if n.endswith("_loss")})
    assert losses[0] == pytest.approx(losses[1], rel=0.05)
    assert losses[0] != losses[1]


@everyone
def test_clipping_bounds_the_gradient_and_logs_what_it_was(kit: Any, name: str) -> None:
    kept: dict[str, dict[str, float]] = {}
    for clip in (None, 1e-3, 1e9):
        state = kit.state(name, GREY, clip=clip, examples=16, log=16, beta1=0.0)
        events = run(kit, state, GREY)
        (logged,) = [e.values for e in events if isinstance(e, Logged)]
        first = next(iter(state.players))  # the second player meets a first that moved otherwise
        norm = float(state.players[first].gradients.norm())
        was = logged[f"{first}_gradient"]
        assert was > 1e-3
        assert norm == pytest.approx(1e-3 if clip == 1e-3 else was, rel=1e-4)
        for flat in state.players.values():
            assert torch.equal(flat.first_moment, flat.gradients)
            assert clip is None or float(flat.gradients.norm()) <= clip * 1.0001
        kept[str(clip)] = {first: was}
    assert kept["None"] == kept["0.001"] == kept["1000000000.0"]


# ---- Numbers that are not finite.


def plant(state: Any, player: str) -> None:
    with torch.no_grad():
        state.players[player].values[3] = float("inf")


@everyone
def test_a_bad_weight_is_named_and_nothing_moves(kit: Any, name: str) -> None:
    state = kit.state(name, GREY)
    player = next(iter(state.players))
    plant(state, player)
    before = {p: flat.values.clone() for p, flat in state.players.items()}
    moments = {p: flat.second_moment.clone() for p, flat in state.players.items()}
    events = run(kit, state, GREY)
    assert [type(e) for e in events] == [NonFinite]
    assert events[0].player == player
    assert events[0].step == events[0].seen == 0
    for p, flat in state.players.items():
        assert torch.equal(flat.values, before[p])
        assert torch.equal(flat.second_moment, moments[p])
    (turn, *_) = state.model.turns(kit.batch(GREY, 4), Step(0))
    assert events[0].term in {*turn.parts, f"{player}_loss", f"{player}_gradient"}


@everyone
def test_a_bad_example_is_found(kit: Any, name: str) -> None:
    data = kit.dataset(POINTS)
    data.examples[data.rows("train")[11]] = float("nan")
    state = kit.state(name, POINTS)
    events = list(train(state, kit.loaders(data), CPU))
    assert isinstance(events[-1], NonFinite)
    assert events[-1].seen < 72 + 16, "at the latest where the epoch ends"
    assert events[-1].player == next(iter(state.players))
    assert all(torch.isfinite(flat.values).all() for flat in state.players.values())


def test_the_second_player_is_named_too(kit: Any) -> None:
    state = kit.state("gan", POINTS)
    generator = state.model.generator

    def rootless(_: Any, __: Any, out: torch.Tensor) -> torch.Tensor:
        """Add the root of zero: a finite number without a finite slope."""
        return out + (0 * out).square().sum().sqrt() if torch.is_grad_enabled() else out

    first = generator.register_forward_hook(rootless)
    before = state.players["generator"].values.clone()
    events = run(kit, state, POINTS)
    first.remove()
    assert events[-1] == NonFinite(0, 0, "generator", "generator_gradient")
    assert torch.equal(state.players["generator"].values, before)


@everyone
def test_a_huge_step_size_ends_training_with_finite_weights(kit: Any, name: str) -> None:
    given = {"loss": "wgan-gp"} if name == "gan" else {}
    state = kit.state(name, GREY, given, learning_rate=1e12, warmup=0, examples=1600)
    events = run(kit, state, GREY)
    assert isinstance(events[-1], NonFinite)
    assert events[-1].player in state.players
    assert all(torch.isfinite(flat.values).all() for flat in state.players.values())
    assert not any(
        isinstance(e, Logged) and not all(math.isfinite(v) for v in e.values.values())
        for e in events
    )
