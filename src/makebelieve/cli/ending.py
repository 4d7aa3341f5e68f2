"""How a training ends on the command line: what is printed last, and the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from makebelieve.cli.broken import INTERRUPTED
from makebelieve.cli.kinds import speaks
from makebelieve.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.runs.run import Run

__all__ = ["finish"]


def finish(training: Callable[[], Run], *, as_json: bool) -> int:
    """Train, and print the run's folder however it ended, after one line of JSON if asked for.

    Args:
        training: trains, and returns the run.
        as_json: whether to print the line of JSON.

    Returns:
        0, or 130 when the training was interrupted.

    Raises:
        TrainingError: training failed; the folder is printed all the same.
    """
    from makebelieve.runs.run import Run

    try:
        run = training()
    except TrainingError as error:
        if error.folder is not None and speaks():
            _report(Run(error.folder), as_json=as_json)
        raise
    if not speaks():
        return 0
    interrupted: bool = run.status["state"] == "interrupted"
    if interrupted:
        click.echo(f"to go on: makebelieve resume {run.name}", err=True)
    _report(run, as_json=as_json)
    return INTERRUPTED if interrupted else 0


def _report(run: Run, *, as_json: bool) -> None:
    status = run.status
    folder = run.path.absolute()
    if as_json:
        facts = {
            "run": str(folder),
            "name": run.name,
            "model": run.recipe.model,
            "state": status["state"],
            "reason": status["reason"],
            "seen": status["seen"],
            "seconds": status["seconds"],
            "result": run.result,
        }
        click.echo(json.dumps(facts))
    click.echo(folder)
