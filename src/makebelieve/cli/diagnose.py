"""`makebelieve diagnose`: what went wrong with a run, how one can see it, and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from makebelieve.cli.kinds import RUN, against_option, json_option, sample_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makebelieve.diagnosis.examine import Diagnosis
    from makebelieve.diagnosis.rule import Finding

__all__ = ["diagnose"]

SICK = 4
WORDS = {"failure": "FAILURE", "warning": "warning", "cannot-tell": "cannot tell", "fine": "fine"}

HELP = """Say what went wrong with RUN, how one can see it, and what to do about it.

Every rule that suits the model is asked; docs/diagnosis.md describes them. For what is wrong there
are pictures in the run's folder (diagnosis/) and a command that should mend it.

\b
Examples:
  makebelieve diagnose vae-avatars-1
  makebelieve diagnose gan-fashion-1 --judge judge-fashion-1 --json
  makebelieve diagnose vae-avatars-1 --fail-on failure && echo good enough

\b
Exit codes: 0 whatever is found, unless --fail-on says otherwise; then 4. 2 your mistake.
"""


@click.command("diagnose", help=HELP, short_help="Say what went wrong, and what to do.")
@click.argument("run", type=RUN, metavar="RUN")
@against_option()
@sample_options(1000)
@click.option(
    "--fail-on",
    type=click.Choice(["failure", "warning"]),
    help="End with exit code 4 where this, or worse, was found.",
)
@json_option("Print one JSON object with all findings.")
def diagnose(
    run: str,
    against: str | None,
    judge: str | None,
    count: int,
    fail_on: str | None,
    seed: int,
    fresh: bool,
    as_json: bool,
) -> int:
    """Diagnose a run."""
    from makebelieve.diagnosis.examine import diagnose as examined
    from makebelieve.runs.heldout import like
    from makebelieve.runs.run import Run

    opened = Run(run)
    data = None if against is None else like(against, opened.spec)
    teller = None if judge is None else Run(judge)
    found = examined(opened, data, n=count, judge=teller, seed=seed, fresh=fresh)
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=1, allow_nan=False))
    else:
        click.echo(_text(found, opened.path))
    grave = {"failure": ("failure",), "warning": ("failure", "warning")}.get(fail_on or "", ())
    return SICK if found.verdict in grave else 0


def _text(found: Diagnosis, folder: object) -> str:
    lines = [found.sentence]
    for finding in found.findings:
        if finding.verdict in {"failure", "warning"}:
            lines += ["", *_sick(finding)]
    unknown, fine = found.of("cannot-tell"), found.of("fine")
    if unknown:
        lines += ["", "Cannot tell:", *_unknown(unknown)]
    if fine:
        lines += ["", "Fine: " + ", ".join(f"{f.name} ({f.code})" for f in fine)]
    drawn = {file for finding in found.findings for file in finding.evidence}
    if drawn:
        lines += ["", f"Pictures: {folder}/diagnosis"]
    return "\n".join(lines)


def _unknown(findings: Sequence[Finding]) -> list[str]:
    """Name what cannot be told, each reason once."""
    names: dict[str, list[str]] = {}
    for f in findings:
        names.setdefault(f.sentence, []).append(f"{f.name} ({f.code})")
    return [f"  {', '.join(named)}: {reason}." for reason, named in names.items()]


def _sick(finding: Finding) -> list[str]:
    from makebelieve.diagnosis.rules import RULES

    rule = RULES[finding.code]
    lines = [
        f"{WORDS[finding.verdict]}: {finding.name} ({finding.code})",
        f"  {finding.sentence}.",
        f"  {rule.about} {rule.why}",
    ]
    if finding.evidence:
        lines.append(f"  See: {', '.join(finding.evidence)}")
    if finding.remedy:
        lines.append(f"  Try: {finding.remedy}")
    return lines
