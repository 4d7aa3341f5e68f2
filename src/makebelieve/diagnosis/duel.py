"""What the log of a contest says: who is ahead, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Missing

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["bad_samples", "curves"]


def bad_samples(case: Case) -> tuple[float, float]:
    """Return coverage over that of real examples, and how much worse than the null FD is.

    The loss of neither player says how good samples are: only samples do.
    """
    features = "random-conv" if "pictures" in case.able else "pixels"
    case.enough(50, "whether samples are any good")
    coverage = case.value(f"coverage-{features}") / max(case.null(f"coverage-{features}"), 1e-9)
    held = case.sitting.features(features, "held")
    # FD over the variance of the data: 2 where samples are one point, whatever the units.
    return coverage, case.value(f"fd-{features}") / float(held.var(0).sum())


def curves(case: Case, path: Path) -> Path:
    """Draw how often the discriminator ranks real above fake, in training and held out."""
    shown = []
    for name, split in (("training", "train"), ("held out", "validation")):
        try:
            curve = case.course.curve("ahead", split)
        except Missing:
            continue
        shown.append((name, curve.seen, curve.values))
    title = "how often the discriminator ranks a real example above a fake"
    return draw.lines(shown, path, title=title, limits=[("coin toss", 0.5)])
