"""A score with all that must be known before it is compared with another."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Better", "Score"]

Better = Literal["low", "high", "real"]

# What must agree, and what to do where it does not.
PROTOCOL = {
    "name": "these are different measures",
    "data": "they were measured on different data: measure both --against the same source",
    "split": "they were compared with different splits",
    "n": "they were measured on different numbers of examples: give both the same --n",
    "extractor": "they look at different features",
    "version": "they were measured by different versions of the measure or of its features",
}


@dataclass(frozen=True)
class Score:
    """One number, how sure it is, and what real examples get.

    Args:
        name: of the measure.
        value: what was measured.
        spread: its standard deviation, from leaving out parts of the samples; None where unknown.
        null: the same measure of real examples against real ones, at the same n; None without.
        null_spread: the standard deviation of that; None where unknown.
        n: how many examples on either side.
        split: what they were compared with.
        extractor: the features that were looked at; None where none are.
        seed: start of the samples.
        version: of the measure and its features.
        better: "low", "high", or "real" where best is to be as real examples are.
        data: the fingerprint of the data.

    Example:
        >>> score = Score("fd", 1.5, 0.1, 0.5, 0.05, n=1000, split="test", extractor="pixels",
        ...               seed=0, version="1", better="low")
        >>> round(score.excess)
        20
    """

    name: str
    value: float
    spread: float | None
    null: float | None
    null_spread: float | None
    n: int
    split: str
    extractor: str | None
    seed: int
    version: str
    better: Better
    data: str = ""

    @property
    def excess(self) -> float | None:
        """By how many standard deviations of the null the value is worse than the null.

        For a measure that should be as real examples are, the distance to either side.
        """
        if self.null is None or not self.null_spread:
            return None
        away = (self.value - self.null) / self.null_spread
        return {"low": away, "high": -away, "real": abs(away)}[self.better]

    def comparable(self, other: Score) -> None:
        """Return if the two may be compared.

        Raises:
            InputError: they may not, and why.
        """
        for name, reason in PROTOCOL.items():
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise InputError(
                    f"{self.name} ({name} {mine}) and {other.name} ({name} {theirs}) cannot be "
                    f"compared: {reason}"
                )

    def better_than(self, other: Score) -> bool:
        """Say whether this score is the better of two that may be compared.

        Raises:
            InputError: they may not be compared.
        """
        self.comparable(other)
        if self.better == "high":
            return self.value > other.value
        if self.better == "low" or self.null is None:
            return self.value < other.value
        return abs(self.value - self.null) < abs(other.value - self.null)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"excess": self.excess}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Score:
        """Return the score that `to_dict` wrote.

        Raises:
            InputError: a value is missing.
        """
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{name: value for name, value in values.items() if name in known})
        except TypeError as error:
            raise InputError(f"this is not a score: {error}") from None
