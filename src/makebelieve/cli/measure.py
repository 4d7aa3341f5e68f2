"""`makebelieve measure`: scores of a run, or of samples of any other tool."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, against_option, json_option, sample_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from makebelieve.data.spec import Dataset
    from makebelieve.metrics.score import Score
    from makebelieve.runs.run import Run

__all__ = ["measure"]

HELP = """Measure how good RUN is, by everything that suits it.

Beside each score stands what real examples get when they are measured in the same way ("real"),
and by how many standard deviations the score is worse than that ("off"). Samples are compared with
examples that were held out of training.

RUN may also be a folder of pictures (or an .npz or .npy file) that any other tool made; then
--against says what they should look like.

\b
Examples:
  makebelieve measure vae-avatars-1
  makebelieve measure gan-fashion-1 --judge judge-fashion-1 --json
  makebelieve measure fakes/ --against my-pictures
"""


@click.command("measure", help=HELP, short_help="Score a run, or samples of any other tool.")
@click.argument("run", type=RUN, metavar="RUN")
@against_option()
@sample_options(2000)
@click.option(
    "--only", multiple=True, metavar="SCORE", help="Measure this score only; may be repeated."
)
@json_option("Print one JSON object with all that belongs to each score.")
def measure(
    run: str,
    against: str | None,
    count: int,
    judge: str | None,
    only: tuple[str, ...],
    seed: int,
    fresh: bool,
    as_json: bool,
) -> None:
    """Measure a run, or samples."""
    from makebelieve.metrics import suite
    from makebelieve.runs.heldout import like
    from makebelieve.runs.run import Run

    teller = None if judge is None else Run(judge)
    chosen = only or None
    if _is_run(run, against):
        opened = Run(run)
        data = None if against is None else like(against, opened.spec)
        found = suite.measure(
            opened, data, n=count, judge=teller, only=chosen, seed=seed, fresh=fresh
        )
    else:
        data, samples = _samples(run, str(against), teller)
        found = suite.measure_samples(samples, data, n=count, judge=teller, only=chosen)
    if as_json:
        scores = {name: score.to_dict() for name, score in found.items()}
        click.echo(json.dumps({"run": run, "scores": scores}, indent=1, allow_nan=False))
        return
    click.echo(_table(found))


def _is_run(named: str, against: str | None) -> bool:
    """Say whether a run is named, or samples, which there must be something to compare with."""
    from pathlib import Path

    from makebelieve.errors import InputError
    from makebelieve.runs import store

    try:
        store.resolve(named)
    except InputError:
        if not Path(named).exists():
            raise
        if against is None:
            raise InputError(
                f"{named} is not a run: to measure the pictures in it, say with --against what "
                "they should look like"
            ) from None
        return False
    return True


def _samples(named: str, against: str, judge: Run | None) -> tuple[Dataset, np.ndarray]:
    """Load what to compare with, and samples in the same size and colours."""
    import numpy as np

    from makebelieve.data.load import load
    from makebelieve.runs.heldout import like

    data = load(against) if judge is None else like(against, judge.spec)
    return data, np.asarray(like(named, data.spec).examples)


def _table(found: Mapping[str, Score]) -> str:
    from makebelieve.cli.tables import table
    from makebelieve.metrics.suite import FEW, METRICS

    rows = []
    for name, score in found.items():
        metric = METRICS[name]
        about = f"{metric.about}: {metric.good}" if metric.good else metric.about
        off = "" if score.excess is None else f"{score.excess:.1f}"
        rows.append((name, _number(score.value), _number(score.spread), _number(score.null),
                     off, about))  # fmt: skip
    lines = [table(("score", "value", "±", "real", "off", "what it is: what is good"), rows)]
    if found:
        least = min(score.n for score in found.values())
        first = next(iter(found.values()))
        lines += ["", f"Compared with at least {least:,} examples of the {first.split} split."]
        if least < FEW:
            lines.append(f"Fewer than {FEW} examples say little: the gap to real is mostly chance.")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None or value != value:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
