"""`makebelieve resume`: go on with a run where it stopped."""

from __future__ import annotations

from typing import Any

import click

from makebelieve.cli.kinds import RUN, json_option, speaks
from makebelieve.cli.patience import patient

__all__ = ["resume"]

HELP = """Go on with RUN (a folder, or a name in the store) from its last checkpoint.

The run goes on as if it had never stopped: on the CPU to the same numbers. A finished run goes on
when its budget is raised. The last line on stdout is the run's folder.

\b
Examples:
  makebelieve resume vae-avatars-1
  makebelieve resume runs/digits --examples 500k
"""


@click.command("resume", help=HELP, short_help="Go on with a run.")
@click.argument("run", type=RUN, metavar="RUN")
@click.option("--examples", metavar="N", help="Another budget: how many examples to see in all.")
@click.option("--minutes", metavar="M", help="Another budget: minutes of training in all.")
@click.option("--device", metavar="D", help="Where to train: auto, cpu, cuda or mps.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option("Print one line of JSON about the run before its folder.")
def resume(
    run: str,
    examples: str | None,
    minutes: str | None,
    device: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Go on with a run."""
    with patient():
        from makebelieve import api
        from makebelieve.cli.ending import finish
        from makebelieve.runs.run import Run

    changes = {"examples": examples, "minutes": minutes, "device": device}
    settings: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    opened = Run(run)
    before, silent = opened.status, quiet or not speaks()

    def training() -> Run:
        done = api.resume(opened, quiet=silent, **settings)
        if before["state"] == "finished" and done.status["seen"] == before["seen"] and not silent:
            click.echo(
                f"{done.name} has used up its budget with {before['seen']:,} examples; to train "
                "it longer, raise --examples or --minutes",
                err=True,
            )
        return done

    return finish(training, as_json=as_json)
