"""Drive the engine: begin a run, or go on where one stopped."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from makebelieve import models, recipe
from makebelieve.data import load
from makebelieve.data.loading import Loader
from makebelieve.data.splitting import fingerprint
from makebelieve.errors import InputError, TrainingError
from makebelieve.rng import seed_for
from makebelieve.runs import store
from makebelieve.runs.folder import hold, write_json
from makebelieve.runs.planning import Plan, plan
from makebelieve.runs.run import Run
from makebelieve.runs.scribe import KEPT, Scribe, failure, write_about
from makebelieve.training.devices import World, connect
from makebelieve.training.loop import Event, NonFinite, train
from makebelieve.training.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from makebelieve.data.spec import Dataset, Split
    from makebelieve.recipe import Recipe

    Watch = Callable[[Event, State], Iterable[str] | None]

__all__ = ["Plan", "initial", "plan", "resume", "start"]


def silent(event: Event, state: State) -> None:
    """Watch training without a word."""


def start(
    plan: Plan,
    out: str | Path | None = None,
    *,
    watch: Watch = silent,
    stop: Callable[[], bool] = lambda: False,
    world: World | None = None,
) -> Run:
    """Begin a run and train it to the end of its budget.

    Args:
        plan: what `plan` returned.
        out: the run's folder; None makes one in the store.
        watch: told every event, with the state; sentences that it returns go into findings.jsonl.
        stop: asked after every step; True ends training after a checkpoint.
        world: this process among others; None asks the environment.

    Raises:
        InputError: the folder is not empty, or the data do not suit the model.
        TrainingError: a number was not finite.
    """
    t = plan.recipe.training
    world = world or connect(t.device, t.threads)
    _check_world(plan.recipe, world)
    state = initial(plan, world)  # before any file is made: it refuses data it cannot use
    folder = Path(world.agreed(str(_make_folder(plan, out)) if world.main else ""))
    if world.main:
        write_about(folder, plan, state)
        write_json(folder / "recipe.json", recipe.to_dict(plan.recipe))
    world.wait()
    return _drive(folder, plan, state, world, watch, stop)


def resume(
    run: str | Path | Run,
    data: Dataset | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    watch: Watch = silent,
    stop: Callable[[], bool] = lambda: False,
    world: World | None = None,
) -> Run:
    """Go on with a run from its last checkpoint, as if it had never stopped.

    Args:
        run: a run, its folder, or its name.
        data: its data, if they were not loaded from a source.
        settings: a longer budget (`examples`, `minutes`) or another `device` or `threads`.
        watch: told every event, with the state; sentences that it returns go into findings.jsonl.
        stop: asked after every step; True ends training after a checkpoint.
        world: this process among others; None asks the environment.

    Raises:
        InputError: there is no such run, its data have changed, or it is being trained.
        TrainingError: a number was not finite.
    """
    opened = run if isinstance(run, Run) else Run(run)
    if "imported" in opened.about:
        raise InputError(
            f"{opened.name} was imported: an export holds the weights without what the optimiser "
            "remembers, so it cannot go on training; train a new run with its recipe.json"
        )
    kept = _lengthened(opened, settings or {})
    if data is None:
        if kept.data.source.startswith(recipe.MEMORY):
            raise InputError(
                f"{opened.name} was trained on data in memory: give them again, as in "
                "mb.resume(run, data)"
            )
        data = load(**dataclasses.asdict(kept.data))
    if fingerprint(data.examples, data.labels, data.split) != opened.about["data"]["fingerprint"]:
        raise InputError(
            f"{kept.data.source} has changed since {opened.name} began, so it cannot go on as "
            "before: bring the old data back, or start a new run"
        )
    plan = Plan(kept, data)
    world = world or connect(kept.training.device, kept.training.threads)
    _check_world(kept, world)
    state = initial(plan, world)
    if opened.states:
        state.load(opened.states[-1])
    if world.main:
        write_json(opened.path / "recipe.json", recipe.to_dict(kept))
    return _drive(opened.path, plan, state, world, watch, stop)


def _lengthened(run: Run, settings: Mapping[str, Any]) -> Recipe:
    """Return the run's recipe with what may change on resume."""
    free = ("examples", "minutes", "device", "threads", "keep", "tensorboard")
    values = recipe.to_dict(run.recipe)
    for name, value in settings.items():
        leaf = name.removeprefix("training.").replace("-", "_")
        if leaf not in free:
            raise InputError(
                f"{name} cannot change when a run is resumed (what can: {', '.join(free)}); "
                "start a new run instead"
            )
        values["training"][leaf] = value
    return recipe.from_dict(values, models.find(run.recipe.model).Options)


def _check_world(chosen: Recipe, world: World) -> None:
    t = chosen.training
    assert t.batch is not None
    parts = world.size * t.accumulate
    if t.batch % parts:
        raise InputError(
            f"training.batch is {t.batch} and it is split into {parts} equal parts ({world.size} "
            f"processes × accumulate {t.accumulate}): choose a multiple of {parts}"
        )


def initial(plan: Plan, world: World) -> State:
    """Build model and state; the same seed gives the same weights, on any device."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(plan.recipe.training.seed, "weights"))
        model: Any = models.build(plan.recipe, plan.data.spec)
    model.to(world.device, memory_format=torch.channels_last)
    return State(model, plan.recipe.training)


def _make_folder(plan: Plan, out: str | Path | None) -> Path:
    if out is None:
        return store.fresh(f"{plan.recipe.model}-{Path(plan.data.name).stem}")
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # recipe.json is written last: without it, our own files are a start that was cut short.
        ours: set[str] = (
            set() if store.is_run(folder) else {"about.json", "recipe.json", "status.json", *KEPT}
        )
        taken = any(entry.name.removesuffix(".part") not in ours for entry in folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder} cannot be the run's folder: {error.strerror}") from None
    if taken:
        hint = f"go on with makebelieve resume {folder}, or " if store.is_run(folder) else ""
        raise InputError(f"{folder} is not empty: {hint}choose another folder with --out")
    return folder


def _drive(
    folder: Path,
    plan: Plan,
    state: State,
    world: World,
    watch: Watch,
    stop: Callable[[], bool],
) -> Run:
    """Train, and let the main process write down what happens."""
    splits: tuple[Split, ...] = ("train", "validation")
    loaders = {split: _loader(plan, split, world) for split in splits}
    with contextlib.ExitStack() as held:
        scribe = None
        if world.main:
            held.enter_context(hold(folder))
            scribe = Scribe(folder, plan, state)
            held.callback(scribe.close)
        for event in train(state, loaders, world, stop):
            if scribe is not None:
                scribe.write(event)
                for finding in watch(event, state) or ():
                    scribe.note(event, finding)
            if isinstance(event, NonFinite):
                raise TrainingError(failure(event, folder), folder)
    return Run(folder)


def _loader(plan: Plan, split: Split, world: World) -> Loader:
    return Loader(plan.data, split, device=world.device, seed=plan.recipe.training.seed)
