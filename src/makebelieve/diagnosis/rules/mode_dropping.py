"""A maker that leaves out a part of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics.copies import cells
from makebelieve.metrics.modes import class_histogram
from makebelieve.rng import some

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {
    "lost": 0.1,
    "lost_share": 0.04,
    "starved": 0.2,
    "starved_share": 0.1,
    "class_warning": 0.4,
    "class": 0.1,
}
BINS, EACH = 20, 25  # examples that a bin should hold
MOST = 5_000


def look(case: Case) -> Seen:
    """Sort real examples into bins of likeness, and see which of them samples do not fill."""
    case.enough(100, "mode dropping")
    real, made, _ = case.once(_bins)
    lost = float(real[made < LIMITS["lost"] * real].sum())
    starved = float(real[made < LIMITS["starved"] * real].sum())
    measured = {"lost_share": lost, "starved_share": starved}
    words = f"{starved:.0%} of real examples are of a kind that is hardly ever made"
    rarest, share = _rarest(case)
    if rarest:
        measured["rarest_class"] = share
        words = f"{words}; the rarest class, {rarest}, comes {share:.0%} as often as in real ones"
    if lost > LIMITS["lost_share"] or share < LIMITS["class"]:
        return Seen("failure", words, measured)
    warned = starved > LIMITS["starved_share"] or share < LIMITS["class_warning"]
    return Seen("warning" if warned else "fine", words, measured)


def _bins(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the share of real and of made examples in each bin, and the bins of real ones.

    The bins are those of training examples, so that neither side has shaped them.
    """
    features = "random-conv" if "pictures" in case.able else "pixels"
    train, held, fake = (case.sitting.features(features, x) for x in ("train", "held", "fake"))
    rows = torch.from_numpy(some(np.arange(len(train)), MOST))
    centres = cells(train[rows], min(BINS, len(held) // EACH))
    real, made = (torch.cdist(x.double(), centres).argmin(1) for x in (held, fake))
    return _shares(real, len(centres)), _shares(made, len(centres)), real.numpy()


def _shares(place: Tensor, bins: int) -> np.ndarray:
    return torch.bincount(place, minlength=bins).double().div(len(place)).numpy()


def _rarest(case: Case) -> tuple[str, float]:
    """Return the class that samples have least of, against real examples; "" without a judge."""
    judge = case.sitting.classifier
    if judge is None:
        return "", 1.0
    names = case.data.spec.classes
    real, made = (
        class_histogram(judge.probabilities(x).argmax(1), len(names))
        for x in (case.sitting.held, case.sitting.fake)
    )
    # Of a class of under 2 %, or of ten examples, there are too few to tell.
    told = real >= max(0.02, 10 / case.sitting.n)
    ratio = torch.where(told, made / real.clamp(min=1e-9), torch.ones_like(real))
    return names[int(ratio.argmin())], float(ratio.min())


def remedy(case: Case) -> str:
    """Train on all that samples are compared with, or for longer."""
    longer = case.retrain(training__examples=2 * int(case.run.status["seen"]))
    return case.on_what_it_is_compared_with() or longer


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw how full the bins are, and show real examples of the emptiest."""
    real, made, place = case.once(_bins)
    title = "share of real examples (blue) and of samples (orange) in each bin of likeness"
    files = [draw.bars(real, folder / "bins.png", title=title, beside=made)]
    s = case.sitting
    if s.data.spec.kind == "pictures":
        worst = np.argsort(made / np.maximum(real, 1e-9))[:3]
        shown = [(f"bin {i + 1}", s.held[place == i][:12]) for i in worst]
        files.append(draw.rows(shown, folder / "missing.png"))
    return files


RULE = Rule(
    code="S2",
    name="mode dropping",
    about="A kind of example that the data have is hardly ever made.",
    why="Whoever uses the samples in place of the data will not know that it exists.",
    suits=("makes",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Richardson and Weiss 2018 (bins); limits on planted faults.",
    evidence=evidence,
)
