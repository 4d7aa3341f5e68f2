"""Training that was stopped on its way down: everything else may still change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.course import MAIN
from makebelieve.diagnosis.rule import Missing, Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Curve

__all__ = ["RULE"]

LIMITS = {"gain_warning": 0.08, "gain_failure": 0.25, "noise": 2.0, "looks": 1.0}


def look(case: Case) -> Seen:
    """Compare what the second half of training gained with all that was gained."""
    looks = case.run.status["seen"] / max(case.run.about["data"]["train"], 1)
    if looks < LIMITS["looks"]:
        words = f"it has seen {looks:.0%} of the training examples"
        return Seen("failure", words, {"looks": looks})
    curve = _curve(case)
    start = case.course.curve(MAIN[case.model]).values[0]
    middle, end = curve.at(0.5), curve.at(1.0)
    whole = max(float(start) - end, 1e-9)
    gain = (middle - end) / whole
    # Steps between neighbours hold twice the variance of one value.
    noise = float(np.diff(curve.last(0.5)).std() / np.sqrt(2)) / whole if len(curve.seen) > 3 else 0
    measured = {"gain": gain, "noise": noise}
    words = f"the second half of training brought {gain:.0%} of all that was gained"
    if gain <= max(LIMITS["gain_warning"], LIMITS["noise"] * noise):
        return Seen("fine", words, measured)
    return Seen("failure" if gain > LIMITS["gain_failure"] else "warning", words, measured)


def _curve(case: Case) -> Curve:
    if case.model not in MAIN:
        raise Missing("the curves of a contest do not tell: look at its samples")
    name = MAIN[case.model]
    try:
        return case.course.curve(name, "validation")
    except Missing:
        return case.course.curve(name)


def remedy(case: Case) -> str:
    """Train anew, four times as long or as long as is usual: the step size has already fallen."""
    longer = 4 * int(case.run.status["seen"])
    usual = case.usual["examples"]
    minutes = case.run.recipe.training.minutes
    return case.retrain(training__examples=None if longer < usual and not minutes else longer)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw the curve, with the moment that halves the run."""
    curve = _curve(case)
    title = f"{MAIN[case.model].replace('_', ' ')} of held-out examples"
    shown = [("held out", curve.seen, curve.values)]
    limits = [("half-way", curve.at(0.5))]
    return [draw.lines(shown, folder / "still-improving.png", title=title, limits=limits)]


RULE = Rule(
    code="T2",
    name="still improving",
    about="The loss on held-out examples was still falling when training ended.",
    why="A model that has just begun looks like a sick one, so nothing else can be told yet.",
    suits=(),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Limits set on planted faults: benchmarks/planted_faults.py.",
    evidence=evidence,
    suspended=False,
)
