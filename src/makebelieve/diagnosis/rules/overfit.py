"""Better on what it was trained on than on anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.case import MAIN
from makebelieve.diagnosis.rule import Missing, Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case, Curve

__all__ = ["RULE"]

LIMITS = {"gap_share": 0.05, "gap_least": 10.0, "gap_least_judge": 0.1, "rise_share": 0.02}


def look(case: Case) -> Seen:
    """Compare the loss of both splits, and the held-out loss with its own best."""
    train, held = _curves(case)
    end = held.at(1.0)
    gap, rise = end - train.at(1.0), end - float(held.values.min())
    least = LIMITS["gap_least_judge" if case.model == "judge" else "gap_least"]
    share = gap / max(abs(train.at(1.0)), 1e-9)
    wide = gap > least and share > LIMITS["gap_share"]
    # The smaller the gap that is allowed, the less may the held-out loss have risen.
    risen = rise > LIMITS["rise_share"] * abs(end) and rise > 0.2 * least
    measured = {"gap": gap, "gap_share": share, "rise": rise}
    unit = "nats"
    words = f"held-out examples cost {gap:.3g} {unit} more than training examples"
    if wide and risen:
        return Seen("failure", f"{words}, and {rise:.3g} more than at their best", measured)
    return Seen("warning" if wide else "fine", words, measured)


def _curves(case: Case) -> tuple[Curve, Curve]:
    if case.model not in MAIN:
        raise Missing("a contest has no loss that both splits share")
    name = MAIN[case.model]
    return case.curve(name, "train"), case.curve(name, "validation")


def remedy(case: Case) -> str:
    """Stop where the held-out loss was best."""
    _, held = _curves(case)
    best = int(held.seen[held.values.argmin()])
    return case.retrain(training__examples=max(best, 1_000))


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw both curves."""
    train, held = _curves(case)
    curves = [("training", train.seen, train.values), ("held out", held.seen, held.values)]
    title = MAIN[case.model].replace("_", " ") + ", in nats"
    return [draw.lines(curves, folder / "overfit.png", title=title)]


RULE = Rule(
    code="T3",
    name="overfit",
    about="The model is better on what it was trained on than on anything else.",
    why="It has learned its training examples, not what they have in common.",
    suits=(),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Limits set on planted faults: benchmarks/planted_faults.py.",
    evidence=evidence,
)
