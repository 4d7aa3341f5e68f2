"""A contest that goes round in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Missing, Rule, Seen
from makebelieve.metrics.features import Pixels

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"moved_warning": 0.6, "moved": 0.9, "wander": 0.25}
LAST = 5


def look(case: Case) -> Seen:
    """Compare what the same codes gave at the last checkpoints."""
    codes = _codes(case)
    if len(codes) < 2 * LAST:
        raise Missing(f"there are {len(codes)} sheets of samples, and it takes {2 * LAST}")
    late = codes[-LAST:]
    # √2 is the distance of two samples that have nothing to do with each other.
    spread = float((2 * late.var(1).sum(-1).mean()) ** 0.5)
    steps = (late[1:] - late[:-1]).norm(dim=-1).mean(1) / max(spread, 1e-9)
    means = late.mean(1)
    wander = float((means[1:] - means[:-1]).norm(dim=-1).max()) / max(spread, 1e-9)
    measured = {"moved": float(steps.mean()), "wander": wander}
    words = (
        f"between checkpoints the same code's sample moves {measured['moved']:.2g} times as far as "
        "two samples are apart"
    )
    if measured["moved"] > LIMITS["moved"] and wander > LIMITS["wander"]:
        return Seen("failure", words, measured)
    return Seen(
        "warning" if measured["moved"] > LIMITS["moved_warning"] else "fine", words, measured
    )


def _codes(case: Case) -> Tensor:
    """Return the samples at each checkpoint as (k, 64, d) numbers."""
    _, sheets = case.sheets
    flat = sheets.reshape(-1, *sheets.shape[2:])
    found = Pixels().fit(flat)(flat)
    return found.reshape(len(sheets), sheets.shape[1], -1)


def remedy(case: Case) -> str:
    """Smaller steps with the penalty that makes the game converge."""
    rate = case.rate / 4
    return case.retrain(
        training__learning_rate=rate, model__loss=None, model__penalty=None, model__gamma=None,
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
