"""A judge that looks at one small patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"fall_warning": 0.15, "fall": 0.3, "follows": 0.2}


def look(case: Case) -> Seen:
    """Put one small patch of another class into each picture."""
    case.enough(100, "the shortcut probe")
    fall, follows = case.value("shortcut-fall"), case.value("shortcut-follows")
    measured = {"fall": fall, "follows": follows}
    words = f"one small patch of another class costs {fall:.0%} of right verdicts"
    if fall > LIMITS["fall"] and follows > LIMITS["follows"]:
        return Seen("failure", words, measured)
    return Seen("warning" if fall > LIMITS["fall_warning"] else "fine", words, measured)


def remedy(case: Case) -> str:
    """Leave out the border, where such marks tend to be."""
    size = case.run.spec.size
    return f"makebelieve data {case.run.recipe.data.source} --pixels {size}"


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
    suspended=False,
)
