"""`makebelieve data`: look at a source before training on it."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["data"]

HELP = """Describe SOURCE before anything is trained on it.

SOURCE is the name of embedded data (avatars, fashion, digits, stacked-digits, ring, grid), a
folder of pictures (sub-folders are labels), an .npz or .npy file, IDX files, a CSV or TSV table
of paths, or hub:OWNER/NAME. Nothing is changed; with --out a contact sheet is written as well.

\b
Examples:
  makebelieve data avatars
  makebelieve data my-pictures --pixels 64 --skip-bad --out sheet.png
"""


@click.command("data", help=HELP, short_help="Describe a source before training.")
@click.argument("source")
@click.option("--pixels", type=int, metavar="N", help="Height and width, 4 to 1024.")
@click.option("--channels", type=int, metavar="1|3", help="1 for grey, 3 for colour.")
@click.option("--labels", metavar="COLUMN", help='The column with the labels; "none" for none.')
@click.option(
    "--fit",
    type=click.Choice(["crop", "pad", "stretch"]),
    default="crop",
    show_default=True,
    help="How oblong pictures become square.",
)
@click.option(
    "--skip-bad", is_flag=True, help="Leave out files that cannot be used, and list them."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="SHEET.png",
    help="Write a contact sheet: a sample of the pictures, class by class.",
)
def data(
    source: str,
    pixels: int | None,
    channels: int | None,
    labels: str | None,
    fit: str,
    skip_bad: bool,
    as_json: bool,
    out: Path | None,
) -> None:
    """Describe a source."""
    import json

    from makebelieve.data.describe import describe
    from makebelieve.data.load import load
    from makebelieve.data.pictures import STILL, contact_sheet, format_of, save
    from makebelieve.lessons import path_of

    if out is not None:
        format_of(out, STILL, "a picture")  # A wrong ending is said before the work, not after.
    loaded = load(
        path_of(source),
        size=pixels,
        channels=channels,
        labels=labels,
        fit=fit,  # type: ignore[arg-type]
        skip_bad=skip_bad,
    )
    description = describe(loaded)
    if out is not None:
        save(contact_sheet(loaded), out)
    if as_json:
        sheet = None if out is None else str(out)
        click.echo(json.dumps({**description.to_dict(), "sheet": sheet}, indent=2))
        return
    click.echo(str(description))
    seen = f"Contact sheet: {out}" if out else "To see a sample of it, add --out sheet.png"
    click.echo(f"\n{seen}")
