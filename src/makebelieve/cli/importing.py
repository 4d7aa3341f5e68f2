"""`makebelieve import`: make a run of an exported folder."""

from __future__ import annotations

import json
from pathlib import Path

import click

from makebelieve.cli.kinds import json_option

__all__ = ["import_folder"]

HELP = """Make a run of DIR, a folder that `makebelieve export` wrote, and print the run's folder.

The run samples, judges, rebuilds and can be measured as it was; it cannot be resumed. The folder
may come from anybody: nothing in it is run, and every file is checked before anything is kept.

\b
Examples:
  makebelieve import faces
  makebelieve import downloads/faces --name their-faces --json
"""


@click.command("import", help=HELP, short_help="Make a run of an exported folder.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--name", metavar="NAME", help="The name of the run. By default its old one.")
@json_option("Print one line of JSON about the run before its folder.")
def import_folder(folder: Path, name: str | None, as_json: bool) -> None:
    """Import an export."""
    from makebelieve.runs.opening import import_run

    run = import_run(folder, name)
    if as_json:
        facts = {
            "run": str(run.path.absolute()),
            "name": run.name,
            "model": run.recipe.model,
            "imported": run.about["imported"],
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
    click.echo(run.path.absolute())
