"""A judge that is surer than it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics.judges import probabilities

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"calibration_error_warning": 0.05, "calibration_error": 0.1, "excess": 0.03}


def look(case: Case) -> Seen:
    """Compare how sure it is with how often it is right."""
    case.enough(100, "calibration")
    sure, right = case.once(_verdicts)
    error, excess = case.value("calibration-error"), float(sure.mean() - right.mean())
    # So much apart are the two by chance alone, over 15 bins.
    chance = float(np.sqrt(15 * (right.mean() * (1 - right.mean()) + 1e-4) / len(right)))
    measured = {"calibration_error": error, "excess": excess, "chance": chance}
    words = f"it is {sure.mean():.1%} sure and {right.mean():.1%} right"
    over = excess > max(LIMITS["excess"], 0.5 * chance)
    if error > LIMITS["calibration_error"] and over:
        return Seen("failure", words, measured)
    warned = error > max(LIMITS["calibration_error_warning"], chance) and excess > 0
    return Seen("warning" if warned else "fine", words, measured)


def _verdicts(case: Case) -> tuple[np.ndarray, np.ndarray]:
    x, y = case.sitting.inputs(case.sitting.split)
    assert y is not None
    found = probabilities(case.sitting.model.logits, x)
    sure, said = found.max(1)
    return sure.numpy(), (said == y).double().numpy()


def remedy(case: Case) -> str:
    """Stop sooner: what is learned last is certainty."""
    epochs = 8 * int(case.run.about["data"]["train"])
    return case.retrain(training__examples=min(epochs, int(case.run.status["seen"]) // 4))


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw how often it is right beside how sure it is."""
    sure, right = case.once(_verdicts)
    place = np.minimum((sure * 10).astype(int), 9)
    used = [i for i in range(10) if (place == i).any()]
    title = "how sure it is (blue), and how often it is right (orange)"
    return [
        draw.bars(
            np.asarray([sure[place == i].mean() for i in used]),
            folder / "reliability.png",
            title=title,
            names=[f"{i * 10}–{i * 10 + 10} %" for i in used],
            beside=np.asarray([right[place == i].mean() for i in used]),
        )
    ]


RULE = Rule(
    code="J1",
    name="overconfident judge",
    about="The judge is surer than it is right.",
    why="Whoever acts on how sure it is will be wrong more often than they think.",
    suits=("judges",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Guo et al. 2017, eq. 3; limits on planted faults.",
    evidence=evidence,
)
