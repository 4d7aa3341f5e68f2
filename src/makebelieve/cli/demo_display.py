"""How several trainings are shown: one live line for each on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types
    from collections.abc import Sequence

    from makebelieve.runs.crew import Job

__all__ = ["Display"]

PLAIN_EVERY = 10.0  # seconds between plain lines


class Display:
    """Shows jobs on stderr.

    Args:
        jobs: what is being trained.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = jobs
        self._live: Any = None
        self._states = {job.model: job.state for job in jobs}
        self._last = time.monotonic()

    def __enter__(self) -> Display:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.update(_table(self.jobs), refresh=True)
            self._live.stop()

    def show(self) -> None:
        """Show how things stand now."""
        if self._live is not None:
            self._live.update(_table(self.jobs))
            return
        due = time.monotonic() - self._last > PLAIN_EVERY
        if due:
            self._last = time.monotonic()
        for job in self.jobs:
            changed = job.state != self._states[job.model]
            if changed or (due and job.state == "training"):
                self._states[job.model] = job.state
                print(_line(job), file=sys.stderr, flush=True)  # noqa: T201


def _line(job: Job) -> str:
    """Write a job as one plain line.

    Example:
        >>> from pathlib import Path
        >>> from makebelieve.runs.crew import Job
        >>> _line(Job("vae", "ring", Path("vae"), state="training", share=0.5, left=65))
        'vae          training    50%  1:05 left'
    """
    if job.state == "failed":
        return f"{job.model:<12} failed: {job.why}"
    parts = [f"{job.model:<12} {job.state:<10} {job.share:>4.0%}", _left(job), _score(job)]
    return "  ".join(part for part in parts if part)


def _left(job: Job) -> str:
    if job.state != "training" or job.left is None:
        return ""
    minutes, seconds = divmod(round(job.left), 60)
    return f"{minutes}:{seconds:02d} left"


def _score(job: Job) -> str:
    return f"held out: {job.score}" if job.score else ""


def _table(jobs: Sequence[Job]) -> Any:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for least in (11, 11, 14, 4, 9, 0):  # on a narrow terminal the score gives way, nothing else
        table.add_column(no_wrap=True, overflow="ellipsis", min_width=least)
    for job in jobs:
        bar = ProgressBar(total=1.0, completed=job.share, width=14)
        told = job.why if job.state == "failed" else _score(job)
        table.add_row(job.model, job.state, bar, f"{job.share:.0%}", _left(job), told)
    return table
