"""Training that was stopped on its way down: everything else may still change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.course import MAIN, Curve
from makebelieve.diagnosis.rule import Missing, Rule, Seen
from makebelieve.metrics.kernel import energy_distance

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {
    "gain_warning": 0.08,
    "gain_failure": 0.25,
    "noise": 2.0,
    "looks": 1.0,
    "contest_of_usual": 0.05,
}
LEAST = 8  # sheets of samples


def look(case: Case) -> Seen:
    """Say whether it has only begun, else how much the second half of training brought."""
    return _begun(case) or _gained(case)


def _begun(case: Case) -> Seen | None:
    seen, usual = case.run.status["seen"], case.usual["examples"]
    looks, of_usual = _looks(case), seen / usual
    if looks < LIMITS["looks"]:
        words = f"it has seen {looks:.0%} of the training examples"
        return Seen("failure", words, {"looks": looks})
    # A contest has no loss that could tell; with few examples, many looks at all are few steps.
    if case.model not in MAIN and of_usual < LIMITS["contest_of_usual"]:
        words = f"it has seen {seen:,} examples, where such a contest usually takes {usual:,}"
        return Seen("failure", words, {"looks": looks, "contest_of_usual": of_usual})
    return None


def _looks(case: Case) -> float:
    """Return how often it has seen each training example."""
    return float(case.run.status["seen"] / max(case.run.about["data"]["train"], 1))


def _gained(case: Case) -> Seen:
    """Compare what the second half of training gained with all that was gained."""
    looks, curve = _looks(case), case.once(_curve)
    start, middle, end = _start(case, curve), curve.at(0.5), curve.at(1.0)
    whole = start - end
    if whole <= 0 or middle >= start:
        words = "training did not make it better than it was at its start"
        return Seen("fine", words, {"gain": 0.0, "looks": looks})
    gain = (middle - end) / whole
    # Steps between neighbours hold twice the variance of one value.
    noise = float(np.diff(curve.last(0.5)).std() / np.sqrt(2)) / whole if len(curve.seen) > 3 else 0
    measured = {"gain": gain, "noise": noise, "looks": looks}
    words = f"the second half of training brought {gain:.0%} of all that was gained"
    if gain <= max(LIMITS["gain_warning"], LIMITS["noise"] * noise):
        return Seen("fine", words, measured)
    # A contest that is going wrong comes and goes: its samples cannot excuse it.
    grave = gain > LIMITS["gain_failure"] and case.model in MAIN
    return Seen("failure" if grave else "warning", words, measured)


def _curve(case: Case) -> Curve:
    """Return what fell: the loss on held-out examples, or a contest's distance from real ones."""
    if case.model not in MAIN:
        return _distances(case)
    name = MAIN[case.model]
    try:
        return case.course.curve(name, "validation")
    except Missing:
        return case.course.curve(name)


def _start(case: Case, curve: Curve) -> float:
    """Return the value at the very start of training, or the first that was drawn."""
    if case.model not in MAIN:
        return float(curve.values[0])
    return float(case.course.curve(MAIN[case.model]).values[0])


def _distances(case: Case) -> Curve:
    """Return how far the samples of each checkpoint were from real pictures."""
    seen, sheets = case.sheets
    extractor = case.sitting.extractors["random-conv"]
    real = case.sitting.features("random-conv", "held")
    if len(seen) < LEAST:
        raise Missing(f"there are {len(seen)} sheets of samples, and it takes {LEAST}")
    distances = [energy_distance(extractor(sheet), real) for sheet in sheets]
    return Curve(seen.astype(np.float64), np.asarray(distances))


def remedy(case: Case) -> str:
    """Train anew, four times as long or as long as is usual: the step size has already fallen."""
    longer = 4 * int(case.run.status["seen"])
    usual = case.usual["examples"]
    minutes = case.run.recipe.training.minutes
    return case.retrain(training__examples=None if longer < usual and not minutes else longer)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw the curve, with the moment that halves the run."""
    curve = case.once(_curve)
    name = MAIN.get(case.model)
    title = f"{name.replace('_', ' ')} of held-out examples" if name else "distance of samples"
    shown = [("held out" if name else "samples from real", curve.seen, curve.values)]
    limits = [("half-way", curve.at(0.5))]
    return [draw.lines(shown, folder / "still-improving.png", title=title, limits=limits)]


RULE = Rule(
    code="T2",
    name="still improving",
    about="What is learned was still getting better when training ended.",
    why="A model that has just begun looks like a sick one, so nothing else can be told yet.",
    suits=(),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Energy distance of Székely and Rizzo 2013 for contests; limits on planted faults.",
    evidence=evidence,
    suspended=False,
)
