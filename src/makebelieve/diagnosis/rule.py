"""What a rule is, and what it finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from makebelieve.diagnosis.case import Case
    from makebelieve.diagnosis.course import Course

__all__ = ["VERDICTS", "Finding", "Missing", "Rule", "Seen", "Verdict"]

Verdict = Literal["failure", "warning", "cannot-tell", "fine"]
VERDICTS: tuple[Verdict, ...] = ("failure", "warning", "cannot-tell", "fine")
"""The gravest first."""


class Missing(Exception):  # noqa: N818
    """Something that a rule needs is not there; the message says what, and how to get it.

    Args:
        why: what is missing, a clause.
        remedy: a command that brings it; "" where there is none.
    """

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True)
class Seen:
    """What a rule saw.

    Args:
        verdict: how grave it is.
        sentence: what was seen, for people: one sentence.
        measured: the numbers that the verdict stands on, by name.
    """

    verdict: Verdict
    sentence: str
    measured: dict[str, float]


@dataclass(frozen=True)
class Rule:
    """One way for training to go wrong.

    Args:
        code: a letter for what it looks at (T training, C code, S samples, D discriminator,
            J judge) and a number.
        name: what the field calls it.
        about: what it is, one sentence for people.
        why: why it matters, one sentence.
        suits: the capabilities that a model must have for the rule to mean anything.
        limits: the thresholds, by name.
        look: measures and decides; raises `Missing` where it cannot.
        remedy: a command that should clear it.
        source: where rule and thresholds come from.
        evidence: draws what shows it into a folder, and returns the files.
        early: given the log so far, says in one sentence that it is going wrong, or None; cheap.
        suspended: whether a model that is still improving fast may look so without being sick.
    """

    code: str
    name: str
    about: str
    why: str
    suits: tuple[str, ...]
    limits: dict[str, float]
    look: Callable[[Case], Seen]
    remedy: Callable[[Case], str]
    source: str
    evidence: Callable[[Case, Path], list[Path]] | None = None
    early: Callable[[Course], str | None] | None = None
    suspended: bool = True


@dataclass(frozen=True)
class Finding:
    """What a rule says of one run.

    Args:
        code: of the rule.
        name: of the rule.
        verdict: "failure", "warning", "cannot-tell" or "fine".
        sentence: what was seen, or what is missing.
        measured: the numbers that the verdict stands on.
        threshold: the limits of the rule.
        remedy: a command; "" where nothing need be done.
        evidence: pictures that show it, relative to the run's folder.

    Example:
        >>> Finding("C1", "posterior collapse", "fine", "the code says 15 nats", {"kl": 15.2},
        ...         {"kl": 0.5}).verdict
        'fine'
    """

    code: str
    name: str
    verdict: Verdict
    sentence: str
    measured: dict[str, float] = field(default_factory=dict)
    threshold: dict[str, float] = field(default_factory=dict)
    remedy: str = ""
    evidence: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"evidence": list(self.evidence)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Finding:
        """Return the finding that `to_dict` wrote."""
        return cls(**{**values, "evidence": tuple(values["evidence"])})
