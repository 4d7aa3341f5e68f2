"""`makebelieve map`: draw the space of codes, and what lies where in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, json_option, out_option

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.latent.map import LatentMap

__all__ = ["map_codes"]

HELP = """Draw the map of the codes of RUN (autoencoder, vae or gan), or of several runs.

On the left stands what each place makes; on the right, where held-out pictures lie, coloured by
their labels. Hatched are the holes, in which no training code is near. A code of two numbers is a
map of its own; of a longer one, its first two principal components are drawn. The share of holes
is printed.

\b
Examples:
  makebelieve map vae-avatars-1 --out map.png
  makebelieve train vae fashion --latent-dim 2
  makebelieve train autoencoder fashion --latent-dim 2
  makebelieve map vae-fashion-1 autoencoder-fashion-1 --out both.png
"""


@click.command("map", help=HELP, short_help="Draw the map of the codes.")
@click.argument("runs", type=RUN, nargs=-1, required=True, metavar="RUN...")
@click.option("--labels", metavar="COLUMN", help="The column that colours; none for none.")
@click.option(
    "--cells",
    type=click.IntRange(2, 64),
    default=16,
    show_default=True,
    help="How many pictures a side.",
)
@click.option("--class", "label", metavar="C", help="The class to show, for a conditional model.")
@out_option("The picture to write.")
@json_option("Print one JSON object: for each run its plane, holes, and places of examples.")
def map_codes(
    runs: tuple[str, ...],
    labels: str | None,
    cells: int,
    label: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Draw maps."""
    from makebelieve.cli.output import target_of
    from makebelieve.data import pictures
    from makebelieve.errors import InputError
    from makebelieve.latent.chart import draw_maps
    from makebelieve.latent.map import latent_map
    from makebelieve.runs.run import Run

    opened = [Run(run) for run in runs]
    if target_of(out, opened[0].spec).kind != "picture":
        raise InputError(f"a map is a picture: let --out {out} end in .png")
    maps = [latent_map(run, labels=labels, cells=cells, label=label) for run in opened]
    pictures.save(draw_maps(maps), out)
    if as_json:
        found = {"out": str(out), "maps": [one.to_dict() for one in maps]}
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in maps:
        click.echo(_line(one))
    click.echo(out)


def _line(one: LatentMap) -> str:
    holes = "no holes" if one.holes is None else f"holes {one.holes.share:.1%} of the map"
    part = f", {one.plane.shown:.0%} of the variance" if one.latent_dim > 2 else ""
    return f"{one.name}: {holes} ({one.latent_dim} numbers{part})"
