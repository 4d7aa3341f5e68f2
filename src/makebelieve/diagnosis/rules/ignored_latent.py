"""A code that says much, and a decoder that does not listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.diagnosis.shuffling import gap_share, shuffled

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"kl": 0.5, "gap_share_failure": 0.01, "gap_share_warning": 0.02}


def look(case: Case) -> Seen:
    """Measure what a wrong code costs, where there is a code."""
    kl, share = case.value("kl"), gap_share(case)
    measured = {"kl": kl, "gap_share": share}
    words = f"the code says {kl:.2g} nats, and another's code costs {share:.1%} more"
    if kl < LIMITS["kl"] or share >= LIMITS["gap_share_warning"]:
        return Seen("fine", words, measured)  # without a code it is posterior collapse
    grave = share < LIMITS["gap_share_failure"]
    return Seen("failure" if grave else "warning", words, measured)


def remedy(case: Case) -> str:
    """Make what the code says count for more, and tell the decoder nothing else."""
    return case.retrain(model__beta=0.5 * case.options.beta, model__conditional=None)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show pictures rebuilt from each other's codes."""
    return shuffled(case, folder)


RULE = Rule(
    code="C2",
    name="ignored latent",
    about="The code says something about the example, and the decoder does not use it.",
    why="The likelihood looks good while the code cannot be used for anything.",
    suits=("posterior",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Alemi et al. 2018, section 2; the gap under shuffled codes measured on planted faults.",
    evidence=evidence,
)
