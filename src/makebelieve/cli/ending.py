"""How a training ends on the command line: what is printed last, and the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from makebelieve.cli.broken import INTERRUPTED
from makebelieve.cli.kinds import speaks

if TYPE_CHECKING:
    from makebelieve.runs.run import Run

__all__ = ["finish"]


def finish(run: Run, *, as_json: bool) -> int:
    """Print the folder of a run that was trained, after one line of JSON if asked for.

    Returns:
        0, or 130 when the training was interrupted.
    """
    if not speaks():
        return 0
    status = run.status
    interrupted = status["state"] == "interrupted"
    if interrupted:
        click.echo(f"to go on: makebelieve resume {run.name}", err=True)
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
    return INTERRUPTED if interrupted else 0
