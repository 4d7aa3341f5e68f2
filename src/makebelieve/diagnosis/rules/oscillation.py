"""A contest that goes round in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Missing, Rule, Seen
from makebelieve.metrics.features import Pixels
from makebelieve.rng import some

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"moved_warning": 0.28, "moved": 0.45, "wander": 0.1}
LAST = 5
MOST = 1_000


def look(case: Case) -> Seen:
    """Compare what the same codes gave at the last checkpoints."""
    codes, apart = _codes(case)
    if len(codes) < 2 * LAST:
        raise Missing(f"there are {len(codes)} sheets of samples, and it takes {2 * LAST}")
    late = codes[-LAST:]
    steps = (late[1:] - late[:-1]).norm(dim=-1).mean(1) / apart
    means = late.mean(1)
    wander = float((means[1:] - means[:-1]).norm(dim=-1).max()) / apart
    measured = {"moved": float(steps.mean()), "wander": wander}
    words = (
        f"between checkpoints the same code's sample moves {measured['moved']:.2g} times as far as "
        "two real pictures are apart"
    )
    if measured["moved"] > LIMITS["moved"] and wander > LIMITS["wander"]:
        return Seen("failure", words, measured)
    return Seen(
        "warning" if measured["moved"] > LIMITS["moved_warning"] else "fine", words, measured
    )


def _codes(case: Case) -> tuple[Tensor, float]:
    """Return the samples at each checkpoint, (k, 64, d), and how far two real ones are apart."""
    _, sheets = case.sheets
    real = np.asarray(case.data.examples[some(case.data.rows("train"), MOST)])
    pixels = Pixels().fit(real)
    found = pixels(sheets.reshape(-1, *sheets.shape[2:])).reshape(*sheets.shape[:2], -1)
    # The distance of two that have nothing to do with each other: √2 of the spread.
    return found, float((2 * pixels(real).var(0).sum()) ** 0.5)


def remedy(case: Case) -> str:
    """Smaller steps with the penalty that makes the game converge."""
    rate = min(case.rate / 4, 1e-3)
    return case.retrain(
        training__learning_rate=rate, training__schedule=None, training__ema=None,
        training__beta1=None, model__loss=None, model__penalty=None, model__gamma=None,
        model__discriminator_rate=None,
    )  # fmt: skip


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show the same codes at the last checkpoints, one below the other."""
    seen, sheets = case.sheets
    shown = [(f"{n:,}", sheet[:12]) for n, sheet in zip(seen[-LAST:], sheets[-LAST:], strict=True)]
    return [draw.rows(shown, folder / "oscillation.png")]


RULE = Rule(
    code="S6",
    name="oscillation",
    about="What the maker makes goes round in circles from checkpoint to checkpoint.",
    why="The last checkpoint is an accident: an earlier or later one would be another maker.",
    suits=("makes", "contest"),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Mescheder et al. 2018, section 2; limits on planted faults.",
    evidence=evidence,
)
