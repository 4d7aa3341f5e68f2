"""One evaluation: what is measured, what it is compared with, each computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from makebelieve.data.loading import to_tensor
from makebelieve.data.points import MIXTURES
from makebelieve.errors import InputError
from makebelieve.metrics.cache import cached
from makebelieve.metrics.features import Extractor, JudgeFeatures, Pixels, RandomConv
from makebelieve.metrics.score import Better, Score
from makebelieve.models.model import Bounds, Contest, Encodes, Generates, Judges, Posterior
from makebelieve.rng import seed_for, shuffled, some
from makebelieve.runs.run import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from makebelieve.data.spec import Dataset, Split
    from makebelieve.runs.run import Run

__all__ = ["CAPABILITIES", "Sitting", "jackknife"]

CAPABILITIES: dict[str, type] = {
    "makes": Generates,
    "rebuilds": Encodes,
    "bound": Bounds,
    "posterior": Posterior,
    "contest": Contest,
    "judges": Judges,
}
NULLS = 8  # sets of real examples that are measured like samples
LEAST = 16  # examples on either side
GROUPS = 8  # parts of which one is left out at a time
TRAIN = 50_000  # training examples that copies are looked for among

Measured = dict[str, float]


class Sitting:
    """Everything that the measures of one model are computed from.

    Args:
        data: what the model is compared with.
        n: how many examples on either side; fewer where not so many are held out.
        run: the model's run; None for samples of another tool.
        samples: (m, …) examples as data sets store them, instead of a run's.
        judge: names classes; None without one.
        seed: start of the samples.

    Raises:
        InputError: nothing is held out, the data and the samples differ in shape, or there are
            fewer than 16 examples on a side.
    """

    def __init__(
        self,
        data: Dataset,
        n: int,
        *,
        run: Run | None = None,
        samples: np.ndarray | None = None,
        judge: Run | None = None,
        seed: int = 0,
    ) -> None:
        self.data, self.run, self.judge, self.seed = data, run, judge, seed
        self.model: Any = None if run is None else run.model
        self.split: Split = "test" if len(data.rows("test")) else "validation"
        counts = [len(data.rows(self.split)), len(data.rows("train"))]
        if not counts[0]:
            raise InputError(f"{data.name} holds nothing out of training, so nothing can be told")
        if samples is not None:
            counts.append(len(samples))
        self.n = min(n, *counts)
        if self.n < LEAST:
            raise InputError(
                f"{self.n} examples are too few to measure: give at least {LEAST} samples, and as "
                "many held-out examples"
            )
        self._samples = samples
        self._check_shapes()

    def _check_shapes(self) -> None:
        wanted = self.data.examples.shape[1:]
        found = None if self._samples is None else self._samples.shape[1:]
        if self.run is not None and self.run.spec.shape != self.data.spec.shape:
            found = self.run.spec.shape
        if found is not None and found != wanted:
            raise InputError(f"what was made has shape {found} and {self.data.name} has {wanted}")
        if self.judge is not None and self.judge.spec.shape != self.data.spec.shape:
            raise InputError(
                f"the judge {self.judge.name} is for examples of shape {self.judge.spec.shape}, "
                f"not {self.data.spec.shape}"
            )

    # What can be measured

    @cached_property
    def able(self) -> frozenset[str]:
        """What there is to measure: capabilities of the model, and what the data allow."""
        found = {name for name, kind in CAPABILITIES.items() if isinstance(self.model, kind)}
        if "makes" in found:
            found.add("generator")
        if self._samples is not None:
            found.add("makes")
        if self.data.labels is None:
            found.discard("judges")
        if self.data.spec.kind == "pictures":
            found.add("pictures")
            if self.data.spec.size >= 12:
                found.add("large")
        if self.data.name in MIXTURES:
            found.add("mixture")
        if self.data.name == "stacked-digits" and self.data.spec.size == 8:
            found.add("stacked")
        if self.classifier is not None:
            found.add("classes")
        return frozenset(found)

    @cached_property
    def classifier(self) -> JudgeFeatures | None:
        """The judge that names classes; a judge that is measured itself is its own."""
        return None if self.judge is None else JudgeFeatures(self.judge.model)

    # Examples

    def rows(self, split: Split, most: int) -> np.ndarray:
        """Return up to so many rows of a split, drawn at random, always the same.

        In an order drawn, too: a folder's pictures come class by class, and any first few of them
        must be of all kinds.
        """
        return shuffled(some(self.data.rows(split), most))

    @cached_property
    def held(self) -> np.ndarray:
        """The (n, …) held-out examples that samples are compared with."""
        return np.asarray(self.data.examples[self.rows(self.split, self.n)])

    @cached_property
    def train(self) -> np.ndarray:
        """Up to 50,000 training examples."""
        return np.asarray(self.data.examples[self.rows("train", TRAIN)])

    @cached_property
    def nulls(self) -> list[np.ndarray]:
        """Sets of n training examples: what a perfect maker's samples would be like."""
        rows = self.data.rows("train")
        drawn = (some(rows, self.n, i + 1) for i in range(NULLS))
        return [np.asarray(self.data.examples[chosen]) for chosen in drawn]

    @cached_property
    def fake(self) -> np.ndarray:
        """The (n, …) samples: of the averaged weights, in eval mode, in 256 levels."""
        if self._samples is not None:
            chosen = some(np.arange(len(self._samples)), self.n)
            return np.asarray(self._samples[chosen])
        return generate(self.model, self.data.spec, self.n, seed=self.seed)

    def inputs(self, split: Split) -> tuple[Tensor, Tensor | None]:
        """Return up to n examples of a split as models see them, and their labels."""
        rows = self.rows(split, self.n)
        labels = self.data.labels
        y = None if labels is None else torch.from_numpy(np.asarray(labels[rows]))
        return to_tensor(np.asarray(self.data.examples[rows])), y

    def told(self, y: Tensor | None) -> Tensor | None:
        """Return labels for a conditional model, None for others."""
        return y if getattr(self.model, "classes", 0) else None

    # Features

    @cached_property
    def extractors(self) -> dict[str, Extractor]:
        """The extractors that suit the data, by name."""
        spec = self.data.spec
        found: dict[str, Extractor] = {}
        if spec.kind == "pictures":
            found["random-conv"] = RandomConv(spec.channels, spec.size)
        found["pixels"] = Pixels()
        if self.classifier is not None:
            found["judge"] = self.classifier
        return found

    @cached_property
    def _features(self) -> dict[str, dict[str, Tensor]]:
        return {name: self._of_reals(extractor) for name, extractor in self.extractors.items()}

    def _of_reals(self, extractor: Any) -> dict[str, Tensor]:
        """Return the features of real examples, from the cache where they are known."""
        identity = [self.data.fingerprint, self.protocol(extractor.name)]

        def fitted() -> dict[str, Tensor]:
            learned: dict[str, Tensor] = extractor.fit(self.train).state()
            return learned | {"train": extractor(self.train)}

        def compared() -> dict[str, Tensor]:
            nulls = {f"null-{i}": extractor(null) for i, null in enumerate(self.nulls)}
            return nulls | {"held": extractor(self.held)}

        known = cached([*identity, "fit"], fitted)
        extractor.restore(known)
        found = {"train": known["train"]} | cached([*identity, self.n, NULLS], compared)
        return found | {"fake": extractor(self.fake)} if "makes" in self.able else found

    def features(self, extractor: str, which: str) -> Tensor:
        """Return features: of "train", "held", "fake" or "null-0" …, by the extractor's name."""
        return self._features[extractor][which]

    def protocol(self, extractor: str | None) -> str:
        """Return the version of the measures and of an extractor, as a score carries it."""
        if extractor is None:
            return "2"
        chosen = self.extractors[extractor]
        return f"2/{chosen.name}-{chosen.version}-{chosen.seed}"

    # Scores

    def score(
        self,
        name: str,
        value: float,
        better: Better,
        *,
        spread: float | None = None,
        nulls: list[float] | None = None,
        null_spread: float | None = None,
        extractor: str | None = None,
        n: int | None = None,
    ) -> Score:
        """Return a score with the protocol of this sitting."""
        null = None if not nulls else float(np.mean(nulls))
        if null_spread is None and nulls and len(nulls) > 1:
            null_spread = float(np.std(nulls, ddof=1))
        return Score(
            name, float(value), spread, null, null_spread, self.n if n is None else n, self.split,
            extractor, self.seed, self.protocol(extractor), better, self.data.fingerprint[:12],
        )  # fmt: skip

    def scores(
        self,
        better: dict[str, Better],
        measure: Callable[[Any], Measured],
        fake: Any,
        nulls: Iterable[Any] | None,
        extractor: str | None = None,
    ) -> dict[str, Score]:
        """Return several scores of one measure: of samples, of real ones, and how sure they are.

        Args:
            better: what is better, for each name.
            measure: turns examples (or features) into numbers by name.
            fake: (n, …) of the samples.
            nulls: the same of real examples, gone through only when they are not in the cache;
                None where there is no null.
            extractor: the features that are measured.
        """
        value, spread = measure(fake), jackknife(measure, fake)
        identity = [self.data.fingerprint, self.protocol(extractor), self.n, NULLS, *better]
        reals: dict[str, Tensor] = {}
        if nulls is not None:
            reals = cached(identity, lambda: _rows([measure(x) for x in nulls]))
        found = {}
        for name, kind in better.items():
            real = reals[name].tolist() if reals else None
            found[name] = self.score(
                name, value[name], kind, spread=spread[name], nulls=real, extractor=extractor
            )
        return found


def _rows(found: list[Measured]) -> dict[str, Tensor]:
    """Return, for each name, its numbers as one tensor."""
    return {name: torch.tensor([f[name] for f in found], dtype=torch.float64) for name in found[0]}


def jackknife(measure: Callable[[Any], Measured], examples: Any, groups: int = GROUPS) -> Measured:
    """Return the standard deviation of each number, by leaving out one part after another.

    √((g − 1)/g Σᵢ (θ₋ᵢ − θ̄)²): unlike the bootstrap it makes no copies, which would look like
    neighbours.

    Args:
        measure: turns examples into numbers by name.
        examples: (n, …).
        groups: g.

    Source:
        Tukey 1958; Efron and Tibshirani 1993, "An introduction to the bootstrap", section 11.5.

    Example:
        >>> round(jackknife(lambda x: {"mean": x.mean()}, np.arange(8.0))["mean"], 4)
        0.866
    """
    groups = min(groups, len(examples))
    if groups < 2:
        return dict.fromkeys(measure(examples), float("nan"))
    # Shuffled, since examples may lie in the order of their classes.
    random = np.random.Generator(np.random.Philox(seed_for("jackknife")))
    part = random.permutation(len(examples)) % groups
    left = [measure(examples[np.flatnonzero(part != g)]) for g in range(groups)]
    return {
        name: float(np.sqrt((groups - 1) * np.var([found[name] for found in left])))
        for name in left[0]
    }
