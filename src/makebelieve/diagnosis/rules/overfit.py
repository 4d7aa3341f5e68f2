"""Better on what it was trained on than on anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.course import MAIN, Curve
from makebelieve.diagnosis.rule import Missing, Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Course

__all__ = ["RULE"]

LIMITS = {"gap_share": 0.05, "gap_least": 10.0, "gap_least_judge": 0.1, "rise_share": 0.02}
NEAR = 0.025  # of the best held-out loss


def look(case: Case) -> Seen:
    """Compare the loss of both splits, and the held-out loss with its own best."""
    measured = _measured(case.course)
    words = f"held-out examples cost {measured['gap']:.3g} nats more than training examples"
    if _wide(case.model, measured) and _risen(case.model, measured):
        return Seen("failure", f"{words}, and {measured['rise']:.3g} more than at best", measured)
    return Seen("warning" if _wide(case.model, measured) else "fine", words, measured)


def _measured(course: Course) -> dict[str, float]:
    train, held = _curves(course)
    end, known = held.at(1.0), train.at(1.0)
    gap = end - known
    return {
        "gap": gap, "gap_share": gap / max(abs(known), 1e-9), "held_out": end,
        "rise": end - float(held.values.min()),
    }  # fmt: skip


def _least(model: str) -> float:
    return LIMITS["gap_least_judge" if model == "judge" else "gap_least"]


def _wide(model: str, measured: dict[str, float]) -> bool:
    return measured["gap"] > _least(model) and measured["gap_share"] > LIMITS["gap_share"]


def _risen(model: str, measured: dict[str, float]) -> bool:
    share = LIMITS["rise_share"] * abs(measured["held_out"])
    return measured["rise"] > max(share, 0.2 * _least(model))


def _curves(course: Course) -> tuple[Curve, Curve]:
    if course.model not in MAIN:
        raise Missing("a contest has no loss that both splits share")
    name = MAIN[course.model]
    return course.curve(name, "train"), course.curve(name, "validation")


def early(course: Course) -> str | None:
    """Look whether held-out examples have been getting worse."""
    measured = _measured(course)
    if not (_wide(course.model, measured) and _risen(course.model, measured)):
        return None
    return "it is learning its training examples by heart: held-out ones have been getting worse"


def remedy(case: Case) -> str:
    """Stop where it was good enough: what came later was learned by heart."""
    _, held = _curves(case.course)
    return case.retrain(training__examples=max(good_enough(held), 1_000))


def good_enough(held: Curve) -> int:
    """Return after how many examples a held-out loss was first all but its best.

    Example:
        >>> import numpy as np
        >>> good_enough(Curve(np.asarray([10, 20, 30, 40]), np.asarray([5.0, 2.01, 2.0, 2.2])))
        20
    """
    best = held.values.min()
    return int(held.seen[held.values <= best + NEAR * abs(best)][0])


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw both curves."""
    train, held = _curves(case.course)
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
    early=early,
)
