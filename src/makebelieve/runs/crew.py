"""Several models trained side by side, each lane of them in a process of its own.

Two jobs with one thread each beat one job with two threads at the sizes of small pictures.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

__all__ = ["Job", "cores", "lanes", "together"]

# How the time of a lane is divided among its models, whichever they are.
WEIGHTS = {"judge": 2, "autoencoder": 3, "vae": 4, "gan": 9}

# Validation, checkpoints and drawings take time as well, and a budget of minutes does not count it.
TRAINING_SHARE = 0.92

MOST_THREADS = 4  # of one small net; more make it slower


@dataclass
class Job:
    """One model to be trained, and how far it is.

    Args:
        model: a name in the table of models.
        source: a source for `load`.
        out: the folder of its run.
        settings: recipe keys.
        resume: whether to go on with the run in `out`.
        within: whether the minutes are only a limit on the examples that the recipe asks for.
    """

    model: str
    source: str
    out: Path
    settings: dict[str, Any] = field(default_factory=dict)
    resume: bool = False
    within: bool = False
    state: str = "waiting"  # then "training", and at last "finished", "interrupted" or "failed"
    share: float = 0.0
    left: float | None = None
    seen: int = 0
    score: str = ""
    why: str = ""
    mistake: bool = False  # whether it failed because of what was asked

    def hear(self, news: dict[str, Any]) -> None:
        """Take in one line of news from the worker."""
        event = news["event"]
        self.seen = news.get("seen", self.seen)
        if event == "started":
            self.state = "training"
        elif event == "step":
            self.share, self.left = news["share"], news["left"]
        elif event == "score":
            self.score = news["score"]
        else:
            self.state, self.why, self.left = event, news.get("why", ""), None
            self.mistake = news.get("mistake", False)
            self.share = 1.0 if event == "finished" else self.share


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lanes(jobs: Sequence[Job], count: int) -> list[list[Job]]:
    """Divide jobs among processes: the longest first, each to the lane with the least work.

    Args:
        jobs: what is to be trained.
        count: how many processes there may be.

    Example:
        >>> from pathlib import Path
        >>> four = [Job(m, "ring", Path(m)) for m in ("judge", "autoencoder", "vae", "gan")]
        >>> [[job.model for job in lane] for lane in lanes(four, 2)]
        [['gan'], ['judge', 'autoencoder', 'vae']]
    """
    divided: list[list[Job]] = [[] for _ in range(max(1, min(count, len(jobs))))]
    for job in sorted(jobs, key=lambda job: -WEIGHTS[job.model]):
        min(divided, key=lambda lane: sum(WEIGHTS[j.model] for j in lane)).append(job)
    # Within a lane the order is the one given: a person meets the judge first.
    return [sorted(lane, key=jobs.index) for lane in divided if lane]


class Lane:
    """One worker process and the jobs that it does in turn.

    Args:
        jobs: what to train, in order.
        threads: CPU threads of the process.
        deadline: when all must be done, on the clock of `time.monotonic`; None: no such time.
        errors: the file for what the process says about its own troubles.
    """

    def __init__(
        self, jobs: list[Job], threads: int, deadline: float | None, errors: IO[bytes]
    ) -> None:
        self.jobs, self.threads, self.deadline, self.errors = jobs, threads, deadline, errors
        self.process: subprocess.Popen[str] | None = None

    @property
    def current(self) -> Job | None:
        """The job that is next or under way."""
        return next((job for job in self.jobs if job.state in {"waiting", "training"}), None)

    def go_on(self, hear: Callable[[Lane, dict[str, Any] | None], None]) -> None:
        """Order the next job, or close the process when there is none."""
        job = self.current
        if job is None:
            self.stop()
            return
        if self.process is None:
            self.process = self._begin(hear)
        order = {
            "model": job.model,
            "source": job.source,
            "out": str(job.out),
            "settings": {**job.settings, "training.threads": self.threads},
            "resume": job.resume,
            "minutes": None if self.deadline is None else self._minutes(job, self.deadline),
            "within": job.within,
        }
        # Should the process be gone, its reader will say so.
        with contextlib.suppress(BrokenPipeError):
            _pipe(self.process.stdin).write(json.dumps(order) + "\n")
            _pipe(self.process.stdin).flush()

    def _minutes(self, job: Job, deadline: float) -> float:
        """Return the job's fair part of the time that is left, at least three seconds."""
        waiting = sum(WEIGHTS[j.model] for j in self.jobs if j.state == "waiting")
        left = (deadline - time.monotonic()) * WEIGHTS[job.model] / waiting
        return max(3.0, left * TRAINING_SHARE) / 60

    def _begin(self, hear: Callable[[Lane, dict[str, Any] | None], None]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "makebelieve.runs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            # Ctrl-C reaches the parent alone, which then closes the worker's input.
            start_new_session=True,
        )

        def read() -> None:
            with _pipe(process.stdout) as lines:
                for line in lines:
                    hear(self, json.loads(line))
            process.wait()
            hear(self, None)

        threading.Thread(target=read, daemon=True).start()
        return process

    def stop(self) -> None:
        """Ask the process to end; it keeps what it has."""
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                _pipe(self.process.stdin).close()

    def ended(self) -> None:
        """Note that the process is gone, with or without having said why."""
        job, process = self.current, self.process
        self.stop()
        self.process = None
        if job is not None and job.state == "training":
            code = process.returncode if process is not None else None
            job.hear({"event": "failed", "why": f"its process ended by itself (code {code})"})


def _pipe(end: IO[str] | None) -> IO[str]:
    if end is None:
        raise TypeError("a worker is started with pipes to its standard input and output")
    return end


def together(
    jobs: Sequence[Job],
    folder: Path,
    *,
    minutes: float | None = None,
    count: int | None = None,
) -> Generator[None, None, None]:
    """Train several models side by side; yields now and then, so that progress can be shown.

    Closing the iterator, or an exception thrown into it, stops all with checkpoints.

    Args:
        jobs: what to train; their fields tell how far they are.
        folder: where errors.log goes, if there is anything to say.
        minutes: time for all of them together; None: what their recipes say.
        count: how many processes at most; None: one for each core.
    """
    divided = lanes(jobs, count or cores())
    threads = max(1, min(MOST_THREADS, cores() // len(divided)))
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    heard: queue.Queue[tuple[Lane, dict[str, Any] | None]] = queue.Queue()
    log = folder / "errors.log"
    with log.open("ab") as errors:
        working = [Lane(lane, threads, deadline, errors) for lane in divided]
        try:
            for lane in working:
                lane.go_on(lambda *news: heard.put(news))
            yield from _until_done(working, heard)
        finally:
            _stop(working, heard)
    if log.stat().st_size == 0:
        log.unlink()


def _until_done(
    working: list[Lane], heard: queue.Queue[tuple[Lane, dict[str, Any] | None]]
) -> Iterator[None]:
    while any(lane.process is not None for lane in working):
        yield
        try:
            lane, news = heard.get(timeout=0.2)
        except queue.Empty:
            continue
        if news is None:
            lane.ended()
            if lane.current is not None:  # a process that died takes one job with it, not all
                lane.go_on(lambda *news: heard.put(news))
            continue
        job = next(job for job in lane.jobs if job.model == news["model"])
        job.hear(news)
        if job.state not in {"waiting", "training"}:
            lane.go_on(lambda *news: heard.put(news))
    yield


def _stop(working: list[Lane], heard: queue.Queue[tuple[Lane, dict[str, Any] | None]]) -> None:
    """End every process cleanly; a second Ctrl-C ends them at once."""
    try:
        for lane in working:
            lane.stop()
        while any(lane.process is not None for lane in working):
            lane, news = heard.get()
            if news is None:
                lane.ended()
            else:
                next(job for job in lane.jobs if job.model == news["model"]).hear(news)
    except BaseException:
        for lane in working:
            if lane.process is not None:
                lane.process.kill()
        raise
