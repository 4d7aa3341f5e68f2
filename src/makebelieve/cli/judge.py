"""`makebelieve judge`: a verdict and a confidence for every file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from makebelieve.cli.kinds import RUN, json_option

if TYPE_CHECKING:
    from makebelieve.runs.run import Run

__all__ = ["judge"]

HELP = """Say what each of FILES is, with RUN (a judge), and how sure it is.

Confidence is calibrated on held-out pictures: of all verdicts with 80 %, about four in five should
be right, for pictures like those it was trained on. A folder stands for all pictures in it. A file
that cannot be used is named on stderr, the others are judged all the same, and the exit code is 2.

\b
Examples:
  makebelieve judge judge-fashion-1 coat.png shoe.jpg
  makebelieve judge judge-fashion-1 *.png --json
"""


@click.command("judge", help=HELP, short_help="Say what each picture is.")
@click.argument("run", type=RUN, metavar="RUN")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILES..."
)
@json_option("Print a list with the probabilities of every class.")
def judge(run: str, files: tuple[Path, ...], as_json: bool) -> int:
    """Judge pictures."""
    from makebelieve.cli.broken import MISTAKE
    from makebelieve.cli.tables import table
    from makebelieve.models.model import Judges
    from makebelieve.runs.run import Run

    opened = Run(run)
    opened.able(Judges, "give a verdict: train a judge")
    found = _verdicts(opened, _files(files))
    good = [facts for facts in found if "verdict" in facts]
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    elif good:
        rows = [(f["file"], f["verdict"], f"{f['confidence']:.1%}") for f in good]
        click.echo(table(("file", "verdict", "confidence"), rows))
    for facts in found:
        if "error" in facts:
            click.echo(f"error: {facts['error']}", err=True)
    return 0 if len(good) == len(found) else MISTAKE


def _files(named: tuple[Path, ...]) -> list[Path]:
    """Put the pictures of a folder in the folder's place.

    Raises:
        InputError: a folder holds none.
    """
    from makebelieve.data.folder import PICTURE_SUFFIXES
    from makebelieve.errors import InputError

    files: list[Path] = []
    for path in named:
        if not path.is_dir():
            files.append(path)
            continue
        inside = [p for p in sorted(path.rglob("*")) if p.suffix.lower() in PICTURE_SUFFIXES]
        if not inside:
            raise InputError(f"the folder {path} holds no pictures")
        files += inside
    return files


def _verdicts(run: Run, files: list[Path]) -> list[dict[str, Any]]:
    """Judge every file that can be used, and say of the others why not."""
    import numpy as np

    from makebelieve.data.options import shown
    from makebelieve.data.single import read_picture
    from makebelieve.errors import InputError

    found: list[dict[str, Any]] = [{"file": shown(path)} for path in files]
    read, pictures = [], []
    for path, facts in zip(files, found, strict=True):
        try:
            pictures.append(read_picture(path, run.spec, run.recipe.data.fit))  # type: ignore[arg-type]
            read.append(facts)
        except InputError as error:
            facts["error"] = str(error)
    if read:
        for facts, verdict in zip(read, run.judge(np.stack(pictures)), strict=True):
            facts["verdict"] = verdict.label
            facts["confidence"] = verdict.confidence
            facts["probabilities"] = verdict.probabilities
    return found
