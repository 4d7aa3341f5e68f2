"""`makebelieve reconstruct`: pictures, and what is left of them after the code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, out_option

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from makebelieve.data.spec import Spec
    from makebelieve.runs.run import Run

__all__ = ["reconstruct"]

HELP = """Squeeze FILES into codes with RUN (an autoencoder or vae) and rebuild them.

The picture has two rows: the originals, and the reconstructions below them. Without FILES,
pictures are used that the run was not trained on. FILE.npz holds both as numbers.

\b
Examples:
  makebelieve reconstruct vae-avatars-1 --out rebuilt.png
  makebelieve reconstruct vae-avatars-1 me.jpg you.jpg --out us.png
"""

MOST_ACROSS = 16


@click.command("reconstruct", help=HELP, short_help="Rebuild pictures from their codes.")
@click.argument("run", type=RUN, metavar="RUN")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES]...")
@out_option("The picture to write, or an .npz file.")
@click.option(
    "--n",
    "count",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="How many held-out pictures, without FILES.",
)
@click.option("--class", "label", metavar="C", help="The class of FILES, for a conditional model.")
def reconstruct(
    run: str, files: tuple[Path, ...], out: Path, count: int, label: str | None
) -> None:
    """Rebuild pictures."""
    from makebelieve.cli.output import target_of, write_arrays
    from makebelieve.data import pictures
    from makebelieve.data.single import read_pictures
    from makebelieve.models.model import Encodes
    from makebelieve.runs.heldout import held_out
    from makebelieve.runs.run import Run

    opened = Run(run)
    opened.able(Encodes, "rebuild pictures: train an autoencoder or a vae")
    target = target_of(out, opened.spec)
    labels: np.ndarray | None
    if files:
        originals = read_pictures(files, opened.spec, opened.recipe.data.fit)  # type: ignore[arg-type]
        labels = _told(opened, label, len(files))
    else:
        many = count if opened.spec.kind == "pictures" else max(count, 1000)
        originals, labels = held_out(opened, many)
    rebuilt = opened.reconstruct(originals, labels if getattr(opened.model, "classes", 0) else None)
    if target.kind == "numbers":
        write_arrays(out, reconstructions=rebuilt, originals=originals)
    else:
        pictures.save(_drawn(originals, rebuilt, opened.spec), out)
    click.echo(out)


def _told(run: Run, label: str | None, n: int) -> np.ndarray | None:
    """Return the classes of the files, for a model that wants to know them."""
    import numpy as np

    from makebelieve.errors import InputError

    if not getattr(run.model, "classes", 0):
        if label is None:
            return None
        raise InputError(f"{run.name} was trained without classes: leave --class out")
    if label is None:
        raise InputError(
            f"{run.name} was told the class of every picture: say that of the files with --class "
            f"(classes: {', '.join(run.spec.classes)})"
        )
    return np.full(n, run.class_code(label))


def _drawn(originals: np.ndarray, rebuilt: np.ndarray, spec: Spec) -> Image.Image:
    """Draw originals above reconstructions, in as many pairs of rows as it takes."""
    import numpy as np

    from makebelieve.data import pictures

    n = len(originals)
    if spec.kind == "points":
        both = np.concatenate([originals, rebuilt])
        return pictures.scatter(both, np.repeat([-1, 0], n))
    across = -(-n // -(-n // MOST_ACROSS))  # as even rows as can be
    rows = []
    for start in range(0, n, across):
        for part in (originals[start : start + across], rebuilt[start : start + across]):
            blank = np.full((across - len(part), *part.shape[1:]), 255, np.uint8)
            rows.append(np.concatenate([part, blank]))
    return pictures.grid(np.concatenate(rows), columns=across)
