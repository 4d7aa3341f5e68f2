"""How numbers went while a model was trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from makebelieve.diagnosis.rule import Missing

__all__ = ["MAIN", "Course", "Curve"]

MAIN = {"judge": "cross_entropy", "autoencoder": "reconstruction", "vae": "negative_elbo"}
"""The score of held-out examples that each model descends; a contest has none."""


@dataclass(frozen=True)
class Curve:
    """How one number went.

    Args:
        seen: (k,) examples seen.
        values: (k,) the number.

    Example:
        >>> curve = Curve(np.asarray([10.0, 20.0, 30.0, 40.0]), np.asarray([4.0, 3.0, 2.0, 1.0]))
        >>> curve.last(0.5).tolist(), curve.at(0.5)
        ([2.0, 1.0], 3.0)
    """

    seen: np.ndarray
    values: np.ndarray

    def last(self, share: float) -> np.ndarray:
        """Return the values of the last part of the run, at least one."""
        late = self.values[self.seen > (1 - share) * self.seen[-1]]
        return late if len(late) else self.values[-1:]

    def at(self, share: float) -> float:
        """Return the mean of the three values around one moment, given as a share of the run."""
        near = np.argsort(np.abs(self.seen - share * self.seen[-1]), kind="stable")[:3]
        return float(self.values[near].mean())


@dataclass
class Course:
    """A training as its log tells it, finished or not.

    Args:
        model: the model's name.
        lines: of the log.
        progress: how much of the budget is used, 0 … 1.
    """

    model: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    progress: float = 1.0

    def curve(self, name: str, split: str | None = None) -> Curve:
        """Return how a number went: a part of the loss, or a score of one split.

        Raises:
            Missing: the log has fewer than two of it.
        """
        if split is None:
            found = [(line["seen"], line[name]) for line in self.lines if name in line]
        else:
            scores = [(line["seen"], line.get("scores", {}).get(split, {})) for line in self.lines]
            found = [(seen, score[name]) for seen, score in scores if name in score]
        if len(found) < 2:
            of = f" of {split} examples" if split else ""
            raise Missing(f"the log holds too few values{of} of {name}")
        both = np.asarray(found, np.float64)
        return Curve(both[:, 0], both[:, 1])

    def late(self, name: str, split: str | None = None, share: float = 0.25) -> float:
        """Return the mean of a number over the last part of the run.

        Raises:
            Missing: as `curve`.
        """
        return float(self.curve(name, split).last(share).mean())
