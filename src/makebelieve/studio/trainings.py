"""What is trained while the lesson is read: which runs, in which order, and how far they are."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from makebelieve.runs import store
from makebelieve.runs.facts import read_facts
from makebelieve.studio.jobs import Job, Jobs, resuming, training
from makebelieve.studio.messages import Refused
from makebelieve.studio.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from makebelieve.lessons.lesson import Lesson, Trained

__all__ = ["EARLY", "Trainings", "run_of"]

EARLY = 3  # trainings that begin before the first contest
CONTEST = "contest"


def run_of(key: str) -> str:
    """Return the name of the run that the lesson calls by this key."""
    return f"lesson-{key}"


class Trainings:
    """The trainings of a lesson, as jobs of the queue.

    Args:
        jobs: the queue.
        home: where the recordings of the contest are.
    """

    def __init__(self, jobs: Jobs, home: Path) -> None:
        self.jobs, self.home = jobs, home
        self.wanted: dict[str, Trained | str] = {}
        self._told: dict[str, dict[str, Any]] = {}

    def want(self, lessons: Iterable[Lesson]) -> None:
        """Note what lessons need, in their order; the contests fill what is left of it."""
        runs = {run.id: run for lesson in lessons for run in lesson.runs}
        contests = [(contest_key(name), name) for name in PRESETS]
        # What is trained twice by lessons that share a key is trained once.
        first = list(runs.items())
        self.wanted = dict([*first[:EARLY], contests[0], *first[EARLY:], *contests[1:]])

    def begin(self) -> None:
        """Queue everything that is neither there nor under way."""
        for key, what in self.wanted.items():
            if self._of(key)["state"] in ("finished", "training"):
                continue
            job = self.jobs.of_key(key)
            if job is None or job.state != "queued":
                # Somebody may be at work on this run by hand.
                with contextlib.suppress(Refused):
                    self.jobs.add(self._job(key, what))

    def _job(self, key: str, what: Trained | str) -> Job:
        if isinstance(what, str):
            shown = f"python -m makebelieve.studio.contest {what}"
            return Job("contest", f"the contest, {what}", "", shown.split()[2:], shown, key=key)
        run = run_of(key)
        # What was interrupted goes on; the place of one that was cut short at its start is taken.
        if store.is_run(store.store() / run):
            return resuming(run, {}, key=key, title=what.about)
        return training(what.model, what.source, what.settings, run, key=key, title=what.about)

    def _of(self, key: str) -> dict[str, Any]:
        """Return how far the training of one key is."""
        what, job = self.wanted[key], self.jobs.of_key(key)
        run = what if isinstance(what, str) else run_of(key)
        found = {
            "state": "waiting", "share": 0.0, "left": None, "run": run, "why": "",
            "ready": _ready(what, run),
        }  # fmt: skip
        if self._there(what, run):
            return found | {"state": "finished", "share": 1.0, "ready": True}
        if job is None or job.state in ("queued", "finished"):
            return found  # finished, and deleted since
        share = {"share": job.share, "left": job.left, "why": job.why}
        if job.state == "running":
            return found | share | {"state": "training"}
        return found | share | {"state": "failed", "left": None}

    def _there(self, what: Trained | str, run: str) -> bool:
        if isinstance(what, str):
            return (self.home / "contest" / f"{run}.json").is_file()
        folder = store.store() / run
        return store.is_run(folder) and read_facts(folder, strict=False).state == "finished"

    def state(self) -> dict[str, dict[str, Any]]:
        """Return how far everything is, by key."""
        return {key: self._of(key) for key in self.wanted}

    def news(self) -> list[dict[str, Any]]:
        """Return what has changed since the last call, as messages."""
        now = self.state()
        fresh = {key: found for key, found in now.items() if self._told.get(key) != found}
        self._told = now
        return [{"type": "training", "key": key, **found} for key, found in fresh.items()]


def _ready(what: Trained | str, run: str) -> bool:
    """Say whether a run has a checkpoint, so that it can be asked while it learns."""
    states = store.store() / run / "states"
    return not isinstance(what, str) and any(states.glob("*.safetensors"))


def contest_key(preset: str) -> str:
    """Return the key of a contest: "contest" for the even one.

    Example:
        >>> contest_key("even"), contest_key("weak-detective")
        ('contest', 'contest-weak-detective')
    """
    return CONTEST if preset == next(iter(PRESETS)) else f"{CONTEST}-{preset}"
