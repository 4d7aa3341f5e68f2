"""Drive the engine: resolve a recipe, turn events into files, and go on where a run stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import makebelieve
from makebelieve import models, recipe
from makebelieve.data import SPLITS, check_enough, load, pictures
from makebelieve.data.loading import Loader
from makebelieve.data.spec import Dataset
from makebelieve.data.splitting import fingerprint
from makebelieve.errors import InputError, TrainingError
from makebelieve.models.model import Generates
from makebelieve.rng import seed_for
from makebelieve.runs import store
from makebelieve.runs.folder import Log, hold, write_json
from makebelieve.runs.run import Run, from_model
from makebelieve.training.devices import World, connect
from makebelieve.training.loop import (
    Checkpoint,
    Event,
    Finished,
    Logged,
    NonFinite,
    Stepped,
    Validated,
    train,
    validate,
)
from makebelieve.training.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from makebelieve.data.spec import Split
    from makebelieve.recipe import Recipe

    Watch = Callable[[Event, State], None]

__all__ = ["Plan", "initial", "plan", "resume", "start"]

GRID = 64
KEPT = ("states", "samples")


def silent(event: Event, state: State) -> None:
    """Watch training without a word."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """A resolved recipe and the data that it was resolved for."""

    recipe: Recipe
    data: Dataset


def plan(model: str, data: str | Path | Dataset, settings: Mapping[str, Any] | None = None) -> Plan:
    """Resolve a recipe: load the data and fill in what was left open.

    Args:
        model: a name in the table of models.
        data: a source for `load`, or what `load` returned.
        settings: recipe keys by path or name.

    Raises:
        InputError: an unknown model or key, or data that cannot be used.
    """
    kind = models.find(model)
    given = dict(settings or {})
    if not isinstance(data, Dataset):
        given.setdefault("data.source", str(data))
    elif data.origin is not None:
        given = {f"data.{key}": value for key, value in data.origin.items()} | given
    else:
        given.setdefault("data.source", f"memory:{data.name}")
    draft = recipe.build(model, kind.Options, given)
    dataset = data if isinstance(data, Dataset) else load(**dataclasses.asdict(draft.data))
    resolved = _resolved(draft, dataset, kind)
    return Plan(resolved, dataset)


def _resolved(draft: Recipe, data: Dataset, kind: Any) -> Recipe:
    """Fill in every key that was left open, and check what depends on the data."""
    n = len(data.rows("train"))
    check_enough(data)
    t = draft.training
    defaults = kind.defaults(data.spec, n)
    if t.minutes is not None:
        # A budget of minutes alone means: as many examples as fit in.
        length = defaults.pop("examples")
    else:
        length = t.examples or defaults["examples"]
    defaults |= {"checkpoint": max(1, length // 20), "validate": max(1, length // 40)}
    opened = {k: v for k, v in defaults.items() if getattr(t, k) is None}
    if "batch" in opened:
        opened["batch"] = min(opened["batch"], 2 ** (n.bit_length() - 1))
    t = dataclasses.replace(t, **opened)
    assert t.batch is not None
    if t.batch % t.accumulate:
        raise InputError(
            f"training.batch is {t.batch} and training.accumulate is {t.accumulate}: the batch "
            "must be a multiple of it"
        )
    source = draft.data.source
    if Path(source).exists():
        # So that the run can be resumed from any folder.
        source = str(Path(source).resolve())
    return dataclasses.replace(
        draft, training=t, data=dataclasses.replace(draft.data, source=source)
    )


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
        watch: told every event, with the state.
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
        _write_about(folder, plan, state)
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
        watch: told every event, with the state.
        stop: asked after every step; True ends training after a checkpoint.
        world: this process among others; None asks the environment.

    Raises:
        InputError: there is no such run, its data have changed, or it is being trained.
        TrainingError: a number was not finite.
    """
    opened = run if isinstance(run, Run) else Run(run)
    kept = _lengthened(opened, settings or {})
    if data is None:
        if kept.data.source.startswith("memory:"):
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


def _write_about(folder: Path, plan: Plan, state: State) -> None:
    """Write what made the run; recipe.json follows it and makes the folder a run."""
    data, spec = plan.data, plan.data.spec
    write_json(
        folder / "about.json",
        {
            "makebelieve": makebelieve.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "threads": torch.get_num_threads(),
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "spec": {"kind": spec.kind, "shape": spec.shape, "classes": spec.classes},
            "data": {
                "name": data.name,
                "about": data.about,
                "label_column": data.label_column,
                "fingerprint": fingerprint(data.examples, data.labels, data.split),
                **{split: len(data.rows(split)) for split in SPLITS},
                "skipped": [dataclasses.asdict(s) for s in data.skipped],
            },
            "parameters": {name: len(f.values) for name, f in state.players.items()},
        },
    )
    for name in KEPT:
        (folder / name).mkdir(exist_ok=True)
    _write_status(folder, state, "running", "")


def _write_status(folder: Path, state: State, name: str, reason: str) -> None:
    clock = state.clock
    seconds = round(clock.seconds, 3)
    write_json(
        folder / "status.json",
        {"state": name, "reason": reason, "step": clock.step, "seen": clock.seen,
         "seconds": seconds},
    )  # fmt: skip


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
                watch(event, state)
            if isinstance(event, NonFinite):
                raise TrainingError(_failure(event, folder), folder)
    return Run(folder)


def _loader(plan: Plan, split: Split, world: World) -> Loader:
    return Loader(plan.data, split, device=world.device, seed=plan.recipe.training.seed)


def _failure(event: NonFinite, folder: Path) -> str:
    return (
        f"step {event.step}: {event.term} of the {event.player} was not finite, so training "
        f"stopped; the last good state is kept in {folder} (try a lower training.learning_rate, "
        "or training.clip=1)"
    )


class Scribe:
    """Turns events into the files of a run.

    Args:
        folder: the run.
        plan: recipe and data.
        state: what is being trained.
    """

    def __init__(self, folder: Path, plan: Plan, state: State) -> None:
        self.folder, self.plan, self.state = folder, plan, state
        for left in folder.rglob("*.part"):
            left.unlink()  # a write that a kill cut short
        self.log = Log(folder / "log.jsonl", state.clock.step)
        # Apart from the log, because the clock on the wall never runs the same way twice.
        self.timing = Log(folder / "timing.jsonl", state.clock.step)
        self.board = _board(folder) if plan.recipe.training.tensorboard else None
        self._wall, self._seen = time.perf_counter(), state.clock.seen
        _write_status(folder, state, "running", "")

    def write(self, event: Event) -> None:
        """Write down one event."""
        match event:
            case Logged():
                self._logged(event)
            case Validated():
                self._validated(event)
            case Checkpoint():
                self._checkpoint(event)
            case NonFinite():
                _write_status(self.folder, self.state, "failed", _failure(event, self.folder))
            case Finished():
                self._finished(event)
            case Stepped():
                pass

    def _logged(self, event: Logged) -> None:
        self.log.append({"step": event.step, "seen": event.seen, **event.values})
        now, seen = time.perf_counter(), event.seen
        speed = round((seen - self._seen) / (now - self._wall), 1)
        seconds = round(self.state.clock.seconds, 3)
        self.timing.append(
            {"step": event.step, "seen": seen, "seconds": seconds, "examples_per_second": speed}
        )
        self._wall, self._seen = now, seen
        if self.board is not None:
            for name, value in event.values.items():
                self.board.add_scalar(f"train/{name}", value, seen)

    def _validated(self, event: Validated) -> None:
        scores = {"train": event.train, "validation": event.validation}
        self.log.append({"step": event.step, "seen": event.seen, "scores": scores})
        if self.board is not None:
            for name, value in event.validation.items():
                self.board.add_scalar(f"validation/{name}", value, event.seen)

    def _checkpoint(self, event: Checkpoint) -> None:
        path = self.folder / "states" / f"{event.seen:012d}.safetensors"
        self.state.save(path)
        self._draw(event.seen)
        for old in sorted(path.parent.glob("*.safetensors"))[: -self.plan.recipe.training.keep]:
            old.unlink()
        _write_status(self.folder, self.state, "running", "")

    def _draw(self, seen: int) -> None:
        """Draw what the same codes give now."""
        model: Any = self.state.model
        if not isinstance(model, Generates):
            return
        spec = self.plan.data.spec
        n = GRID if spec.kind == "pictures" else 1000
        generator = torch.Generator().manual_seed(seed_for(0, "sample"))
        codes = torch.randn(n, model.latent_dim, generator=generator)
        labels = (
            torch.arange(n) % max(1, len(spec.classes)) if getattr(model, "classes", 0) else None
        )
        device = self.state.players[next(iter(self.state.players))].values.device
        self.state.swap()
        drawn = from_model(
            spec,
            lambda rows: model.sample(
                codes[rows].to(device), None if labels is None else labels[rows].to(device)
            ),
            n,
        )
        self.state.swap()
        image = pictures.show(drawn, spec)
        pictures.save(image, self.folder / "samples" / f"{seen:012d}.png")

    def _finished(self, event: Finished) -> None:
        if event.reason == "interrupted":
            _write_status(self.folder, self.state, "interrupted", "asked to stop")
            return
        data = self.plan.data
        test = Loader(data, "test", device=next(iter(self.state.players.values())).values.device)
        if len(test):
            write_json(self.folder / "result.json", validate(self.state, test, limit=None))
        _write_status(self.folder, self.state, "finished", f"{event.reason} used up")

    def close(self) -> None:
        """Close the logs."""
        self.log.close()
        self.timing.close()
        if self.board is not None:
            self.board.close()


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise InputError(
            "training.tensorboard needs the package tensorboard: "
            "pip install 'makebelieve[tensorboard]'"
        ) from None
    return SummaryWriter(str(folder / "tensorboard"))
