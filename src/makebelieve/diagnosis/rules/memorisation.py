"""A maker that gives its training examples back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics.copies import auth_pct, gallery
from makebelieve.metrics.features import Pixels
from makebelieve.metrics.neighbours import nearest
from makebelieve.rng import some
from makebelieve.runs.run import generate

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"authentic_fall": 15.0, "nearness_warning": 0.7, "nearness": 0.5}
MOST = 5_000


def look(case: Case) -> Seen:
    """Compare how near samples are to training with how near training examples are to others."""
    _, _, fake, train = case.once(_compared)
    own = nearest(train).distances[:, 0]
    # Of a fresh example and a training one, either is the nearer to the others half of the time.
    authentic = auth_pct(fake, train, own)
    near = float(nearest(fake, train).distances[:, 0].median() / own.median().clamp(min=1e-9))
    measured = {"authentic_pct": authentic, "nearness": near}
    words = f"samples are {near:.2g} times as far from training examples as those are from others"
    few = authentic < 50 - LIMITS["authentic_fall"]
    if few and near < LIMITS["nearness"]:
        return Seen("failure", words, measured)
    return Seen("warning" if few and near < LIMITS["nearness_warning"] else "fine", words, measured)


def _compared(case: Case) -> tuple[np.ndarray, np.ndarray, Tensor, Tensor]:
    """Return samples and training examples, and both in pixels; held-out ones are not needed."""
    known = np.asarray(case.data.examples[some(case.data.rows("train"), MOST)])
    made = generate(case.trained, case.run.spec, min(case.n, 1000), seed=case.seed)
    pixels = Pixels().fit(known)
    return made, known, pixels(made), pixels(known)


def remedy(case: Case) -> str:
    """See each example fewer times."""
    return case.retrain(training__examples=max(1_000, int(case.run.status["seen"]) // 8))


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show the samples nearest to training above what they are near to."""
    if case.run.spec.kind != "pictures":
        return []
    made, known, fake, train = case.once(_compared)
    found = gallery(fake, train, count=12)
    shown = [("sample", made[found.samples]), ("in training", known[found.train])]
    return [draw.rows(shown, folder / "memorisation.png")]


RULE = Rule(
    code="S3",
    name="memorisation",
    about="The maker gives its training examples back.",
    why="Nothing is new, and what was private in the data is handed out.",
    suits=("makes",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Alaa et al. 2022, section 3.3 (authenticity); limits on planted faults.",
    evidence=evidence,
)
