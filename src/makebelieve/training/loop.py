"""The engine: turns in, events out.

It knows neither files nor models: it asks a model for its turns, moves each player between two
yields, and tells what happened. Whoever drives it decides what to write down.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from makebelieve.models.model import Adapts, Calibrates, Turn
from makebelieve.nets import kernels
from makebelieve.rng import Step, seed_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from makebelieve.data.loading import Loader
    from makebelieve.data.spec import Split
    from makebelieve.recipe import TrainingRecipe
    from makebelieve.training.devices import World
    from makebelieve.training.flat import Flat
    from makebelieve.training.state import State

__all__ = [
    "Checkpoint",
    "Event",
    "Finished",
    "Logged",
    "NonFinite",
    "Stepped",
    "Validated",
    "train",
    "validate",
]

VALIDATION_LIMIT = 512
CALIBRATION_LIMIT = 2_000
UNLIMITED = 2**62


@dataclass(frozen=True)
class Stepped:
    """One step was taken; `seconds` is the time spent training so far."""

    step: int
    seen: int
    seconds: float


@dataclass(frozen=True)
class Logged:
    """Means of every part since the last such event."""

    step: int
    seen: int
    values: dict[str, float]


@dataclass(frozen=True)
class Validated:
    """The model's own scores on equally many training and held-out examples."""

    step: int
    seen: int
    train: dict[str, float]
    validation: dict[str, float]


@dataclass(frozen=True)
class Checkpoint:
    """The state is whole and worth keeping: save it before asking for the next event."""

    step: int
    seen: int


@dataclass(frozen=True)
class NonFinite:
    """A number was not finite; the player has not moved, and training is over."""

    step: int
    seen: int
    player: str
    term: str


@dataclass(frozen=True)
class Finished:
    """Training is over: "examples" or "minutes" are used up, or it was "interrupted"."""

    step: int
    seen: int
    reason: str


Event = Stepped | Logged | Validated | Checkpoint | NonFinite | Finished


class _NotFinite(Exception):  # noqa: N818
    def __init__(self, player: str, term: str) -> None:
        self.player, self.term = player, term


def train(
    state: State,
    loaders: dict[Split, Loader],
    world: World,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Train until the budget is used up, yielding what happens.

    Args:
        state: model, optimisers and clock; they are changed in place.
        loaders: at least "train"; "validation" is used at checkpoints.
        world: this process among the others.
        stop: asked after every step; True ends training after a checkpoint.

    Example:
        for event in train(state, loaders, world): print(event)
    """
    recipe, clock = state.recipe, state.clock
    assert recipe.checkpoint is not None
    assert recipe.validate is not None
    reason = _spent(recipe, clock.seen, clock.seconds)
    while reason is None:
        began, before = time.perf_counter(), clock.seen
        try:
            _step(state, loaders["train"], world)
        except _NotFinite as failure:
            yield NonFinite(clock.step, clock.seen, failure.player, failure.term)
            return
        clock.seconds += time.perf_counter() - began
        yield Stepped(clock.step, clock.seen, clock.seconds)
        if before // recipe.log != clock.seen // recipe.log:
            yield Logged(clock.step, clock.seen, _flush(state))
        reason = _spent(recipe, clock.seen, clock.seconds)
        if world.anyone(stop()):
            reason = reason or "interrupted"
        elif world.anyone(reason == "minutes"):
            reason = "minutes"
        looks = before // recipe.validate != clock.seen // recipe.validate
        if looks or reason in {"examples", "minutes"}:
            yield _validated(state, loaders, world)
        if reason or before // recipe.checkpoint != clock.seen // recipe.checkpoint:
            _calibrate(state, loaders)
            yield Checkpoint(clock.step, clock.seen)
    yield Finished(clock.step, clock.seen, reason)


def _spent(recipe: TrainingRecipe, seen: int, seconds: float) -> str | None:
    if recipe.examples is not None and seen >= recipe.examples:
        return "examples"
    if recipe.minutes is not None and seconds >= 60 * recipe.minutes:
        return "minutes"
    return None


def progress(recipe: TrainingRecipe, seen: int, seconds: float) -> float:
    """Return the share of the budget that is used, 0 … 1."""
    by_examples = seen / recipe.examples if recipe.examples else 0.0
    by_minutes = seconds / (60 * recipe.minutes) if recipe.minutes else 0.0
    return min(1.0, max(by_examples, by_minutes))


def rate(recipe: TrainingRecipe, seen: int, share: float) -> float:
    """Return the step size as a multiple of its highest, at this point of the run.

    Example:
        >>> from makebelieve.recipe import TrainingRecipe
        >>> [rate(TrainingRecipe(schedule="cosine", warmup=0), 0, s) for s in (0.0, 0.5, 1.0)]
        [1.0, 0.5, 0.0]
    """
    falls = {
        "constant": 1.0,
        "linear": 1.0 - share,
        "cosine": 0.5 * (1 + math.cos(math.pi * share)),
    }
    rises = min(1.0, (seen + 1) / recipe.warmup) if recipe.warmup else 1.0
    return round(falls[recipe.schedule or "constant"] * rises, 12)


def _step(state: State, loader: Loader, world: World) -> None:
    """Take one step: every player's turn, on this process's share of the batch."""
    recipe, clock = state.recipe, state.clock
    assert recipe.batch is not None
    share = progress(recipe, clock.seen, clock.seconds)
    factor = rate(recipe, clock.seen, share)
    shards = world.size * recipe.accumulate
    games = []
    for i in range(recipe.accumulate):
        shard = world.rank * recipe.accumulate + i
        batch = loader.batch_at(clock.seen, recipe.batch, shard, shards)
        step = Step(
            recipe.seed, clock.step, seen=clock.seen, progress=share,
            shard=shard, shards=shards, device=world.device,
        )  # fmt: skip
        games.append(state.model.turns(batch, step))
    with kernels.using(recipe.kernels, recipe.backward), state.narrow.at_work():
        while _take_turn(state, games, world, factor):
            pass
    clock.step += 1
    clock.seen += recipe.batch
    clock.count += 1
    state.average(recipe.batch)


def _take_turn(state: State, games: list[Iterator[Turn]], world: World, factor: float) -> bool:
    """Let the next player move; False when the step is over."""
    recipe = state.recipe
    turns: list[Turn] = []
    for game in games:
        with state.autocast:
            turn = next(game, None)
        if turn is None:
            return False
        _backward(turn, state.players[turn.player], len(games), first=not turns)
        turns.append(turn)
    player = turns[0].player
    flat = state.players[player]
    if turns[0].manual is None:
        flat.collect()
    else:
        flat.take()
    means = _means(turns)
    world.average([flat.gradients, means])
    # Half the time of `norm`, which a long vector notices.
    squared = torch.dot(flat.gradients, flat.gradients)
    names = [f"{player}_loss", *turns[0].parts]
    # One transfer for all: on an accelerator each number would wait for the device.
    *values, squared_norm = torch.cat([means, squared[None]]).tolist()
    norm = math.sqrt(squared_norm)
    numbers = dict(zip(names, values, strict=True)) | {f"{player}_gradient": norm}
    _check(state, player, numbers)
    if recipe.clip and norm > recipe.clip:
        flat.gradients.mul_(recipe.clip / norm)
    speed = (recipe.learning_rate or 0) * state.model.rates[player] * factor
    flat.move(speed, recipe.beta1 or 0, recipe.beta2, recipe.weight_decay)
    state.narrow.follow(flat)
    for name, value in numbers.items():
        state.clock.sums[name] = state.clock.sums.get(name, 0.0) + value
    if world.size * len(turns) > 1:
        for turn in turns:
            turn.parts = dict(zip(turn.parts, means[1:], strict=True))
    return True


def _backward(turn: Turn, flat: Flat, parts: int, *, first: bool) -> None:
    """Find the gradients of a player's loss, which is that of one of so many parts of a batch."""
    if turn.manual is not None:
        with torch.no_grad():
            turn.manual(1 / parts, flat.slots, add=not first)
        return
    if first:
        flat.forget()
    torch.autograd.backward(turn.loss / parts if parts > 1 else turn.loss)


def _means(turns: list[Turn]) -> Tensor:
    """Return the loss and the parts of a player's turn, averaged over this process's shards."""
    each = [
        torch.stack([t.loss.detach().float(), *(part.float() for part in t.parts.values())])
        for t in turns
    ]
    return each[0] if len(each) == 1 else torch.stack(each).mean(0)


def _check(state: State, player: str, numbers: dict[str, float]) -> None:
    """Stop before a number that is not finite can reach a weight."""
    odd = [name for name, value in numbers.items() if not math.isfinite(value)]
    if odd:
        state.clock.sums.clear()
        # A part says more of the cause than the sum that it spoiled.
        parts = [name for name in odd if not name.startswith(f"{player}_")]
        raise _NotFinite(player, (parts or odd)[0])


def _flush(state: State) -> dict[str, float]:
    clock = state.clock
    means = {name: total / clock.count for name, total in clock.sums.items()}
    clock.sums, clock.count = {}, 0
    return means


@torch.no_grad()
def validate(
    state: State, loader: Loader, limit: int | None = VALIDATION_LIMIT, n: int = 256
) -> dict[str, float]:
    """Score the averaged model on one split; the noise is the same at every call.

    Args:
        state: the model and its averages.
        loader: the split.
        limit: how many examples to look at; None for all.
        n: examples a batch.
    """
    totals: dict[str, float] = {}
    count = 0
    seed = seed_for(state.recipe.seed, "validation")
    state.swap()
    try:
        for i, batch in enumerate(loader.once(n, limit)):
            scores = state.model.validate(batch, Step(seed, i, device=loader.device))
            for name, value in scores.items():
                totals[name] = totals.get(name, 0.0) + float(value) * len(batch)
            count += len(batch)
    finally:
        state.swap()
    return {name: total / count for name, total in totals.items()}


def _validated(state: State, loaders: dict[Split, Loader], world: World) -> Validated:
    """Look at held-out data, and let the model draw its conclusions."""
    _calibrate(state, loaders)
    clock = state.clock
    train, held_out = (
        _agreed(validate(state, loaders[split]), world) if len(loaders[split]) else {}
        for split in ("train", "validation")
    )
    if isinstance(state.model, Adapts):
        state.model.adapt(train, held_out, clock.seen - clock.validated)
    clock.validated = clock.seen
    return Validated(clock.step, clock.seen, train, held_out)


def _agreed(scores: dict[str, float], world: World) -> dict[str, float]:
    """Return the mean over all processes, so that a model concludes the same in each."""
    if world.size == 1:
        return scores
    mean = torch.tensor(list(scores.values()), dtype=torch.float32, device=world.device)
    world.average([mean])
    return dict(zip(scores, mean.tolist(), strict=True))


def _calibrate(state: State, loaders: dict[Split, Loader]) -> None:
    model = state.model
    if not isinstance(model, Calibrates):
        return
    loader = loaders["validation" if model.calibration == "validation" else "train"]
    if len(loader):
        state.swap()
        model.calibrate(loader.once(256, CALIBRATION_LIMIT))
        state.swap()
