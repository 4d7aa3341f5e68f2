"""A number that is no number: training stopped by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]


def look(case: Case) -> Seen:
    """Read how the run ended, and the log."""
    status = case.run.status
    odd = [
        line["seen"]
        for line in case.course.lines
        for value in line.values()
        if isinstance(value, float) and not math.isfinite(value)
    ]
    measured = {"not_finite": float(len(odd)), "stopped": float(status["state"] == "failed")}
    if status["state"] == "failed" or odd:
        return Seen("failure", status["reason"].partition(";")[0] or "the log holds inf", measured)
    return Seen("fine", "every number was finite", measured)


def remedy(case: Case) -> str:
    """Train anew with smaller steps, and none longer than 1."""
    return case.retrain(training__learning_rate=case.rate / 10, training__clip=1.0)


RULE = Rule(
    code="T1",
    name="not finite",
    about="A loss or a gradient became infinite or no number at all.",
    why="From there on no weight can be mended: training has to stop, and what it had is all.",
    suits=(),
    limits={"not_finite": 0},
    look=look,
    remedy=remedy,
    source="By definition.",
    suspended=False,
)
