"""What a run looks like on disk: who writes which file, and when."""

from __future__ import annotations

import dataclasses
import datetime
import platform
import time
from typing import TYPE_CHECKING, Any

import torch

import makebelieve
from makebelieve.data import SPLITS, pictures
from makebelieve.data.loading import Loader
from makebelieve.data.splitting import fingerprint
from makebelieve.errors import InputError
from makebelieve.models.model import Generates
from makebelieve.runs.folder import Log, write_json
from makebelieve.runs.run import generate
from makebelieve.training.loop import (
    Checkpoint,
    Event,
    Finished,
    Logged,
    NonFinite,
    Stepped,
    Validated,
    validate,
)

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.runs.planning import Plan
    from makebelieve.training.state import State

__all__ = ["GRID", "KEPT", "Scribe", "failure", "write_about"]

GRID = 64
KEPT = ("states", "samples")
FINDINGS = "findings.jsonl"


def write_about(folder: Path, plan: Plan, state: State) -> None:
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
    write_status(folder, state, "running", "")


def write_status(folder: Path, state: State, name: str, reason: str) -> None:
    clock = state.clock
    seconds = round(clock.seconds, 3)
    write_json(
        folder / "status.json",
        {"state": name, "reason": reason, "step": clock.step, "seen": clock.seen,
         "seconds": seconds},
    )  # fmt: skip


def failure(event: NonFinite, folder: Path) -> str:
    """Say in one sentence what was not finite, and what may help."""
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
        self.findings: Log | None = None
        if (folder / FINDINGS).exists():
            self.findings = Log(folder / FINDINGS, state.clock.step)
        self.board = _board(folder) if plan.recipe.training.tensorboard else None
        self._wall, self._seen = time.perf_counter(), state.clock.seen
        write_status(folder, state, "running", "")

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
                write_status(self.folder, self.state, "failed", failure(event, self.folder))
            case Finished():
                self._finished(event)
            case Stepped():
                pass

    def note(self, event: Event, sentence: str) -> None:
        """Write down what is going wrong, once: after a resume it may be seen again."""
        path = self.folder / FINDINGS
        if self.findings is None:
            self.findings = Log(path, self.state.clock.step)
        code = sentence.partition(" ")[0]
        if all(line["code"] != code for line in Log.read(path)):
            self.findings.append(
                {"step": event.step, "seen": event.seen, "code": code, "sentence": sentence}
            )

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
        write_status(self.folder, self.state, "running", "")

    def _draw(self, seen: int) -> None:
        """Draw what the same codes give now."""
        model: Any = self.state.model
        if not isinstance(model, Generates):
            return
        spec = self.plan.data.spec
        n = GRID if spec.kind == "pictures" else 1000
        self.state.swap()
        drawn = generate(model, spec, n, device=self.state.device)
        self.state.swap()
        image = pictures.show(drawn, spec)
        pictures.save(image, self.folder / "samples" / f"{seen:012d}.png")

    def _finished(self, event: Finished) -> None:
        if event.reason == "interrupted":
            write_status(self.folder, self.state, "interrupted", "asked to stop")
            return
        data = self.plan.data
        test = Loader(data, "test", device=self.state.device)
        if len(test):
            write_json(self.folder / "result.json", validate(self.state, test, limit=None))
        write_status(self.folder, self.state, "finished", f"{event.reason} used up")

    def close(self) -> None:
        """Close the logs."""
        self.log.close()
        self.timing.close()
        if self.findings is not None:
            self.findings.close()
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
