"""Codes of real examples lie where no random code falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"mismatch": 2.0, "fd_ratio_warning": 2.0, "fd_ratio": 4.0}


def look(case: Case) -> Seen:
    """Compare all codes with the prior, and samples with reconstructions."""
    mismatch, ratio = case.value("aggregate-mismatch"), case.value("prior-hole")
    measured = {"mismatch": mismatch, "fd_ratio": ratio}
    words = (
        f"codes are {mismatch:.2g} nats away from the prior, and samples are {ratio:.2g} times as "
        "far from real examples as reconstructions are"
    )
    elsewhere, worse = mismatch > LIMITS["mismatch"], ratio > LIMITS["fd_ratio"]
    if elsewhere and worse:
        return Seen("failure", words, measured)
    # Whatever codes are like: where samples are as good as reconstructions, nothing is lost.
    lost = worse or (elsewhere and ratio > LIMITS["fd_ratio_warning"])
    return Seen("warning" if lost else "fine", words, measured)


def remedy(case: Case) -> str:
    """Make the code pay its full price; where it does, shorten it."""
    beta = case.options.beta
    if beta < 1:
        return case.retrain(model__beta=1.0, model__free_bits=0.0)
    return case.retrain(model__latent_dim=max(2, case.sitting.model.latent_dim // 2))


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show real pictures, what their codes become, and what random codes become."""
    s = case.sitting
    if s.run is None or s.data.spec.kind != "pictures":
        return []
    _, y = s.inputs(s.split)
    told = s.told(y)
    rebuilt = s.run.reconstruct(s.held[:12], None if told is None else told[:12].numpy())
    shown = [("real", s.held[:12]), ("rebuilt", rebuilt), ("from random codes", s.fake[:12])]
    return [draw.rows(shown, folder / "prior-hole.png")]


RULE = Rule(
    code="C4",
    name="prior hole",
    about="The codes of real examples lie where random codes do not fall.",
    why="Reconstructions are good and samples are bad: what is sampled was never trained.",
    suits=("posterior", "makes"),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Rosca et al. 2018; Ghosh et al. 2020, section 3; limits set on planted faults.",
    evidence=evidence,
)
