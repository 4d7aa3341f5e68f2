"""`makebelieve morph`: slide from one picture to another through the space of codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, out_option

if TYPE_CHECKING:
    import numpy as np

    from makebelieve.runs.run import Run

__all__ = ["morph"]

HELP = """Slide from A to B through the codes of RUN (an autoencoder, vae or gan).

A and B are picture files (autoencoder, vae), or whole numbers: seeds of noise for a vae or gan,
the numbers of held-out pictures for an autoencoder. Without them, two held-out pictures are used,
and for a gan the seeds 0 and 1. FILE.png is a strip; FILE.gif and FILE.webp are animations, there
and back; FILE.npz and FILE.npy hold the numbers.

\b
Examples:
  makebelieve morph vae-avatars-1 --out faces.png
  makebelieve morph vae-avatars-1 --from me.jpg --to you.jpg --out us.webp
  makebelieve morph gan-fashion-1 --from 3 --to 8 --steps 32 --out clothes.gif
"""


WAY = (200, 30, 30)


@click.command("morph", help=HELP, short_help="Slide from one picture to another.")
@click.argument("run", type=RUN, metavar="RUN")
@click.option("--from", "start", metavar="A", help="Where to begin: a picture or a number.")
@click.option("--to", "end", metavar="B", help="Where to end: a picture or a number.")
@click.option(
    "--steps",
    type=click.IntRange(2, 10_000),
    default=16,
    show_default=True,
    help="How many pictures, both ends included.",
)
@click.option(
    "--path",
    type=click.Choice(["linear", "spherical"]),
    help="The way. By default spherical between seeds of noise, else linear.",
)
@click.option(
    "--class",
    "label",
    metavar="C",
    help="The class to stay in, for a conditional model. By default the first picture's.",
)
@out_option("The strip or the animation to write.")
def morph(
    run: str,
    start: str | None,
    end: str | None,
    steps: int,
    path: str | None,
    label: str | None,
    out: Path,
) -> None:
    """Slide from one picture to another."""
    from makebelieve.cli.output import target_of, write_arrays
    from makebelieve.data import pictures
    from makebelieve.latent.walk import morph as walk
    from makebelieve.runs.run import Run

    if (start is None) != (end is None):
        missing = "--to" if end is None else "--from"
        raise click.UsageError(f"{missing} is missing: give both ends of the way, or neither")
    opened = Run(run)
    target = target_of(out, opened.spec, animation=True)
    a, b = (_end(opened, text) for text in (start, end))
    way = walk(opened, a, b, steps=steps, path=path, label=label)  # type: ignore[arg-type]
    if target.kind == "numbers":
        write_arrays(out, x=way)
    elif target.kind == "animation":
        frames = _over_samples(opened, way, one_by_one=True) if way.ndim == 2 else way
        pictures.animate(_there_and_back(frames), out)
    elif way.ndim == 2:
        pictures.save(pictures.to_image(_over_samples(opened, way)[0]), out)
    else:
        pictures.save(pictures.strip(way), out)
    click.echo(out)


def _end(run: Run, text: str | None) -> np.ndarray | int | None:
    """Turn what the user named into a number or a picture."""
    from makebelieve.data.single import read_picture
    from makebelieve.errors import InputError

    if text is None:
        return None
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if not Path(text).exists():
        raise InputError(
            f"{text!r} is neither a picture's file nor a whole number: --from and --to take one "
            "or the other"
        )
    return read_picture(text, run.spec, run.recipe.data.fit)  # type: ignore[arg-type]


def _there_and_back(frames: np.ndarray) -> np.ndarray:
    """Return the frames of an endless loop that rests nowhere but at its ends."""
    import numpy as np

    return np.concatenate([frames, frames[-2:0:-1]])


def _over_samples(run: Run, way: np.ndarray, *, one_by_one: bool = False) -> np.ndarray:
    """Draw a way of points over the model's samples: all of it, or point by point."""
    import numpy as np
    from PIL import ImageDraw

    from makebelieve.data import pictures

    cloud = run.sample(2000)
    left, right, bottom, top = bounds = pictures.around(np.concatenate([cloud, way]))
    paper = pictures.scatter(cloud, np.full(len(cloud), -1), bounds=bounds)
    scale = np.array(paper.size) / (right - left, top - bottom)
    places = ((way - (left, top)) * (scale[0], -scale[1])).tolist()
    frames = []
    for upto in range(1 if one_by_one else len(way), len(way) + 1):
        frame = paper.copy()
        draw = ImageDraw.Draw(frame)
        draw.line([tuple(place) for place in places[:upto]], WAY, 2)
        for x, y in places[:upto]:
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), WAY)
        frames.append(np.asarray(frame))
    return np.stack(frames)
