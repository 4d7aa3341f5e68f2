"""What a judge is worth: its verdicts on held-out examples, and on pure noise."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.metrics.judges import calibration_gap
from makebelieve.rng import some

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset, Split
    from makebelieve.runs.run import Run

__all__ = ["SURE", "HeldOut", "Judged", "Noise", "held_out", "judged", "noise"]

SURE = 0.9
"""The confidence from which a verdict counts as sure."""

MOST = 10_000  # held-out examples that are judged
NOISE = 256


@dataclass(frozen=True)
class HeldOut:
    """Examples that no model was trained on.

    Args:
        split: where they are from; "train" only when the source is too small to hold any out.
        rows: (n,) row numbers in the data set.
        examples: (n, …) as the data set stores them.
        labels: (n,) codes, −1 where not known.
    """

    split: Split
    rows: np.ndarray
    examples: np.ndarray
    labels: np.ndarray


def held_out(data: Dataset, most: int = MOST) -> HeldOut:
    """Return the test split, or what comes nearest to it in a tiny source."""
    order: tuple[Split, ...] = ("test", "validation", "train")
    split = next(name for name in order if len(data.rows(name)))
    rows = some(data.rows(split), most)
    labels = np.full(len(rows), -1) if data.labels is None else data.labels[rows]
    return HeldOut(split, rows, np.asarray(data.examples[rows]), labels)


@dataclass(frozen=True)
class Noise:
    """What the judge says of examples that are pure noise."""

    count: int
    confidence: float
    sure: float
    verdict: str
    verdict_share: float


@dataclass(frozen=True)
class Judged:
    """What a judge is worth.

    Args:
        count: how many labelled examples were judged.
        right: how many verdicts were right.
        accuracy: right / count.
        confidence: the mean confidence.
        calibration_error: the mean gap between confidence and accuracy in bins, 0 … 1.
        sure: the share of verdicts that were sure.
        commonest: the commonest label among the examples, and the share that it has.
        noise: the same judge on noise.
        probabilities: (n, classes) of all held-out examples, labelled or not.
    """

    count: int
    right: int
    accuracy: float
    confidence: float
    calibration_error: float
    sure: float
    commonest: tuple[str, float]
    noise: Noise
    probabilities: np.ndarray

    def facts(self) -> dict[str, Any]:
        """Return the numbers."""
        found = asdict(self)
        del found["probabilities"]
        return found


def judged(run: Run, data: Dataset, held: HeldOut) -> Judged:
    """Measure a judge."""
    probabilities = run.probabilities(held.examples)
    known = held.labels >= 0
    sure, said = probabilities[known].max(axis=1), probabilities[known].argmax(axis=1)
    labels = held.labels[known]
    hits = said == labels
    counts = np.bincount(labels, minlength=len(data.spec.classes))
    return Judged(
        count=len(labels),
        right=int(hits.sum()),
        accuracy=float(hits.mean()),
        confidence=float(sure.mean()),
        calibration_error=calibration_gap(torch.from_numpy(sure), torch.from_numpy(hits)),
        sure=float((sure >= SURE).mean()),
        commonest=(data.spec.classes[int(counts.argmax())], float(counts.max() / len(labels))),
        noise=_noise_verdict(run, data),
        probabilities=probabilities,
    )


def noise(data: Dataset, count: int = NOISE) -> np.ndarray:
    """Return examples of pure noise: every number drawn by itself, evenly over its range."""
    random = np.random.default_rng(0)
    shape = (count, *data.examples.shape[1:])
    if data.spec.kind == "pictures":
        return random.integers(0, 256, shape, dtype=np.uint8)
    known = data.examples[some(data.rows("train"), 5_000)]
    return random.uniform(known.min(axis=0), known.max(axis=0), shape).astype(np.float32)


def _noise_verdict(run: Run, data: Dataset) -> Noise:
    probabilities = run.probabilities(noise(data))
    counts = np.bincount(probabilities.argmax(axis=1), minlength=len(data.spec.classes))
    sure = probabilities.max(axis=1)
    return Noise(
        count=len(probabilities),
        confidence=float(sure.mean()),
        sure=float((sure >= SURE).mean()),
        verdict=data.spec.classes[int(counts.argmax())],
        verdict_share=float(counts.max() / len(probabilities)),
    )
