"""Everything that a page shows, measured once: the runs of a demo and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from makebelieve.reports.judged import SURE, HeldOut, Judged, held_out, judged
from makebelieve.reports.made import Made, made, real
from makebelieve.runs import store
from makebelieve.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from makebelieve.data.spec import Dataset

__all__ = ["MAKERS", "Evidence", "gather"]

MAKERS = ("autoencoder", "vae", "gan")


@dataclass
class Evidence:
    """What was measured, and what it was measured on.

    Args:
        data: what all models were trained on.
        held: examples that none of them was trained on.
        runs: by model, those with something to show.
        judge: what the judge is worth; None without one.
        makers: what each maker is worth, by model.
        real: the same of real examples.
        seconds: how long all of it took, on the clock on the wall.
        cores: how many processor cores there were.
        failures: the sentence of each model that could not be trained.
    """

    data: Dataset
    held: HeldOut
    runs: dict[str, Run]
    judge: Judged | None
    makers: dict[str, Made]
    real: Made
    seconds: float
    cores: int
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        """What an example is called: "pictures" or "points"."""
        return self.data.spec.kind

    @property
    def pictured(self) -> bool:
        """Whether the examples are pictures."""
        return self.data.spec.kind == "pictures"

    def distance(self, value: float) -> str:
        """Write a distance with its unit."""
        return f"{value:.1f}" if self.pictured else f"{value:.3f}"

    def facts(self) -> dict[str, Any]:
        """Return every number, as plain values for JSON."""
        data = self.data
        return {
            "source": data.name,
            "train": len(data.rows("train")),
            "held_out": len(self.held.rows),
            "held_out_split": self.held.split,
            "seconds": self.seconds,
            "cores": self.cores,
            "sure": SURE,
            "judge": None if self.judge is None else self.judge.facts(),
            "real": self.real.facts(),
            "makers": {name: found.facts() for name, found in self.makers.items()},
            "runs": {name: _run_facts(run) for name, run in self.runs.items()},
            "failures": dict(self.failures),
        }


def _run_facts(run: Run) -> dict[str, Any]:
    status = run.status
    return {
        "folder": str(run.path.absolute()),
        "state": status["state"],
        "seen": status["seen"],
        "seconds": status["seconds"],
        "parameters": run.about["parameters"],
        "result": run.result,
    }


def gather(
    folder: Path,
    data: Dataset,
    *,
    seconds: float,
    cores: int,
    failures: Mapping[str, str],
) -> Evidence:
    """Measure what the runs in a folder are worth.

    Args:
        folder: holds one run for each model, named by it.
        data: what they were trained on.
        seconds: how long training took.
        cores: how many processor cores there were.
        failures: the sentence of each model that could not be trained.
    """
    runs = _runs(folder)
    held = held_out(data)
    judge = runs.get("judge")
    floor = real(judge, data, held)
    return Evidence(
        data=data,
        held=held,
        runs=runs,
        judge=None if judge is None else judged(judge, data, held),
        makers={
            name: made(runs[name], judge, data, held, floor) for name in MAKERS if name in runs
        },
        real=floor,
        seconds=seconds,
        cores=cores,
        failures=failures,
    )


def _runs(folder: Path) -> dict[str, Run]:
    """Return the runs that have a checkpoint, the judge first."""
    found = {name: folder / name for name in ("judge", *MAKERS)}
    opened = {name: Run(path) for name, path in found.items() if store.is_run(path)}
    return {name: run for name, run in opened.items() if run.states}
