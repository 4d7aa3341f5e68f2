"""A judge that a change nobody sees turns round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.rule import Rule, Seen

if TYPE_CHECKING:
    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"attacked_share": 0.5, "jittered_share": 0.8}


def look(case: Case) -> Seen:
    """Change each pixel by at most .1, in the direction that hurts most, and at random."""
    case.enough(50, "the attack")
    clean, attacked, jittered = (
        case.value(f"{name}accuracy") for name in ("", "attacked-", "jittered-")
    )
    measured = {"accuracy": clean, "attacked": attacked, "jittered": jittered}
    words = f"a change of .1 a pixel brings it from {clean:.0%} to {attacked:.0%} right"
    turned = attacked < LIMITS["attacked_share"] * clean
    aimed = jittered > LIMITS["jittered_share"] * clean
    # Every net that was not trained against it falls for it, so it is never more than a warning.
    return Seen("warning" if turned and aimed else "fine", words, measured)


def remedy(case: Case) -> str:
    """There is no setting against it: measure it, and do not let strangers choose the pictures."""
    return f"makebelieve measure {case.run.name} --only attacked-accuracy --only jittered-accuracy"


RULE = Rule(
    code="J4",
    name="adversarial",
    about="A change that nobody sees turns the verdict round.",
    why="Whoever wants another verdict can have it; chance will not bring it about.",
    suits=("judges", "pictures"),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Goodfellow et al. 2015 (FGSM, ε = .1).",
    suspended=False,
)
