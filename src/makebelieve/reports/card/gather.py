"""Everything that a report card says of one run, measured once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from makebelieve.diagnosis.examine import Diagnosis, diagnose
from makebelieve.errors import InputError
from makebelieve.metrics.codes import kl_per_dimension, posterior
from makebelieve.metrics.suite import measure
from makebelieve.models.model import Encodes, Generates, Judges, Posterior
from makebelieve.reports.card.plainly import again, plainly, told_plainly
from makebelieve.reports.judged import HeldOut, held_out
from makebelieve.reports.nearest import Nearest, nearest
from makebelieve.reports.words import plain_source
from makebelieve.runs.heldout import load_data
from makebelieve.runs.settings import settings

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset
    from makebelieve.metrics.score import Score
    from makebelieve.runs.run import Run

__all__ = ["Card", "Codes", "Newness", "Rebuilt", "Verdicts", "gather"]

SHOWN = 64  # samples, and as many held-out examples
CLOUD = 1000  # the same of points
COMPARED = 256  # whose nearest training example is looked for
REBUILT = 256
JUDGED = 2000
NEAR = 0.01  # the quantile of held-out distances below which a sample counts as near


@dataclass(frozen=True)
class Newness:
    """How near samples are to training examples, and how near held-out ones are.

    Args:
        made: of samples.
        real: of held-out examples.
    """

    made: Nearest
    real: Nearest

    @property
    def near(self) -> float:
        """The share of samples nearer than 99 in 100 held-out examples are."""
        return float((self.made.distances < np.quantile(self.real.distances, NEAR)).mean())

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers."""
        return {
            "searched": self.made.searched,
            "median": float(np.median(self.made.distances)),
            "least": float(self.made.distances.min()),
            "real_median": float(np.median(self.real.distances)),
            "real_least": float(self.real.distances.min()),
            "near": self.near,
        }


@dataclass(frozen=True)
class Rebuilt:
    """Held-out examples after encoding and decoding, and the root mean square error."""

    examples: np.ndarray
    error: float


@dataclass(frozen=True)
class Codes:
    """The nats of each dimension of a code, the most alive first."""

    kl: np.ndarray

    @property
    def alive(self) -> int:
        """How many say more than a tenth of a nat."""
        return int((self.kl > 0.1).sum())


@dataclass(frozen=True)
class Verdicts:
    """What a judge says of held-out examples whose label is known.

    Args:
        rows: (n,) rows of the held-out examples.
        labels: (n,) true codes.
        said: (n,) what it says.
        sure: (n,) how sure it is.
    """

    rows: np.ndarray
    labels: np.ndarray
    said: np.ndarray
    sure: np.ndarray

    def confusion(self, classes: int) -> np.ndarray:
        """Return the (classes, classes) counts: true by said."""
        found = np.zeros((classes, classes), np.int64)
        np.add.at(found, (self.labels, self.said), 1)
        return found

    def bins(self, count: int = 10) -> list[tuple[float, float, int]]:
        """Return for each bin that is used: mean confidence, share of right verdicts, how many."""
        place = np.minimum((self.sure * count).astype(int), count - 1)
        right = self.said == self.labels
        return [
            (float(self.sure[place == i].mean()), float(right[place == i].mean()),
             int((place == i).sum()))
            for i in range(count) if (place == i).any()
        ]  # fmt: skip


@dataclass
class Card:
    """One run, and all that was measured of it.

    Args:
        run: what was trained.
        data: what it was trained on; None where they cannot be had.
        diagnosis: what the rules say.
        scores: by name, in the order of the suite.
        troubles: what could not be told, and why: one sentence each.
        seed: start of the samples.
    """

    run: Run
    data: Dataset | None
    diagnosis: Diagnosis | None
    scores: dict[str, Score]
    troubles: list[str] = field(default_factory=list)
    seed: int = 0

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.name

    @property
    def model(self) -> str:
        """The model's name in the table."""
        return self.run.recipe.model

    @property
    def pictured(self) -> bool:
        """Whether the examples are pictures."""
        return self.run.spec.kind == "pictures"

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.diagnosis is None:
            return f"Nothing can be told of {self.name} yet."
        return self.diagnosis.sentence

    @property
    def verdict(self) -> str:
        """The gravest verdict; "fine" where more rules are content than cannot tell."""
        found = () if self.diagnosis is None else self.diagnosis.findings
        told = [finding.verdict for finding in found]
        for verdict in ("failure", "warning"):
            if verdict in told:
                return verdict
        return "fine" if told.count("fine") > told.count("cannot-tell") else "cannot-tell"

    @property
    def source(self) -> str:
        """What the data are called, without the folders that lead to them."""
        return plain_source(str(self.run.about["data"]["name"]))

    def able(self, capability: type) -> bool:
        """Say whether there is a model that can do something."""
        return bool(self.run.states) and isinstance(self.run.model, capability)

    @cached_property
    def held(self) -> HeldOut | None:
        """Examples that it was not trained on."""
        return None if self.data is None else held_out(self.data, JUDGED)

    @cached_property
    def samples(self) -> np.ndarray | None:
        """What it makes of noise; the first ones, none are chosen."""
        if not self.able(Generates):
            return None
        return self.run.sample(COMPARED if self.pictured else CLOUD, seed=self.seed)

    @cached_property
    def newness(self) -> Newness | None:
        """How near samples are to training examples."""
        if self.samples is None or self.data is None or self.held is None:
            return None
        if self.held.split == "train":
            return None
        made, real = (x[:COMPARED] for x in (self.samples, self.held.examples))
        return Newness(nearest(self.data, made), nearest(self.data, real))

    @cached_property
    def rebuilt(self) -> Rebuilt | None:
        """What it makes of held-out examples through their codes."""
        if not self.able(Encodes) or self.held is None:
            return None
        originals = self.held.examples[:REBUILT]
        made = self.run.reconstruct(originals, self._told(REBUILT))
        square = np.square(originals.astype(np.float64) - made).reshape(len(made), -1)
        each = square.mean(1) if self.pictured else square.sum(1)
        return Rebuilt(made, float(np.sqrt(each.mean())))

    def _told(self, n: int) -> np.ndarray | None:
        """Return the labels of held-out examples, for a conditional model."""
        conditional = getattr(self.run.model, "classes", 0)
        return self.held.labels[:n].clip(0) if conditional and self.held is not None else None

    @cached_property
    def codes(self) -> Codes | None:
        """What each dimension of the code says."""
        if not self.able(Posterior) or self.held is None:
            return None
        from torch import from_numpy

        from makebelieve.data.loading import to_tensor

        labels = self._told(JUDGED)
        told = None if labels is None else from_numpy(labels)
        found = posterior(self.run.model, to_tensor(self.held.examples), told)
        return Codes(np.sort(kl_per_dimension(*found).numpy())[::-1])

    @cached_property
    def verdicts(self) -> Verdicts | None:
        """What a judge says of held-out examples."""
        if not self.able(Judges) or self.held is None or not (self.held.labels >= 0).any():
            return None
        rows = np.flatnonzero(self.held.labels >= 0)
        p = self.run.probabilities(self.held.examples[rows])
        return Verdicts(rows, self.held.labels[rows], p.argmax(1), p.max(1))

    def to_dict(self) -> dict[str, Any]:
        """Return every number, as plain values for JSON."""
        status = self.run.status
        about = self.run.about
        found = [] if self.diagnosis is None else self.diagnosis.findings
        values = {
            "run": self.name,
            "model": self.model,
            "data": {**about["data"], "name": self.source},
            "state": status["state"],
            "reason": plainly(status["reason"], self.run),
            "seen": status["seen"],
            "seconds": status["seconds"],
            "created": about.get("created"),
            "verdict": self.verdict,
            "sentence": self.sentence,
            "troubles": self.troubles,
            "findings": [f.to_dict() for f in found],
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "newness": None if self.newness is None else self.newness.to_dict(),
            "rebuilt_error": None if self.rebuilt is None else self.rebuilt.error,
            "kl": None if self.codes is None else self.codes.kl.tolist(),
            "verdicts": self._verdict_facts(),
            "curves": self.run.curves,
            "changed": {s.path: s.value for s in settings(self.run) if s.changed},
            "recipe": {s.path: s.value for s in settings(self.run)},
            "again": again(self.run),
            "parameters": about["parameters"],
            "made_by": {k: about.get(k) for k in MADE_BY},
        }
        return finite(values)  # type: ignore[no-any-return]

    def _verdict_facts(self) -> dict[str, Any] | None:
        v = self.verdicts
        if v is None:
            return None
        return {
            "count": len(v.labels),
            "accuracy": float((v.said == v.labels).mean()),
            "confidence": float(v.sure.mean()),
            "classes": list(self.run.spec.classes),
            "confusion": v.confusion(len(self.run.spec.classes)).tolist(),
            "reliability": [list(one) for one in v.bins()],
        }


MADE_BY = ("makebelieve", "torch", "python", "platform", "threads")


def finite(value: Any) -> Any:
    """Return plain values in which a number that is not finite is None, as JSON wants it.

    Example:
        >>> finite({"a": [1.0, float("nan")]})
        {'a': [1.0, None]}
    """
    match value:
        case dict():
            return {name: finite(one) for name, one in value.items()}
        case list() | tuple():
            return [finite(one) for one in value]
        case float():
            return value if np.isfinite(value) else None
    return value


def gather(
    run: Run,
    data: Dataset | None = None,
    *,
    n: int = 1000,
    judge: Run | None = None,
    seed: int = 0,
    fresh: bool = False,
) -> Card:
    """Measure a run by everything that suits it.

    Args:
        run: what was trained.
        data: what it was trained on; None: loaded again.
        n: how many examples on either side, where there are so many.
        judge: a judge of the same data; it names classes.
        seed: start of the samples.
        fresh: measure anew what the run's folder keeps.
    """
    troubles = _state(run)
    if data is None:
        try:
            data = load_data(run)
        except InputError as error:
            troubles.append(plainly(f"Its data are not there: {error}.", run))
    found = None
    try:
        found = _given_away(diagnose(run, data, n=n, judge=judge, seed=seed, fresh=fresh), run)
    except InputError as error:
        troubles.append(plainly(f"It could not be diagnosed: {error}.", run))
    card = Card(run, data, found, {} if found is None else dict(found.scores), troubles, seed)
    if data is not None and run.states:
        try:
            card.scores = measure(run, data, n=n, judge=judge, seed=seed)
        except InputError as error:
            troubles.append(plainly(f"It could not be measured: {error}.", run))
    return card


def _given_away(found: Diagnosis, run: Run) -> Diagnosis:
    """Return a diagnosis without the folders of this machine."""
    findings = tuple(
        replace(f, sentence=plainly(f.sentence, run), remedy=told_plainly(f.remedy, run))
        for f in found.findings
    )
    return replace(found, findings=findings)


def _state(run: Run) -> list[str]:
    status, found = run.status, []
    if status["state"] == "failed":
        found.append(plainly(f"Training failed at {status['reason']}.", run))
    elif status["state"] != "finished":
        found.append(
            f"Training is not at its end ({status['state']} after {status['seen']:,} examples)."
        )
    if not run.states:
        found.append("There is no checkpoint, so what it makes cannot be shown or measured.")
    return found
