"""A judge that looks at one small patch."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics.judges import Shortcut, shortcut

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"fall_warning": 0.15, "fall": 0.3, "follows": 0.2, "follows_inside": 0.9}
MOST = 500


def look(case: Case) -> Seen:
    """Put one small patch of another class into each picture, place by place."""
    case.enough(100, "the shortcut probe")
    found, border = case.once(_found)
    measured = {"fall": found.swapped, "follows": found.follows, "border": float(border)}
    where = "at the border" if border else "inside"
    words = (
        f"one small patch of another class, {where}, costs {found.swapped:.0%} of right verdicts"
    )
    # Inside, the patch may be the very thing: the glasses of a face. Marks lie at the border.
    follows = LIMITS["follows" if border else "follows_inside"]
    if found.swapped > LIMITS["fall"] and found.follows > follows:
        return Seen("failure" if border else "warning", words, measured)
    warned = border and found.swapped > LIMITS["fall_warning"]
    return Seen("warning" if warned else "fine", words, measured)


def _found(case: Case) -> tuple[Shortcut, bool]:
    """Return what the probe found, and whether the worst patch touches the border."""
    x, y = case.sitting.inputs(case.sitting.split)
    assert y is not None
    found = shortcut(case.sitting.model.logits, x[:MOST], y[:MOST], seed=case.seed)
    row, column = divmod(int(found.where.argmax()), len(found.where))
    last = len(found.where) - 1
    return found, row in {0, last} or column in {0, last}


def remedy(case: Case) -> str:
    """Show where the mark is: the data have to be mended, by cropping it away or painting over."""
    return f"makebelieve data {shlex.quote(case.run.recipe.data.source)}"


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show real pictures, and how much each patch decides."""
    found, _ = case.once(_found)
    share = (found.where / max(float(found.where.max()), 1e-9)).clamp(0, 1)
    heat = (255 * (1 - share)).byte().numpy()
    size = case.run.spec.size
    rows = np.arange(size) * len(heat) // size
    drawn = heat[rows][:, rows][None, ..., None]
    shown = [("real", case.sitting.held[:8]), ("what decides", drawn)]
    return [draw.rows(shown, folder / "shortcut.png", columns=8)]


RULE = Rule(
    code="J3",
    name="shortcut",
    about="The judge looks at one small patch that gives the class away.",
    why="It will be wrong wherever the mark is missing, and nobody sees it before.",
    suits=("judges", "pictures"),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Geirhos et al. 2020; the probe and its limits are our own.",
    evidence=evidence,
    suspended=False,
)
