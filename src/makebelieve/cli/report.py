"""`makebelieve report`: what runs are worth, on one page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, json_option, sample_options
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from makebelieve.reports.card.report import Report

__all__ = ["report"]

ENDINGS = {".html": "html", ".md": "markdown", ".json": "json"}

HELP = """Write the report card of RUN: what is wrong with it and what to do about it, what it makes
beside what is real, its curves, its scores beside what real examples get, and how it was made.

It is one HTML page that needs no network (report.html), with the same as Markdown (report.md) and
as plain values (report.json), by default in the run's folder report/. Several runs are put side by
side; then --out says where. What cannot be told, as of a run without a checkpoint or of data that
are gone, is said. The path of the page is the last line printed.

\b
Examples:
  makebelieve report vae-avatars-1 --open
  makebelieve report gan-fashion-1 --judge judge-fashion-1 --out gan.html
  makebelieve report vae-avatars-1 gan-avatars-1 --out compared/
"""


@click.command("report", help=HELP, short_help="Write the report card of runs, on one page.")
@click.argument("runs", type=RUN, metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A folder, or a file that ends in .html, .md or .json. By default RUN/report.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["html", "markdown", "json"]),
    help="Write this one only. By default all three.",
)
@sample_options(1000)
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@json_option("Print one line of JSON with everything measured before the path.")
def report(
    runs: tuple[str, ...],
    out: Path | None,
    kind: str | None,
    judge: str | None,
    count: int,
    seed: int,
    fresh: bool,
    opened: bool,
    as_json: bool,
) -> None:
    """Write a report."""
    target, single = _place(runs, out, kind)
    from makebelieve.reports.card.report import report as reported

    found = reported(*runs, n=count, judge=judge, seed=seed, fresh=fresh)
    path = _write(found, target, kind, single=single)
    if opened and path.suffix == ".html":
        import webbrowser

        webbrowser.open(path.as_uri())
    if as_json:
        click.echo(json.dumps(found.to_dict(), allow_nan=False))
    else:
        click.echo(found.sentence, err=True)
    click.echo(path)


def _place(runs: tuple[str, ...], out: Path | None, kind: str | None) -> tuple[Path, bool]:
    """Return where to write, and whether that is one file; before any work is done.

    Raises:
        InputError: nobody said where, or the file's ending is not that of its kind.
    """
    from makebelieve.runs import store

    folders = [store.resolve(run) for run in runs]
    if out is None:
        if len(folders) > 1:
            raise InputError(
                "several runs have no folder in common: say with --out where the report goes"
            )
        return folders[0] / "report", False
    ending = ENDINGS.get(out.suffix.lower())
    if ending is None or out.is_dir():
        if out.exists() and not out.is_dir():
            raise InputError(f"{out} is there and no folder: end it in {', '.join(ENDINGS)}")
        return out, False
    if kind not in (None, ending):
        raise InputError(f"{out} ends like {ending}, and --format says {kind}: leave one out")
    if not out.absolute().parent.is_dir():
        raise InputError(f"the folder {out.parent} for --out is not there: make it first")
    return out, True


def _write(found: Report, target: Path, kind: str | None, *, single: bool) -> Path:
    """Write what was asked for and return the path of the page, or of the only file."""
    if single:
        return found.save(target, ENDINGS[target.suffix.lower()]).absolute()
    return found.write(target, [kind] if kind else None)[0].absolute()
