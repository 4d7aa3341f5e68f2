"""A maker that makes the same few things again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Missing, Rule, Seen
from makebelieve.metrics.neighbours import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"closeness_warning": 0.3, "closeness": 0.25, "coverage": 0.5, "recall": 0.5,
          "classes_lost": 2}  # fmt: skip


def look(case: Case) -> Seen:
    """Ask how near samples are to each other, and how much of the data they reach."""
    features = "random-conv" if "pictures" in case.able else "pixels"
    case.enough(50, "mode collapse")
    fake, held = (case.sitting.features(features, which) for which in ("fake", "held"))
    # Typical distance between any two, as well as to the nearest: copies of copies show in both.
    near = _middle(nearest(fake).distances) / _middle(nearest(held).distances)
    spread = float(fake.var(0).sum() / held.var(0).sum()) ** 0.5
    coverage, recall = (
        case.value(f"{name}-{features}") / case.null(f"{name}-{features}")
        for name in ("coverage", "recall")
    )
    measured = {"closeness": near, "spread": spread, "coverage": coverage, "recall": recall}
    reach = coverage < LIMITS["coverage"] and recall < LIMITS["recall"]
    lost = _lost(case, measured)
    signs = (min(near, spread) < LIMITS["closeness"]) + reach + lost
    words = (
        f"samples are {near:.2g} times as far from each other as real examples are, and reach "
        f"{coverage:.0%} of what real ones reach"
    )
    if signs >= 2:
        return Seen("failure", words, measured)
    warned = signs == 1 or min(near, spread) < LIMITS["closeness_warning"]
    return Seen("warning" if warned else "fine", words, measured)


def _lost(case: Case, measured: dict[str, float]) -> bool:
    """Count the classes (or the modes of a known density) that are never made."""
    for name in ("modes-found", "classes-found"):
        try:
            lost = case.null(name) - case.value(name)
        except Missing:
            continue
        measured["classes_lost"] = lost
        return lost >= LIMITS["classes_lost"]
    return False


def _middle(x: Tensor) -> float:
    return max(float(x.median()), 1e-9)


def remedy(case: Case) -> str:
    """Give a contest its penalty and its even pace back; give a VAE its code back."""
    if "contest" not in case.able:
        return case.retrain(model__beta=1.0, model__latent_dim=None)
    o = case.options
    changes = {
        "model__loss": None, "model__penalty": None, "model__gamma": None,
        "model__discriminator_rate": None, "training__learning_rate": None,
    }  # fmt: skip
    if o.latent_dim < 8 and "pictures" in case.able:
        changes["model__latent_dim"] = None
    return case.retrain(**changes)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show the samples that are most alike, in groups, below real examples."""
    s = case.sitting
    if s.data.spec.kind != "pictures":
        return []
    features = s.features("random-conv", "fake")
    closest = nearest(features, k=11)
    first = int(closest.distances[:, -1].argmin())
    group = np.concatenate([[first], closest.rows[first].numpy()])
    shown = [("real", s.held[:12]), ("samples", s.fake[:12]), ("most alike", s.fake[group])]
    return [draw.rows(shown, folder / "mode-collapse.png")]


RULE = Rule(
    code="S1",
    name="mode collapse",
    about="The maker makes the same few things again and again.",
    why="Each sample may look real, and together they show almost nothing of the data.",
    suits=("makes",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Goodfellow 2016, section 5.1; Naeem et al. 2020 (coverage); limits on planted faults.",
    evidence=evidence,
)
