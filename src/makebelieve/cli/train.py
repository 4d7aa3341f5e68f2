"""`makebelieve train`: a model and a source in, a run out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from makebelieve.cli.kinds import MODEL, SOURCE, json_option, speaks
from makebelieve.cli.patience import patient
from makebelieve.cli.settings import FOUND, TakesKeys

__all__ = ["train"]

HELP = """Train MODEL (judge, autoencoder, vae or gan) on SOURCE and print the run's folder.

SOURCE is the name of embedded data (avatars, fashion, digits, stacked-digits, ring, grid), a
folder of pictures (sub-folders are labels), an .npz or .npy file, IDX files, a CSV or TSV table
of paths, or hub:OWNER/NAME. MODEL and SOURCE may come from --recipe.

Every key of the recipe is an option, too: --beta 4, --learning-rate 1e-3, --discriminator-rate
10, --conditional. They are listed by: makebelieve recipe MODEL

Progress goes to stderr. The last line on stdout is the run's folder. Ctrl-C ends the training
cleanly with a checkpoint (exit code 130); go on with: makebelieve resume RUN

\b
Examples:
  makebelieve train vae avatars
  makebelieve train judge my-pictures --pixels 32 --minutes 5
  makebelieve train gan fashion --examples 200k --size medium --loss hinge
  makebelieve train vae digits --conditional --beta 4 --out runs/digits --json
"""


@click.command("train", cls=TakesKeys, help=HELP, short_help="Train a model on a source.")
@click.argument("model", required=False, type=MODEL, metavar="MODEL")
@click.argument("source", required=False, type=SOURCE, metavar="SOURCE")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run's folder, new or empty. By default one in the store, such as vae-avatars-1.",
)
@click.option("--examples", metavar="N", help="How many examples to see in all, such as 200k.")
@click.option("--minutes", metavar="M", help="Stop after this many minutes of training.")
@click.option("--size", metavar="S", help="The model's size: small, medium or large.")
@click.option("--seed", metavar="N", help="Start of all randomness. By default 0.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set any key of the recipe by its path, such as model.beta=4. May be repeated.",
)
@click.option(
    "--recipe",
    "recipe_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Start from a TOML file, or from the recipe.json of a run; options win over it.",
)
@click.option("--pixels", metavar="N", help="Height and width of the pictures, 4 to 1024.")
@click.option("--channels", metavar="1|3", help="1 for grey, 3 for colour.")
@click.option("--labels", metavar="COLUMN", help='The column with the labels; "none" for none.')
@click.option("--fit", metavar="HOW", help="How oblong pictures become square: crop, pad, stretch.")
@click.option("--skip-bad", is_flag=True, default=None, help="Leave out files that are broken.")
@click.option("--device", metavar="D", help="Where to train: auto, cpu, cuda or mps.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option("Print one line of JSON about the run before its folder.")
def train(
    model: str | None,
    source: str | None,
    out: Path | None,
    assignments: tuple[str, ...],
    recipe_file: Path | None,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Train a model."""
    from makebelieve.cli.settings import merge, read_recipe

    with patient():
        from makebelieve import api
        from makebelieve.cli.ending import finish

    base = read_recipe(recipe_file) if recipe_file else {}
    model, source = _subject(model, source, base, recipe_file)
    settings = base | merge(model, given, click.get_current_context().meta[FOUND], assignments)
    # The source was asked for by position; a key of the same meaning must not contradict it.
    settings.pop("data.source", None)

    silent = quiet or not speaks()
    return finish(
        lambda: api.train(model, source, out=out, quiet=silent, **settings), as_json=as_json
    )


def _subject(
    model: str | None, source: str | None, base: dict[str, Any], file: Path | None
) -> tuple[str, str]:
    """Return model and source: from the arguments, else from the recipe's file."""
    from makebelieve.lessons import path_of
    from makebelieve.models import MODELS

    named = base.pop("model.name", None)
    if named and source is None and model is not None and model not in MODELS:
        model, source = None, model
    if named and model and named != model:
        raise click.UsageError(f"{file} is the recipe of a {named}, not of a {model}")
    model = model or named
    source = source or base.get("data.source")
    if model is None:
        raise click.UsageError(f"MODEL is missing: one of {', '.join(MODELS)}")
    if source is None:
        raise click.UsageError(
            f"SOURCE is missing: what to train the {model} on, such as avatars or a folder"
        )
    return model, path_of(source)
