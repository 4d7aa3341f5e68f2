"""`makebelieve edit`: change what a label names in a picture, through its code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from makebelieve.cli.kinds import RUN, json_option, out_option

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from PIL import Image

    from makebelieve.latent.edit import Edited
    from makebelieve.runs.run import Run

__all__ = ["edit"]

HELP = """Change what labels name in a picture, through the code of RUN (autoencoder, vae or gan).

LABEL is a column of yes and no ("glasses"), a value ("smile") or COLUMN=VALUE ("hair=long") of the
data that RUN was trained on. The directions are learned from their labels. The strip begins with
the picture and its reconstruction, which is all that the model keeps of it. A gan, which has no
encoder, looks for the code that comes nearest. What is printed is what a judge says, before and
after: a small one that learns the labels now, or the one of --judge.

\b
Examples:
  makebelieve edit vae-avatars-1 --more glasses --out glasses.png
  makebelieve edit vae-avatars-1 --picture me.png --more hat --less glasses --out me-hat.png
  makebelieve edit gan-avatars-1 --more hair=long --strength 2 --check --out long.webp
"""


@click.command("edit", help=HELP, short_help="Change what a label names in a picture.")
@click.argument("run", type=RUN, metavar="RUN")
@click.option(
    "--picture",
    metavar="FILE",
    help="The picture, or the number of a held-out one. By default the first that calls for it.",
)
@click.option("--more", multiple=True, metavar="LABEL", help="What to add; may be repeated.")
@click.option("--less", multiple=True, metavar="LABEL", help="What to take away; may be repeated.")
@click.option(
    "--strength",
    type=click.FloatRange(0, 100, min_open=True),
    default=1.5,
    show_default=True,
    help="How far: 1 leads from the middle of those without to the middle of those with.",
)
@click.option(
    "--steps",
    type=click.IntRange(2, 1_000),
    default=7,
    show_default=True,
    help="How many pictures, from the reconstruction to the edit.",
)
@click.option("--class", "label", metavar="C", help="The class of FILE, for a conditional model.")
@click.option("--judge", type=RUN, metavar="RUN", help="The judge of one label, to be asked.")
@click.option("--check", is_flag=True, help="Check each direction on many held-out pictures.")
@out_option("The strip or the animation to write, or an .npz file.")
@json_option("Print one JSON object.")
def edit(
    run: str,
    picture: str | None,
    more: tuple[str, ...],
    less: tuple[str, ...],
    strength: float,
    steps: int,
    label: str | None,
    judge: str | None,
    check: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Edit a picture."""
    from makebelieve.cli.output import target_of
    from makebelieve.latent.attributes import Attributes
    from makebelieve.latent.check import checked
    from makebelieve.latent.edit import edit as change
    from makebelieve.runs.run import Run

    if not more and not less:
        raise click.UsageError("say what to change with --more LABEL or --less LABEL")
    opened = Run(run)
    target = target_of(out, opened.spec, animation=True)
    shown = _picture(opened, picture)
    space = Attributes(opened, judge=None if judge is None else Run(judge))
    done = change(
        opened, shown, more=more, less=less, strength=strength, steps=steps, label=label,
        space=space,
    )  # fmt: skip
    checks = [checked(space, attribute) for attribute in done.attributes] if check else []
    _write(done, opened, target.kind, out)
    facts = _facts(done, opened, out) | ({"checks": [c.to_dict() for c in checks]} if check else {})
    if as_json:
        click.echo(json.dumps(facts, indent=1, ensure_ascii=False))
        return
    click.echo(_table(done))
    for each in checks:
        click.echo(each.sentence)
    click.echo(out)


def _picture(run: Run, text: str | None) -> np.ndarray | int | None:
    """Turn what the user named into a number or a picture."""
    from makebelieve.data.single import read_picture

    if text is None:
        return None
    if re.fullmatch(r"\d+", text):
        return int(text)
    return read_picture(text, run.spec, run.recipe.data.fit)  # type: ignore[arg-type]


def _facts(done: Edited, run: Run, out: Path) -> dict[str, Any]:
    return {
        "run": str(run.path),
        "out": str(out),
        "labels": list(done.said),
        "changed": {name: list(pair) for name, pair in done.changed.items()},
    }


def _table(done: Edited) -> str:
    """Write what the witness says of the picture, before and after."""
    from makebelieve.cli.tables import table

    rows = [
        (s["name"], f"{s['amount']:+g}", *(f"{s[k]:.0%}" for k in ("original", "before", "after")))
        for s in done.said
    ]
    lines = [table(("label", "steps", "picture", "rebuilt", "edited"), rows)]
    if done.changed:
        also = ", ".join(f"{name} ({a} to {b})" for name, (a, b) in done.changed.items())
        lines.append(f"also changed: {also}")
    return "\n".join(lines)


def _write(done: Edited, run: Run, kind: str, out: Path) -> None:
    import numpy as np

    from makebelieve.cli.output import write_arrays
    from makebelieve.data import pictures
    from makebelieve.latent.draw import ways

    if kind == "numbers":
        write_arrays(out, x=done.frames, original=done.original)
    elif done.frames.ndim == 2:
        pictures.save(ways(run.sample(2_000), [done.frames]), out)
    elif kind == "animation":
        pictures.animate(np.concatenate([done.frames, done.frames[-2:0:-1]]), out)
    else:
        pictures.save(_strip(done), out)


def _strip(done: Edited) -> Image.Image:
    """Draw the picture, its reconstruction and the way, with a caption under each."""
    import numpy as np

    from makebelieve.latent.draw import captioned

    strength = max(map(abs, done.amounts))
    amounts = np.linspace(0, strength, len(done.frames))
    captions = ["rebuilt", *(f"{amount:.3g}" for amount in amounts[1:])]
    words = [f"{'more' if a > 0 else 'less'} {d.name}" for d, a in zip(done.attributes,
             done.amounts, strict=True)]  # fmt: skip
    note = "; ".join(
        f"{s['name']}: {s['before']:.0%} sure before, {s['after']:.0%} after" for s in done.said
    )
    return captioned(
        [(["picture"], done.original[None]), (captions, done.frames)], ", ".join(words), note
    )
