"""`makebelieve traverse`: what each number of the code does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, json_option, out_option

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["traverse"]

HELP = """Show what each number of the code of RUN (autoencoder, vae or gan) does, strip by strip.

Each number goes from -2 to 2 standard deviations while the others stand still. The liveliest
come first: those of a vae that say most of a picture, in nats; of other models, those that change
most. A strip on which nothing changes is a number that the model does not use.

\b
Examples:
  makebelieve traverse vae-avatars-1 --out numbers.png
  makebelieve traverse vae-avatars-1 --picture me.png --n 6 --out me.png
"""


@click.command("traverse", help=HELP, short_help="Show what each number of the code does.")
@click.argument("run", type=RUN, metavar="RUN")
@click.option("--picture", metavar="FILE", help="Where to start. By default the middle.")
@click.option("--n", "most", type=click.IntRange(1), help="Only so many, the liveliest.")
@click.option(
    "--steps",
    type=click.IntRange(2, 1_000),
    default=9,
    show_default=True,
    help="How many pictures a strip.",
)
@click.option("--class", "label", metavar="C", help="The class to show, for a conditional model.")
@out_option("The picture to write, or an .npz file.")
@json_option("Print one JSON object: the numbers of the code and how lively each is.")
def traverse(
    run: str,
    picture: str | None,
    most: int | None,
    steps: int,
    label: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Traverse the code."""
    from makebelieve.cli.output import target_of, write_arrays
    from makebelieve.data import pictures
    from makebelieve.data.single import read_picture
    from makebelieve.latent.strips import draw_traversal, traversals
    from makebelieve.runs.run import Run

    opened = Run(run)
    target = target_of(out, opened.spec)
    start = None
    if picture is not None:
        start = read_picture(picture, opened.spec, opened.recipe.data.fit)  # type: ignore[arg-type]
    shown = traversals(opened, start, steps=steps, most=most, label=label)
    if target.kind == "numbers":
        write_arrays(out, x=shown.made)
    else:
        pictures.save(draw_traversal(shown), out)
    click.echo(json.dumps(shown.to_dict() | {"out": str(out)}) if as_json else out)
