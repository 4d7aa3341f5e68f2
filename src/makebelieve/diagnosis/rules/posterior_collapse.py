"""A VAE that has stopped using its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.diagnosis.shuffling import gap_share, nats, shuffled

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Course

__all__ = ["RULE"]

LIMITS = {"kl": 0.5, "gap_share_failure": 0.01, "gap_share_warning": 0.02}


def look(case: Case) -> Seen:
    """Measure what the code says, and what the decoder makes of it."""
    kl, share = case.value("kl"), gap_share(case)
    measured = {"kl": kl, "gap_share": share}
    words = (
        f"the code says {kl:.2g} nats, and rebuilding from another's code costs {share:.1%} more"
    )
    if kl < LIMITS["kl"] and share < LIMITS["gap_share_failure"]:
        return Seen("failure", words, measured)
    if kl < LIMITS["kl"] or share < LIMITS["gap_share_warning"]:
        return Seen("warning", words, measured)
    return Seen("fine", words, measured)


def early(course: Course) -> str | None:
    """Look at the KL of the log, once its weight has had time to rise."""
    kl = course.late("kl", "validation")
    if course.progress < 0.3 or kl >= LIMITS["kl"]:
        return None
    return f"the code is collapsing: it says {kl:.2g} nats"


def remedy(case: Case) -> str:
    """Let the code cost less: β = 1, and a start without its cost."""
    beta = case.options.beta
    length = case.run.recipe.training.examples or case.run.status["seen"]
    return case.retrain(
        model__beta=1.0 if beta > 1 else 0.5 * beta, model__kl_warmup=int(length // 5)
    )


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw the nats of each dimension, and pictures rebuilt from each other's codes."""
    return [nats(case, folder), *shuffled(case, folder)]


RULE = Rule(
    code="C1",
    name="posterior collapse",
    about="The code says nothing about the example, so every example is rebuilt alike.",
    why="There is nothing to walk through, to edit or to interpolate: only an average.",
    suits=("posterior",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Bowman et al. 2016, section 3; limits of the gap on planted faults.",
    evidence=evidence,
    early=early,
)
