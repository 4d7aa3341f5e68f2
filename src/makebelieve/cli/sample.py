"""`makebelieve sample`: new examples from noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, out_option

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["sample"]

HELP = """Make new examples with RUN (an autoencoder, vae or gan) and write them to --out.

FILE.png (or .jpg, .webp, .gif, .bmp) is one sheet with all of them; FILE.npz or FILE.npy holds
the numbers, and FILE.csv those of points; any other PATH is a folder that gets one PNG for each,
and nothing in it is overwritten. The same --seed makes the same examples. What was written is
printed.

\b
Examples:
  makebelieve sample vae-avatars-1 --n 64 --out faces.png
  makebelieve sample gan-fashion-1 --n 1000 --seed 7 --out fakes/
  makebelieve sample vae-digits-1 --class 3 --out threes.npz
"""


@click.command("sample", help=HELP, short_help="Make new examples.")
@click.argument("run", type=RUN, metavar="RUN")
@click.option(
    "--n", "count", type=click.IntRange(1), default=64, show_default=True, help="How many."
)
@out_option("The file or folder to write.")
@click.option("--seed", type=int, default=0, show_default=True, help="Start of the noise.")
@click.option(
    "--class",
    "label",
    metavar="C",
    help="A class by name or number, for a conditional model. By default all in turn.",
)
def sample(run: str, count: int, out: Path, seed: int, label: str | None) -> None:
    """Make new examples."""
    import numpy as np

    from makebelieve.cli.output import target_of, write_arrays, write_folder
    from makebelieve.data import pictures
    from makebelieve.runs.run import Run

    opened = Run(run)
    target = target_of(out, opened.spec, folder=True)

    def made() -> np.ndarray:
        return opened.sample(count, seed=seed, label=label)

    if target.kind == "folder":
        write_folder(out, count, made)
    elif target.kind == "numbers":
        examples = made()
        classes = len(opened.spec.classes) if getattr(opened.model, "classes", 0) else 0
        extra = {}
        if classes:
            turns = np.arange(count) % classes
            extra["y"] = turns if label is None else np.full(count, opened.class_code(label))
        write_arrays(out, x=examples, **extra)
    else:
        pictures.save(pictures.show(made(), opened.spec), out)
    click.echo(out)
