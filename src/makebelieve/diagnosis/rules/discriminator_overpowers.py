"""A discriminator that wins, and teaches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.duel import bad_samples, curves
from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Course

__all__ = ["RULE"]

LIMITS = {
    "ahead_warning": 0.98,
    "ahead": 0.9,
    "coverage": 0.5,
    "fd_share": 0.2,
    "vanished": 1e-3,
    "lead": 5.0,
    "pace": 5.0,
    "fd_over_null": 3.0,
}


def look(case: Case) -> Seen:
    """Ask who is ahead at the end, and whether samples are any good."""
    ahead, gradient = case.course.late("ahead"), case.course.late("generator_gradient")
    coverage, distance = bad_samples(case)
    measured = {"ahead": ahead, "generator_gradient": gradient, "coverage": coverage,
                "fd_share": distance}  # fmt: skip
    words = f"the discriminator ranks {ahead:.1%} of real examples above fakes"
    if gradient < LIMITS["vanished"]:
        return Seen("failure", f"{words}, and the generator's gradient has vanished", measured)
    bad = (coverage < LIMITS["coverage"]) + (distance > LIMITS["fd_share"])
    words = f"{words}, and samples reach {coverage:.0%} of what real examples do"
    if ahead > LIMITS["ahead"] and bad == 2:
        return Seen("failure", words, measured)
    if ahead > LIMITS["ahead_warning"] and bad:
        return Seen("warning", words, measured)
    return _paced(case, words, measured)


def _paced(case: Case, words: str, measured: dict[str, float]) -> Seen:
    """Warn of one that learns many times as fast, where samples are worse than they could be."""
    pace = case.options.discriminator_rate
    features = "random-conv" if "pictures" in case.able else "pixels"
    over = case.value(f"fd-{features}") / max(case.null(f"fd-{features}"), 1e-9)
    measured |= {"pace": pace, "fd_over_null": over}
    if pace < LIMITS["pace"] or over < LIMITS["fd_over_null"]:
        return Seen("fine", words, measured)
    words = (
        f"the discriminator's steps are {pace:g} times as large as the generator's, and samples "
        f"are {over:.2g} times as far from real examples as real ones are from each other"
    )
    return Seen("warning", words, measured)


def early(course: Course) -> str | None:
    """Look at how far it is ahead; of samples the log knows nothing, so the lead must be great."""
    ahead = course.late("ahead")
    lead = course.late("logit_real") - course.late("logit_fake")
    if course.progress < 0.2 or ahead < LIMITS["ahead_warning"] or lead < LIMITS["lead"]:
        return None
    return f"the discriminator is winning: it ranks {ahead:.1%} of real examples above fakes"


def remedy(case: Case) -> str:
    """Bring both to the same pace, and give the game its penalty back."""
    o = case.options
    if o.discriminator_rate > 1:
        return case.retrain(model__discriminator_rate=None)
    if o.penalty == "none" or o.gamma == 0 or o.loss != "relativistic":
        return case.retrain(model__loss=None, model__penalty=None, model__gamma=None)
    return case.retrain(model__discriminator_rate=o.discriminator_rate / 4)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Draw who was ahead."""
    return [curves(case, folder / "ahead.png")]


RULE = Rule(
    code="D2",
    name="discriminator overpowers",
    about="The discriminator wins so clearly that the generator learns nothing from it.",
    why="A contest teaches only while both sides can still win.",
    suits=("contest",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Arjovsky and Bottou 2017, section 2; winning alone is no failure: Brock et al. 2019.",
    evidence=evidence,
    early=early,
)
