"""`makebelieve export`: a trained model as files that others can use."""

from __future__ import annotations

import json
from pathlib import Path

import click

from makebelieve.cli.kinds import RUN, json_option

__all__ = ["export"]

HELP = """Write the trained model of RUN into the folder --out, for other people and programs.

The folder gets the weights (safetensors), a card for machines (card.json) and one for people
(README.md) with the findings of a diagnosis, and ONNX graphs: of a judge, of encoder and decoder,
or of a generator. Every graph is compared with PyTorch first; one that differs by more than 0.0001
is refused. `makebelieve import` opens the folder again. What was written is printed.

\b
Examples:
  makebelieve export vae-avatars-1 --out faces
  makebelieve export gan-fashion-1 --out clothes --part generator
  makebelieve export judge-digits-1 --out reader --no-onnx --json
"""


@click.command("export", help=HELP, short_help="Write a model as files for others.")
@click.argument("run", type=RUN, metavar="RUN")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write, new or empty.",
)
@click.option("--no-onnx", is_flag=True, help="Write no ONNX graphs.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="PART",
    help="Write this graph only: judge, encoder, decoder or generator; may be repeated.",
)
@click.option(
    "--no-findings", is_flag=True, help="Do not diagnose the run first, which takes some seconds."
)
@json_option("Print one line of JSON with the parts and how exact they are.")
def export(
    run: str, out: Path, no_onnx: bool, parts: tuple[str, ...], no_findings: bool, as_json: bool
) -> None:
    """Export a run."""
    from makebelieve import api

    written = api.export(run, out, onnx=not no_onnx, parts=parts or None, findings=not no_findings)
    if as_json:
        card = json.loads((written / "card.json").read_text(encoding="utf-8"))
        facts = {
            "folder": str(written.absolute()),
            **{k: card[k] for k in ("name", "model", "parts", "files")},
            "findings": card["findings"],
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(written.absolute())
