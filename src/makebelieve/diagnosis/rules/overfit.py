"""Better on what it was trained on than on anything else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from makebelieve.data.loading import Batch, to_tensor
from makebelieve.diagnosis import draw
from makebelieve.diagnosis.course import MAIN, Curve
from makebelieve.diagnosis.rule import Missing, Rule, Seen
from makebelieve.rng import Step, some

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from makebelieve.data.spec import Dataset
    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Course

__all__ = ["RULE"]

LIMITS = {"gap_share": 0.05, "gap_least": 10.0, "gap_least_judge": 0.1, "gap_errors": 2.0,
          "rise_share": 0.02}  # fmt: skip
SINGLE = 64  # examples of either split that are looked at one by one
NEAR = 0.025  # of the best held-out loss
REACH = 8  # a picture is moved by up to its width over this
LONGER = 4  # times as many examples, where they move


def look(case: Case) -> Seen:
    """Compare the loss of both splits, and the held-out loss with its own best."""
    measured = _measured(case.course) | {"gap_error": _error(case)}
    words = f"held-out examples cost {measured['gap']:.3g} nats more than training examples"
    if not _wide(case.model, measured):
        return Seen("fine", words, measured)
    if _risen(case.model, measured):
        return Seen("failure", f"{words}, and {measured['rise']:.3g} more than at best", measured)
    if measured["gap"] < LIMITS["gap_errors"] * measured["gap_error"]:
        few = f"{words}, which the luck of the few that are held out can be"
        return Seen("fine", few, measured)
    return Seen("warning", words, measured)


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


@torch.no_grad()
def _error(case: Case) -> float:
    """Return the standard error of the gap: where few are held out, it can be their luck.

    0 where there is nothing to tell it from: neither a checkpoint nor the data.
    """
    try:
        model, data = case.trained, case.data
    except Missing:
        return 0.0
    if data.spec != case.run.spec:
        return 0.0
    variance = 0.0
    for split in ("train", "validation"):
        rows = data.rows(split)
        if case.model == "judge" and data.labels is not None:
            rows = rows[np.asarray(data.labels)[rows] >= 0]
        losses = _single(model, MAIN[case.model], data, some(rows, SINGLE))
        variance += float(np.var(losses, ddof=1)) / len(rows) if len(losses) > 1 else 0.0
    return math.sqrt(variance)


def _single(model: Any, name: str, data: Dataset, rows: np.ndarray) -> list[float]:
    """Return what each of these examples costs."""
    told = None if data.labels is None else torch.from_numpy(np.asarray(data.labels[rows]))
    x = to_tensor(np.asarray(data.examples[rows]))
    batches = [Batch(x[i : i + 1], None if told is None else told[i : i + 1])
               for i in range(len(rows))]  # fmt: skip
    return [float(model.validate(batch, Step(i))[name]) for i, batch in enumerate(batches)]


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
    """Show each picture in many places; and stop where it was good enough.

    What came after that was learned by heart. Pictures that move take longer to learn.
    """
    seen = max(good_enough(_curves(case.course)[1]), 1_000)
    spec, asked = case.run.spec, case.run.recipe.options.shift
    far = max(1, spec.shape[-1] // REACH) if spec.kind == "pictures" else 0
    if asked >= far:
        return case.retrain(training__examples=seen)
    return case.retrain(model__shift=far, training__examples=LONGER * seen)


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
