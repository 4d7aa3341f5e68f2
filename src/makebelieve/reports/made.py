"""What the makers are worth: samples before the judge, beside real ones, and how new they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.latent.walk import morph
from makebelieve.metrics.neighbours import told_apart
from makebelieve.models.model import Encodes
from makebelieve.reports.judged import SURE
from makebelieve.reports.nearest import Nearest, nearest
from makebelieve.rng import some

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset
    from makebelieve.reports.judged import HeldOut
    from makebelieve.runs.run import Run

__all__ = ["Made", "Rebuilt", "Seen", "made", "real"]

COUNT = 512  # samples that are judged
COMPARED = 256  # samples whose nearest training example is looked for
REBUILT = 256  # held-out examples that are rebuilt
STEPS = 17  # pictures of a slide
PIXELS = 64 * 64 * 3 * COUNT  # numbers in all the samples of a maker, so that large pictures fit


@dataclass(frozen=True)
class Seen:
    """What the judge sees in some examples.

    Args:
        confidence: its mean confidence, 0 … 1.
        recognised: the share of sure verdicts.
        counts: (classes,) how many examples it called what.
    """

    confidence: float
    recognised: float
    counts: np.ndarray


@dataclass(frozen=True)
class Rebuilt:
    """Held-out examples after encoding and decoding, and the root mean square error."""

    examples: np.ndarray
    error: float


@dataclass(frozen=True)
class Made:
    """One maker's samples, or as many real examples, and what was measured on them.

    Args:
        examples: (n, …) samples.
        seen: what the judge sees in them; None without a judge.
        nearest: the nearest training example of the first of them.
        told_apart: how often the nearest neighbour tells them from held-out examples, or for real
            ones from training examples: 0.5 is a coin toss.
        near: the share of those nearer to it than 99 in 100 held-out examples are to theirs.
        rebuilt: None without an encoder.
        slide: (steps, …) a walk between two codes; None for real examples.
    """

    examples: np.ndarray
    seen: Seen | None
    nearest: Nearest
    near: float
    told_apart: float
    rebuilt: Rebuilt | None = None
    slide: np.ndarray | None = None

    def facts(self) -> dict[str, Any]:
        """Return the numbers."""
        return {
            "count": len(self.examples),
            "confidence": None if self.seen is None else self.seen.confidence,
            "recognised": None if self.seen is None else self.seen.recognised,
            "classes": None if self.seen is None else self.seen.counts.tolist(),
            "told_apart": self.told_apart,
            "compared": len(self.nearest.distances),
            "nearest_median": float(np.median(self.nearest.distances)),
            "nearest_least": float(self.nearest.distances.min()),
            "near": self.near,
            "rebuilt_error": None if self.rebuilt is None else self.rebuilt.error,
        }


def real(judge: Run | None, data: Dataset, held: HeldOut) -> Made:
    """Measure held-out examples in the way that samples are measured."""
    examples = _some(held, data)
    trained = data.examples[some(data.rows("train"), len(examples))]
    return _measured(judge, data, examples, np.asarray(trained), None)


def _some(held: HeldOut, data: Dataset) -> np.ndarray:
    return np.asarray(held.examples[some(np.arange(len(held.examples)), _count(data, COUNT))])


def made(run: Run, judge: Run | None, data: Dataset, held: HeldOut, floor: Made) -> Made:
    """Measure a maker.

    Args:
        run: an autoencoder, a VAE or a GAN.
        judge: whose confidence counts; None without one.
        data: what both were trained on.
        held: examples that neither was trained on.
        floor: the same measurements of real examples.
    """
    found = _measured(judge, data, run.sample(_count(data, COUNT)), floor.examples, floor)
    rebuilt = None
    if isinstance(run.model, Encodes):
        originals = held.examples[: _count(data, REBUILT)]
        again = run.reconstruct(originals)
        rebuilt = Rebuilt(again, _root_mean_square(originals, again, data))
    return replace(found, rebuilt=rebuilt, slide=_slide(run, held))


def _count(data: Dataset, most: int) -> int:
    return max(32, min(most, PIXELS // data.spec.dims))


def _measured(
    judge: Run | None,
    data: Dataset,
    examples: np.ndarray,
    others: np.ndarray,
    floor: Made | None,
) -> Made:
    found = nearest(data, examples[: _count(data, COMPARED)])
    limit = np.quantile((floor.nearest if floor else found).distances, 0.01)
    near = float((found.distances < limit).mean())
    seen = None if judge is None else _seen(judge, examples)
    told = told_apart(*(torch.tensor(x.reshape(len(x), -1)) for x in (others, examples)))
    return Made(examples, seen, found, near, told)


def _seen(judge: Run, examples: np.ndarray) -> Seen:
    probabilities = judge.probabilities(examples)
    sure = probabilities.max(axis=1)
    counts = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
    return Seen(float(sure.mean()), float((sure >= SURE).mean()), counts)


def _root_mean_square(a: np.ndarray, b: np.ndarray, data: Dataset) -> float:
    square = np.square(a.astype(np.float64) - b.astype(np.float64)).reshape(len(a), -1)
    each = square.sum(axis=1) if data.spec.kind == "points" else square.mean(axis=1)
    return float(np.sqrt(each.mean()))


def _slide(run: Run, held: HeldOut) -> np.ndarray:
    """Slide between two held-out examples that are clearly unlike; a GAN slides between codes."""
    if not isinstance(run.model, Encodes):
        return morph(run, *_unlike_seeds(run), steps=STEPS)
    start = held.examples[0]
    away = np.square(held.examples.astype(np.float32) - start).reshape(len(held.examples), -1)
    # Three quarters of the way to the farthest: plainly another, and no freak.
    other = int(np.argsort(away.sum(axis=1), kind="stable")[(len(away) - 1) * 3 // 4])
    return morph(run, start, held.examples[other], steps=STEPS)


def _unlike_seeds(run: Run) -> tuple[int, int]:
    """Return two seeds of noise whose samples differ plainly, by the same rule."""
    ends = np.concatenate([run.sample(1, seed=seed) for seed in range(16)]).astype(np.float32)
    away = np.square(ends - ends[0]).reshape(len(ends), -1).sum(axis=1)
    return 0, int(np.argsort(away, kind="stable")[(len(ends) - 1) * 3 // 4])
