"""A discriminator that cannot tell, while anybody could."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.duel import bad_samples, curves
from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"ahead": 0.65, "coverage": 0.5, "fd_share": 0.2}


def look(case: Case) -> Seen:
    """Ask whether it is at a loss where samples are plainly bad."""
    ahead = case.course.late("ahead")
    coverage, distance = bad_samples(case)
    measured = {"ahead": ahead, "coverage": coverage, "fd_share": distance}
    words = f"the discriminator ranks only {ahead:.0%} of real examples above fakes"
    bad = (coverage < LIMITS["coverage"]) + (distance > LIMITS["fd_share"])
    if ahead > LIMITS["ahead"] or not bad:
        return Seen("fine", words, measured)
    words = f"{words}, though samples reach {coverage:.0%} of what real examples do"
    return Seen("failure" if bad == 2 else "warning", words, measured)


def remedy(case: Case) -> str:
    """Let it learn as fast as the generator."""
    o = case.options
    if o.discriminator_rate < 1:
        return case.retrain(model__discriminator_rate=None)
    size = {"small": "medium", "medium": "large"}.get(o.size, "large")
    return case.retrain(model__size=size)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw who was ahead."""
    return [curves(case, folder / "ahead.png")]


RULE = Rule(
    code="D3",
    name="discriminator too weak",
    about="The discriminator cannot tell fakes from real examples, and anybody else could.",
    why="The generator is told that all is well, and stops.",
    suits=("contest",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="A loss of 2 log 2 is reached by perfect samples and by garbage alike: planted faults.",
    evidence=evidence,
)
