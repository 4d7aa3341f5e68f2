"""A discriminator that knows its training examples by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Course

__all__ = ["RULE"]

LIMITS = {"lead_warning": 0.25, "lead": 0.5, "errors": 2.0, "ahead": 0.7}


def look(case: Case) -> Seen:
    """Ask how much of its lead the discriminator owes to having seen the examples."""
    lead, error = _lead(case.course)
    ahead = case.course.late("ahead", "train")
    measured = {"lead": lead, "error": error, "ahead": ahead}
    words = f"the discriminator owes {lead:.0%} of its lead to knowing training examples by heart"
    # Where it cannot tell at all, its lead is next to nothing, and any share of it is chance.
    if ahead < LIMITS["ahead"] or lead < max(LIMITS["lead_warning"], LIMITS["errors"] * error):
        return Seen("fine", words, measured)
    return Seen("failure" if lead > LIMITS["lead"] else "warning", words, measured)


def _lead(course: Course) -> tuple[float, float]:
    """Return the mean of the last ten looks and its error: held-out examples may be few."""
    leads = _leads(course)[1][-10:]
    return float(np.mean(leads)), float(np.std(leads) / np.sqrt(len(leads)))


def _leads(course: Course) -> tuple[np.ndarray, np.ndarray]:
    """Return r_v at each look at held-out examples: (D(train) − D(held)) / (D(train) − D(fake))."""
    train, fake = (course.curve(name, "train") for name in ("logit_real", "logit_fake"))
    held = course.curve("logit_real", "validation")
    gap = np.maximum(train.values - fake.values, 1e-6)
    return train.seen, (train.values - held.values) / gap


def early(course: Course) -> str | None:
    """Look at the same number so far."""
    lead, error = _lead(course)
    blind = course.late("ahead", "train") < LIMITS["ahead"]
    if course.progress < 0.3 or blind or lead < max(LIMITS["lead"], LIMITS["errors"] * error):
        return None
    return f"the discriminator knows its examples by heart: it owes {lead:.0%} of its lead to that"


def remedy(case: Case) -> str:
    """Show it changed pictures as soon as it begins to know them by heart, and stop sooner."""
    seen = int(case.run.status["seen"])
    return case.retrain(
        model__augment="adaptive",
        model__augment_target=0.05,
        model__augment_span=max(1_000, seen // 60),
        training__examples=seen // 4,
    )


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw the part of its lead that it owes to knowing them."""
    seen, leads = _leads(case.course)
    title = "share of the discriminator's lead that is knowing by heart"
    limits = [("warning", LIMITS["lead_warning"]), ("failure", LIMITS["lead"])]
    shown = [("r_v", seen, np.clip(leads, -0.5, 3))]
    return [draw.lines(shown, folder / "knowing-by-heart.png", title=title, limits=limits)]


RULE = Rule(
    code="D1",
    name="discriminator overfits",
    about="The discriminator knows its training examples by heart.",
    why="It no longer teaches the generator what real examples are like, only which ones it saw.",
    suits=("contest",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Karras et al. 2020, eq. 1 (r_v); limits on planted faults.",
    evidence=evidence,
    early=early,
)
