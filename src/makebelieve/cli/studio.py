"""`makebelieve studio`: the lesson, its practice and the workshop, in the browser."""

from __future__ import annotations

import os
from pathlib import Path

import click

from makebelieve.errors import InputError
from makebelieve.waiting import be_patient

__all__ = ["studio"]

HELP = """Open the studio: a page on this machine for the lesson and for your own runs.

The lesson's models are trained while you read, on data that come with the package. Nothing leaves
this machine. The last line on stdout is the address, with the key that lets your browser in.
Ctrl-C ends the studio; trainings go on, and the next studio finds them.

\b
Examples:
  makebelieve studio
  makebelieve studio --no-train --port 9000
  ssh -L 8321:127.0.0.1:8321 big-machine makebelieve studio --no-open
"""


@click.command("studio", help=HELP, short_help="Open the lesson and the workshop in the browser.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8321,
    show_default=True,
    metavar="N",
    help="The first port to try; 0 for any that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="NAME",
    help="127.0.0.1, localhost or ::1: the studio answers this machine alone.",
)
@click.option("--open/--no-open", "opened", default=True, help="Open the browser, or do not.")
@click.option(
    "--train/--no-train", default=True, help="Train the lesson's models at once, or when asked."
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where runs are kept. By default MAKEBELIEVE_HOME, or the platform's folder for data.",
)
def studio(port: int, host: str, opened: bool, train: bool, home: Path | None) -> None:
    """Serve the studio."""
    be_patient()  # a browser draws beside its trainers
    if home is not None:
        # The trainers find it there, too.
        os.environ["MAKEBELIEVE_HOME"] = str(home.absolute())
    try:
        from makebelieve.studio.serve import serve
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("makebelieve"):
            raise
        raise InputError(
            f"the studio needs the package {error.name}: pip install 'makebelieve[studio]'"
        ) from None
    serve(host, port, opened=opened, train=train)
