"""Dimensions of the code that nothing depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.diagnosis.shuffling import nats

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"dead_share": 0.7}


def look(case: Case) -> Seen:
    """Count the dimensions with more than a tenth of a nat."""
    live, whole = case.value("live-dimensions"), case.sitting.model.latent_dim
    dead = 1 - live / whole
    measured = {"live": live, "latent_dim": whole, "dead_share": dead}
    words = f"{live:.0f} of {whole} dimensions of the code are used"
    return Seen("warning" if dead > LIMITS["dead_share"] else "fine", words, measured)


def remedy(case: Case) -> str:
    """Keep as many dimensions as are used, and a few to spare."""
    live = int(case.value("live-dimensions"))
    return case.retrain(model__latent_dim=max(2, round(1.25 * live)))


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw the nats of each dimension."""
    return [nats(case, folder)]


RULE = Rule(
    code="C3",
    name="dead latents",
    about="More than seven in ten dimensions of the code say less than a tenth of a nat.",
    why="It is no defect: a shorter code would do as well, and is easier to explore.",
    suits=("posterior",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Burda et al. 2015, section 5 (active units); the tenth of a nat is our own.",
    evidence=evidence,
)
