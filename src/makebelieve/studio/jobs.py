"""What the studio does in processes of their own, one in each lane, the others waiting their turn.

A training is the very command that a person could type, so that its run looks the same whoever
began it. It belongs to no studio: it goes on when this one ends, and the next one finds it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from makebelieve.errors import InputError
from makebelieve.recipe import build, command
from makebelieve.runs import store
from makebelieve.runs.crew import MOST_THREADS, cores
from makebelieve.runs.facts import read_facts
from makebelieve.runs.folder import read_json, write_json
from makebelieve.studio.messages import Refused, complaint, sentence
from makebelieve.studio.runs import progress

__all__ = ["Job", "Jobs", "exporting", "lanes", "resuming", "training"]

MOST_LANES = 4
MOST_WAITING = 100
KEPT = 50  # jobs that are over and still listed
BEHIND = 5  # how far trainings step back behind what answers a hand
ROOM = 4_096  # bytes for what a process says last

OVER = ("finished", "failed", "stopped")


@dataclass(frozen=True)
class _NoOptions:
    """Of no model."""


@dataclass
class Job:
    """One order, and how far it is.

    Args:
        kind: "train", "resume", "export" or "contest".
        title: for people.
        run: the run that it works on.
        arguments: what follows `python -m`.
        command: what a person would type.
        key: what the lesson calls it; "" outside the lesson.
        folder: where an export goes.
        state: "queued", "running", and at last "finished", "failed" or "stopped".
        why: how it ended, in one sentence.
        pid: of its process.
        born: when that began, so that a later process of the same number is not taken for it.
        asked: "stop" or "pause", once somebody did.
    """

    kind: str
    title: str
    run: str
    arguments: list[str]
    command: str
    key: str = ""
    folder: str = ""
    state: str = "queued"
    share: float = 0.0
    left: float | None = None
    why: str = ""
    pid: int = 0
    born: str = ""
    asked: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(6))

    def to_dict(self) -> dict[str, Any]:
        """Return what a page sees of it."""
        shown = ("id", "kind", "title", "run", "state", "share", "left", "why", "command", "key",
                 "folder", "asked")  # fmt: skip
        return {name: getattr(self, name) for name in shown}


def lanes() -> tuple[int, int]:
    """Return how many trainings run side by side, and the threads of each."""
    many = min(MOST_LANES, cores())
    return many, max(1, min(MOST_THREADS, cores() // many))


class Jobs:
    """The queue; `tick` moves it on.

    Args:
        home: where jobs.json and what the processes say are kept.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.jobs: list[Job] = []
        self._own: dict[str, subprocess.Popen[bytes]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._load()

    def _load(self) -> None:
        with contextlib.suppress(InputError, TypeError):
            self.jobs = [Job(**values) for values in read_json(self.home / "jobs.json")]

    def _save(self) -> None:
        over = [job for job in self.jobs if job.state in OVER][:-KEPT]
        for job in over:
            self._said_file(job).unlink(missing_ok=True)
        self.jobs = [job for job in self.jobs if job not in over]
        # With the disk full the queue goes on in memory.
        with contextlib.suppress(OSError):
            write_json(self.home / "jobs.json", [dataclasses.asdict(job) for job in self.jobs])

    @property
    def busy(self) -> bool:
        """Whether there is anything to move on."""
        return any(job.state not in OVER for job in self.jobs)

    def find(self, id_: str) -> Job:
        """Return a job.

        Raises:
            Refused: there is none.
        """
        for job in self.jobs:
            if job.id == id_:
                return job
        raise Refused(404, "There is no such job any more.")

    def of_run(self, run: str) -> Job | None:
        """Return the job that is at work on a run, or will be."""
        return next((j for j in self.jobs if j.run == run and j.state not in OVER), None)

    def of_key(self, key: str) -> Job | None:
        """Return the last job of the lesson's key."""
        return next((job for job in reversed(self.jobs) if job.key == key), None)

    def add(self, job: Job) -> Job:
        """Take an order: behind the others, but before the lesson's.

        Raises:
            Refused: something is at work on this run already, or too much waits.
        """
        if job.run and self.of_run(job.run) is not None:
            raise Refused(409, f"{job.run} is being worked on already: wait, or stop it first.")
        if sum(j.state == "queued" for j in self.jobs) >= MOST_WAITING:
            raise Refused(429, f"{MOST_WAITING} jobs wait already: let some of them end first.")
        waiting = [i for i, j in enumerate(self.jobs) if j.state == "queued" and j.key]
        place = waiting[0] if waiting and not job.key else len(self.jobs)
        self.jobs.insert(place, job)
        self._save()
        return job

    def stop(self, id_: str, how: str = "stop") -> Job:
        """End a job; a training keeps a checkpoint.

        Args:
            id_: whose.
            how: "stop" or "pause"; they differ in what is said.
        """
        job = self.find(id_)
        if job.state == "queued":
            self._over(job, "stopped", "it was taken out of the queue")
        elif job.state == "running":
            # Asked once: whoever presses Ctrl-C twice wants no checkpoint.
            first, job.asked = not job.asked, how
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if first and self._alive(job):
                    os.kill(job.pid, signal.SIGINT)
        self._save()
        return job

    def tick(self) -> list[Job]:
        """Move the queue on, and return the jobs of which there is something new to say."""
        if not self.busy:
            return self._news()
        for job in self.jobs:
            if job.state == "running":
                self._look(job)
        room = lanes()[0] - sum(job.state == "running" for job in self.jobs)
        for job in [job for job in self.jobs if job.state == "queued"][: max(0, room)]:
            self._start(job)
        return self._news()

    def _news(self) -> list[Job]:
        fresh = [job for job in self.jobs if self._told.get(job.id) != job.to_dict()]
        self._told = {job.id: job.to_dict() for job in self.jobs}
        if any(job.state in OVER or job.share == 0 for job in fresh):
            self._save()
        return fresh

    def exported(self, run: str) -> Path:
        """Return a zip of what was exported last of a run.

        Raises:
            Refused: nothing was.
        """
        done = [j for j in self.jobs if (j.kind, j.run, j.state) == ("export", run, "finished")]
        folder = Path(done[-1].folder) if done else None
        if folder is None or not folder.is_dir():
            raise Refused(404, f"{run} was not exported yet.")
        target = folder.with_name(f"{folder.name}.zip")
        if not target.exists():
            part = shutil.make_archive(str(folder.with_name(f".{folder.name}")), "zip", folder)
            Path(part).replace(target)
        return target

    # One job

    def _start(self, job: Job) -> None:
        said = self._said_file(job)
        try:
            said.parent.mkdir(parents=True, exist_ok=True)
            # Written beforehand, so that the last words have their room on a disk that is full.
            said.write_bytes(b"\n" * ROOM)
            with said.open("r+b") as words:
                process = subprocess.Popen(  # noqa: S603 - an order of the page, without a shell
                    [sys.executable, "-m", *job.arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=words,
                    # Neither Ctrl-C in the terminal nor the end of the studio ends it.
                    start_new_session=True,
                )
        except OSError as error:
            self._over(job, "failed", f"it could not be started: {error.strerror or error}")
            return
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, BEHIND)
        self._own[job.id] = process
        job.state, job.pid, job.born = "running", process.pid, _born(process.pid)
        self._save()

    def _look(self, job: Job) -> None:
        """See how far a job is, or how it ended."""
        process = self._own.get(job.id)
        code = process.poll() if process is not None else None
        ended = code is not None if process is not None else not self._alive(job)
        facts = self._facts(job)
        if facts is not None and job.kind in ("train", "resume"):
            done = progress(facts)
            job.share, job.left = round(done["share"], 4), done["left"]
        elif job.kind == "contest":
            job.share = _share_of(self.home / "contest" / f".{job.arguments[-1]}.progress")
        if not ended:
            return
        self._own.pop(job.id, None)
        job.left = None
        if job.kind in ("train", "resume"):
            self._over(job, *self._end_of_training(job, facts, code))
        else:
            self._over(job, *self._end_of_other(job, code))

    def _end_of_training(self, job: Job, facts: Any, code: int | None) -> tuple[str, str]:
        """Return the state and the sentence with which a training ended."""
        said = self._said(job)
        if facts is None:
            if job.asked:
                return "stopped", "it was stopped before its first checkpoint"
            return "failed", said or f"its process ended before it began (code {code})"
        seen, state = facts.seen, facts.state
        if state == "finished":
            return "finished", ""
        # Of the checkpoint, not of the last line of the log.
        kept = f"resume goes on from the checkpoint at {seen:,} examples"
        if not any((facts.path / "states").glob("*.safetensors")):
            kept = "there was no checkpoint yet, so resume begins anew"
        if state == "interrupted":
            return "stopped", f"{'paused' if job.asked == 'pause' else 'stopped'}: {kept}"
        if said:
            return "failed", f"{said.rstrip('.')}; {kept}"
        if state == "failed":
            return "failed", facts.status.get("reason", "")
        return "stopped", f"stopped: its process was ended from outside; {kept}"

    def _end_of_other(self, job: Job, code: int | None) -> tuple[str, str]:
        if job.asked:
            return "stopped", "it was stopped"
        done = code == 0 if code is not None else bool(job.folder and Path(job.folder).exists())
        if done:
            return "finished", ""
        return "failed", self._said(job) or f"its process ended by itself (code {code})"

    def _over(self, job: Job, state: str, why: str) -> None:
        job.state, job.left = state, None
        if job.run and state != "finished":
            with contextlib.suppress(OSError):
                (store.store() / job.run).rmdir()  # the place that was kept for it, if still empty
        job.why = sentence(why) if why else ""
        job.share = 1.0 if state == "finished" else job.share

    def _facts(self, job: Job) -> Any:
        folder = store.store() / job.run
        if not job.run or not store.is_run(folder):
            return None
        facts = read_facts(folder, strict=False)
        return None if facts.problem else facts

    def _alive(self, job: Job) -> bool:
        """Say whether the very process of a job lives."""
        try:
            os.kill(job.pid, 0)
        except (ProcessLookupError, OverflowError, ValueError):
            return False
        except PermissionError:
            return False  # somebody else's by now
        return job.pid > 0 and _born(job.pid) == job.born

    def _said_file(self, job: Job) -> Path:
        return self.home / "jobs" / f"{job.id}.txt"

    def _said(self, job: Job) -> str:
        """Return the sentence that a process ended with; "" where it said none."""
        try:
            text = self._said_file(job).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        why, last = complaint(text)
        # A fault of the program: the last line of its traceback.
        fault = re.fullmatch(r"[\w.]+(Error|Exception)\b.*", last)
        return why or (f"the program failed: {last}" if fault else "")


def _born(pid: int) -> str:
    """Return when a process began, as the system counts it; "" where it does not say or is over."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        done = subprocess.run(  # noqa: S603
            ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607
            capture_output=True, text=True, check=False,
        ) if not Path("/proc/self").exists() else None  # fmt: skip
        return done.stdout.strip() if done else ""
    words = facts.rpartition(")")[2].split()
    return "" if words[0] in "ZX" else words[19]


def _share_of(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return 0.0


# Orders


def training(
    model: str, source: str, settings: dict[str, Any], name: str | None = None, *, key: str = "",
    title: str = "",
) -> Job:  # fmt: skip
    """Return the job of training a model.

    Args:
        model: "judge", "autoencoder", "vae" or "gan".
        source: what `load` takes.
        settings: recipe keys by path or name.
        name: of the run; None: the next free one.
        key: what the lesson calls it.
        title: for people.

    Raises:
        Refused: the name is taken or cannot be used.
    """
    given = {setting: value for setting, value in settings.items() if value is not None}
    folder = _place(name, model, source, lesson=bool(key))
    own = {"training.threads": lanes()[1]}
    sets = [word for pair in (own | given).items() for word in ("--set", "{}={}".format(*pair))]
    return Job(
        "train", title or f"{model} on {Path(source).name}", folder.name,
        ["makebelieve", "train", "--quiet", "--out", str(folder), *sets, "--", model, source],
        command(model, source, given), key=key,
    )  # fmt: skip


def _place(name: str | None, model: str, source: str, *, lesson: bool) -> Path:
    """Keep a place in the store for a run that will be."""
    if name is None:
        return store.fresh(f"{model}-{Path(source).stem}")
    if not store.NAME.fullmatch(name):
        raise Refused(
            400, f"{name[:100]!r} cannot name a run: use letters, digits, spaces, - and _."
        )
    folder = store.store() / name
    try:
        folder.mkdir(parents=True, exist_ok=lesson)
    except FileExistsError:
        raise Refused(409, f"There is already a run called {name!r}.") from None
    return folder


def resuming(run: str, settings: dict[str, Any], *, key: str = "", title: str = "") -> Job:
    """Return the job of going on with a run.

    Args:
        run: its name.
        settings: `examples`, `minutes` or `device`.
        key: what the lesson calls it.
        title: for people.

    Raises:
        Refused: another setting, which could not change, or a value that does not fit.
    """
    words = []
    for setting, value in settings.items():
        leaf = setting.removeprefix("training.")
        if leaf not in ("examples", "minutes", "device"):
            why = f"{setting[:60]} cannot change when a run goes on: train a new one."
            raise Refused(400, why, setting)
        if value is not None:
            words += [f"--{leaf}", str(_checked(leaf, value))]
    shown = shlex.join(["makebelieve", "resume", run, *words])
    arguments = ["makebelieve", "resume", "--quiet", *words, "--", str(store.store() / run)]
    return Job("resume", title or f"going on with {run}", run, arguments, shown, key=key)


def _checked(leaf: str, value: Any) -> Any:
    """Return a setting of the training as the recipe holds it."""
    try:
        # What a training takes does not depend on the model, and models need PyTorch.
        return getattr(build("", _NoOptions, {f"training.{leaf}": value}).training, leaf)
    except InputError as error:
        raise Refused(400, sentence(error), f"training.{leaf}") from None


def exporting(run: str) -> Job:
    """Return the job of writing a run as files for others."""
    exports = store.home() / "exports"
    number = 1
    while (exports / f"{run}-{number}").exists():
        number += 1
    folder = exports / f"{run}-{number}"
    exports.mkdir(parents=True, exist_ok=True)
    shown = shlex.join(["makebelieve", "export", run, "--out", folder.name])
    path = str(store.store() / run)
    without = [] if importlib.util.find_spec("onnx") else ["--no-onnx"]
    arguments = ["makebelieve", "export", *without, "--out", str(folder), "--", path]
    return Job("export", f"exporting {run}", run, arguments, shown, folder=str(folder))
