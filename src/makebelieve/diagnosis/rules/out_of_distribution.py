"""A judge that is sure of what it has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics import judges
from makebelieve.runs.run import to_examples

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"confidence": 0.8, "auroc": 0.8}


def look(case: Case) -> Seen:
    """Show it noise and negatives."""
    case.enough(50, "confidence on strange pictures")
    names = ["noise"] + (["inverted"] if "pictures" in case.able else [])
    sure = {name: case.value(f"{name}-confidence") for name in names}
    apart = {name: case.value(f"{name}-auroc") for name in names}
    measured = {f"{n}_confidence": sure[n] for n in names} | {f"{n}_auroc": apart[n] for n in names}
    worst = max(names, key=lambda n: sure[n])
    words = f"it is {sure[worst]:.0%} sure of {'noise' if worst == 'noise' else 'negatives'}"
    odd = any(sure[n] > LIMITS["confidence"] or apart[n] < LIMITS["auroc"] for n in names)
    # Every net without a way to say "neither" does this, so it is never more than a warning.
    return Seen("warning" if odd else "fine", words, measured)


def remedy(case: Case) -> str:
    """There is no setting against it: look at what it says of pictures that are neither."""
    return f"makebelieve measure {case.run.name} --only noise-confidence --only noise-auroc"


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show noise and negatives, with the verdict on each."""
    if "pictures" not in case.able:
        return []
    s = case.sitting
    x, _ = s.inputs(s.split)
    x = x[:8]
    shown = []
    for name, strange in (("noise", judges.noise(x, s.seed)), ("negative", judges.inverted(x))):
        p = judges.probabilities(s.model.logits, strange)
        best = int(p.max(1).values.argmax())
        said = s.data.spec.classes[int(p[best].argmax())]
        label = f"{name}: {said} {float(p[best].max()):.0%}"
        shown.append((label, to_examples(strange, s.data.spec)))
    return [draw.rows(shown, folder / "out-of-distribution.png", columns=8)]


RULE = Rule(
    code="J2",
    name="out-of-distribution confidence",
    about="The judge is sure of pictures that are of no class it knows.",
    why="A judge has to say one of its classes; how sure it is does not mean that it knows.",
    suits=("judges",),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Hein et al. 2019; Hendrycks and Gimpel 2017.",
    evidence=evidence,
    suspended=False,
)
