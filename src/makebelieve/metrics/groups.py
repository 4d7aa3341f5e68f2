"""Which scores come from which piece of work: each function measures one sitting."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.data.load import load
from makebelieve.data.loading import Batch, to_tensor
from makebelieve.data.points import MIXTURES
from makebelieve.errors import InputError
from makebelieve.metrics import codes as code_measures
from makebelieve.metrics import copies as copy_measures
from makebelieve.metrics import judges, likelihood, modes
from makebelieve.metrics import pictures as picture_measures
from makebelieve.metrics.cache import cached
from makebelieve.metrics.contest import contested, gradient_norms, logits, slopes
from makebelieve.metrics.frechet import frechet_distance, gaussian
from makebelieve.metrics.kernel import kernel_distance
from makebelieve.metrics.neighbours import nearest, prdc
from makebelieve.metrics.sitting import jackknife
from makebelieve.rng import Step, seed_for

if TYPE_CHECKING:
    from torch import Tensor

    from makebelieve.metrics.score import Better, Score
    from makebelieve.metrics.sitting import Sitting

__all__ = [
    "CONTEST_LINES",
    "DISTANCE_LINES",
    "JUDGE_LINES",
    "JUDGE_PICTURE_LINES",
    "NEIGHBOUR_LINES",
    "WHERE",
    "bounds",
    "classes",
    "codes",
    "contest",
    "copies",
    "distances",
    "judged",
    "judged_pictures",
    "neighbours",
    "paths",
    "point_modes",
    "prior_hole",
    "sharpness",
    "shuffled",
    "weave",
]

Lines = dict[str, tuple[str, str, "Better"]]

WHERE = {
    "random-conv": "in random features",
    "judge": "in what the judge looks at",
    "pixels": "in pixels",
}
DISTANCE_LINES = {"fd": "Fréchet distance", "kid": "kernel distance"}
NEIGHBOUR_LINES: Lines = {
    "precision": ("share of samples that look real,", "near the real one", "high"),
    "recall": ("share of real examples that could be samples,", "near the real one", "high"),
    "density": ("real neighbours of samples,", "near 1", "real"),
    "coverage": ("share of real examples with a sample near,", "near the real one", "high"),
    "clipped-density": ("share of good samples,", "near 1", "high"),
    "clipped-coverage": ("share of what is real that is covered,", "near 1", "high"),
}
CONTEST_LINES: Lines = {
    "r-t": ("training examples called real, −1 to 1", "below .6", "low"),
    "r-v": ("lead that is owed to knowing them by heart", "below .25", "low"),
    "called-real-train": ("training examples that the discriminator calls real", "", "real"),
    "called-real-held": ("held-out examples that it calls real", "", "real"),
    "called-fake": ("samples that it calls fake", "", "real"),
    "ahead": ("how often it ranks real above sample", ".5 to .98", "low"),
    "gradient-discriminator": ("length of the discriminator's gradient", "", "real"),
    "gradient-generator": ("length of the generator's gradient", "above .001", "high"),
    "slope-real": ("slope of the discriminator at real examples", "", "real"),
    "slope-fake": ("slope of the discriminator at samples", "", "real"),
}
JUDGE_LINES: Lines = {
    "accuracy": ("share of right verdicts", "near 1", "high"),
    "calibration-error": ("gap between sureness and being right", "below .05", "low"),
    "noise-confidence": ("how sure it is of noise", "below .8", "low"),
    "noise-auroc": ("how often it is surer of a real example than of noise", "above .8", "high"),
}
JUDGE_PICTURE_LINES: Lines = {
    "inverted-confidence": ("how sure it is of negatives", "below .8", "low"),
    "inverted-auroc": ("how often it is surer of a picture than of a negative", "above .8", "high"),
    "attacked-accuracy": ("accuracy after a change of .1 that its gradient tells", "", "high"),
    "jittered-accuracy": ("accuracy after a random change of .1", "near accuracy", "high"),
    "shortcut-fall": ("accuracy lost to one small patch of another class", "below .2", "low"),
    "shortcut-follows": ("verdicts that go with that patch", "below .2", "low"),
}


DRAWS = 4  # of noise, to say how sure a number is that has no examples to leave out

# Samples against real examples


def distances(s: Sitting, extractor: str) -> dict[str, Score]:
    """Measure FD and KID in one space of features."""
    held = s.features(extractor, "held")
    reference = gaussian(held)

    def measure(x: Tensor) -> dict[str, float]:
        subsets = 10 if len(x) > 1000 else 1
        return {
            f"fd-{extractor}": frechet_distance(x, reference),
            f"kid-{extractor}": kernel_distance(held, x, subsets=subsets).value,
        }

    better: dict[str, Better] = {f"fd-{extractor}": "low", f"kid-{extractor}": "low"}
    return s.scores(better, measure, *_sets(s, extractor), extractor)


def neighbours(s: Sitting, extractor: str) -> dict[str, Score]:
    """Measure precision to clipped coverage in one space of features."""
    k = 5
    if s.n <= k + 1:
        return {}
    held = s.features(extractor, "held")

    def measure(x: Tensor) -> dict[str, float]:
        found = prdc(held, x, k).to_dict()
        return {f"{name.replace('_', '-')}-{extractor}": v for name, v in found.items()}

    better: dict[str, Better] = {
        f"{name}-{extractor}": line[2] for name, line in NEIGHBOUR_LINES.items()
    }
    return s.scores(better, measure, *_sets(s, extractor), extractor)


def _sets(s: Sitting, extractor: str) -> tuple[Tensor, list[Tensor]]:
    nulls = [s.features(extractor, f"null-{i}") for i in range(len(s.nulls))]
    return s.features(extractor, "fake"), nulls


def classes(s: Sitting) -> dict[str, Score]:
    """Measure which classes the judge sees in samples, against those that it sees in real ones."""
    assert s.classifier is not None
    look = s.classifier.probabilities
    count = len(s.classifier.judge.spec.classes)  # type: ignore[attr-defined]
    real = modes.class_histogram(look(s.held).argmax(1), count)

    def measure(codes: Tensor) -> dict[str, float]:
        shares = modes.class_histogram(codes, count)
        return {
            "class-distance": modes.histogram_distance(shares, real),
            "classes-found": modes.mode_count(shares),
        }

    better: dict[str, Better] = {"class-distance": "low", "classes-found": "high"}
    nulls = (look(null).argmax(1) for null in s.nulls)
    return s.scores(better, measure, look(s.fake).argmax(1), nulls, "judge")


def point_modes(s: Sitting) -> dict[str, Score]:
    """Count the modes of a density that is known."""

    def measure(points: np.ndarray) -> dict[str, float]:
        found = modes.point_modes(points, MIXTURES[s.data.name])
        return {"modes-found": found.found, "modes-good": found.good}

    better: dict[str, Better] = {"modes-found": "high", "modes-good": "high"}
    return s.scores(better, measure, s.fake, s.nulls)


def stacked_modes(s: Sitting) -> dict[str, Score]:
    """Count the thousand modes of stacked digits; a channel is the digit that it is nearest to."""
    known = load("digits")
    assert known.labels is not None
    rows = known.rows("train")
    among, labels = _flat(known.examples[rows]), torch.from_numpy(known.labels[rows])

    def classify(x: np.ndarray) -> np.ndarray:
        return np.asarray(labels[nearest(_flat(x), among).rows[:, 0]])

    def measure(x: np.ndarray) -> dict[str, float]:
        found = modes.stacked_modes(x, classify)
        return {"stacked-modes": found.found, "stacked-kl": found.kl}

    better: dict[str, Better] = {"stacked-modes": "high", "stacked-kl": "low"}
    return s.scores(better, measure, s.fake, s.nulls)


def _flat(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x)).flatten(1).float()


def copies(s: Sitting) -> dict[str, Score]:
    """Look for copies of training examples, in pixels."""
    fake, held, train = (s.features("pixels", which) for which in ("fake", "held", "train"))
    own = cached(
        [s.data.fingerprint, s.protocol("pixels"), "own", len(train)],
        lambda: {"own": nearest(train).distances[:, 0]},
    )["own"]
    halves = [_halves(held, i) for i in range(4)]
    auth = [copy_measures.auth_pct(x, train, own) / 100 for x in (fake, held)]
    near = copy_measures.near_copies(fake, train, held)
    near_nulls = [copy_measures.near_copies(a, train, b) for a, b in halves]
    found = {
        "auth-pct": s.score(
            "auth-pct", 100 * auth[0], "real", spread=100 * _error(auth[0], s.n),
            nulls=[100 * auth[1]], null_spread=100 * _error(auth[1], s.n), extractor="pixels",
        ),
        "near-copies": s.score(
            "near-copies", near, "low", spread=_error(near, s.n), nulls=near_nulls,
            extractor="pixels",
        ),
    }  # fmt: skip
    with contextlib.suppress(InputError):  # no region has enough of both: it cannot be told
        value = copy_measures.copy_test(fake, held, train)
        nulls = [copy_measures.copy_test(a, b, train, regions=1) for a, b in halves]
        # Under the null it is a sum of standard normal numbers whose weights sum to one.
        found["copy-test"] = s.score(
            "copy-test", value, "real", spread=1.0, nulls=nulls, null_spread=1.0,
            extractor="pixels",
        )  # fmt: skip
    return found


def _halves(x: Tensor, i: int) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed_for("halves", i))
    order = torch.randperm(len(x), generator=random)
    return x[order[::2]], x[order[1::2]]


def _error(share: float, n: int) -> float:
    """Return the standard error of a share."""
    return float((share * (1 - share) / n) ** 0.5)


# The pixels of samples


def sharpness(s: Sitting) -> dict[str, Score]:
    """Compare the detail of samples with that of real pictures."""

    def measure(x: np.ndarray) -> dict[str, float]:
        return {
            "spectrum-ratio": picture_measures.spectrum_ratio(x, s.held),
            "laplacian-ratio": picture_measures.laplacian_ratio(x, s.held),
        }

    better: dict[str, Better] = {"spectrum-ratio": "real", "laplacian-ratio": "real"}
    return s.scores(better, measure, s.fake, s.nulls)


def weave(s: Sitting) -> dict[str, Score]:
    """Look for the weave of strided transposed convolutions."""

    def measure(x: np.ndarray) -> dict[str, float]:
        found = picture_measures.checkerboard(x, s.held)
        return {f"checker-{name}": value for name, value in found._asdict().items()}

    signs = picture_measures.Checkerboard._fields
    better: dict[str, Better] = {f"checker-{name}": "low" for name in signs}
    return s.scores(better, measure, s.fake, s.nulls)


# The code of a maker that has one


def bounds(s: Sitting) -> dict[str, Score]:
    """Measure how likely held-out examples are."""
    x, y = s.inputs(s.split)
    found = {}
    for name, k, n in (("elbo", 1, s.n), ("iwae-100", 100, 500)):
        labels = s.told(y)
        told = None if labels is None else labels[:n]
        each = likelihood.log_bound(s.model, x[:n], k=k, seed=s.seed, labels=told)
        error = float(each.std() / len(each) ** 0.5)
        found[name] = s.score(name, float(each.mean()), "high", spread=error, n=len(each))
    return found


def codes(s: Sitting) -> dict[str, Score]:
    """Measure how much the code says, and whether codes lie where the prior is."""
    x, y = s.inputs(s.split)
    both = torch.stack(code_measures.posterior(s.model, x, s.told(y)), 1)

    def measure(q: Tensor) -> dict[str, float]:
        mean, log_variance = q[:, 0], q[:, 1]
        kl = code_measures.kl_per_dimension(mean, log_variance)
        return {
            "kl": float(kl.sum()),
            "active-units": code_measures.active_units(mean),
            "live-dimensions": int((kl > 0.1).sum()),
            "mutual-information": code_measures.mutual_information(mean, log_variance, s.seed),
            "aggregate-mismatch": code_measures.aggregate_mismatch(mean, log_variance),
        }

    better: dict[str, Better] = {
        "kl": "real", "active-units": "high", "live-dimensions": "high",
        "mutual-information": "high", "aggregate-mismatch": "low",
    }  # fmt: skip
    return s.scores(better, measure, both, None)


def shuffled(s: Sitting) -> dict[str, Score]:
    """Measure what the code is worth to the decoder."""
    x, y = s.inputs(s.split)
    gaps = [
        likelihood.shuffle_gap(s.model, x, seed=s.seed + i, labels=s.told(y)).gap
        for i in range(DRAWS)
    ]
    return {"shuffle-gap": s.score("shuffle-gap", gaps[0], "high", spread=_over_draws(gaps))}


def prior_hole(s: Sitting) -> dict[str, Score]:
    """Compare what random codes become with what the codes of real examples become."""
    assert s.run is not None
    extractor = next(iter(s.extractors))
    reference = gaussian(s.features(extractor, "held"))
    _, y = s.inputs(s.split)
    told = s.told(y)
    rebuilt = s.run.reconstruct(s.held, None if told is None else told.numpy())
    fake, nulls = _sets(s, extractor)
    # No less than two sets of real examples differ: a perfect copy is no measure.
    floor = float(np.mean([frechet_distance(null, reference) for null in nulls]))
    least = max(frechet_distance(s.extractors[extractor](rebuilt), reference), floor)

    def measure(x: Tensor) -> dict[str, float]:
        return {"prior-hole": frechet_distance(x, reference) / least}

    return s.scores({"prior-hole": "low"}, measure, fake, None, extractor)


@torch.no_grad()
def paths(s: Sitting) -> dict[str, Score]:
    """Measure how fast samples change along the code."""
    count = getattr(s.model, "classes", 0)

    def make(z: Tensor) -> Tensor:
        found: Tensor = s.model.sample(z, torch.arange(len(z)) % count if count else None)
        return found

    n = min(s.n, 1000)
    lengths = [
        code_measures.path_length(make, s.model.latent_dim, n=n, seed=s.seed + i)
        for i in range(DRAWS)
    ]
    spread = _over_draws(lengths)
    return {"path-length": s.score("path-length", lengths[0], "low", spread=spread, n=n)}


def _over_draws(values: list[float]) -> float:
    return float(np.std(values, ddof=1))


# The contest


def contest(s: Sitting) -> dict[str, Score]:
    """Ask a discriminator for its scores and its gradients."""
    x, y = s.inputs("train")
    held, held_y = s.inputs(s.split)
    fake = to_tensor(s.fake)
    count = getattr(s.model, "classes", 0)
    asked = [(x, s.told(y)), (held, s.told(held_y)),
             (fake, torch.arange(len(fake)) % count if count else None)]  # fmt: skip
    scored = [logits(s.model, *one) for one in asked]
    away = [slopes(s.model, *one) for one in asked[1:]]
    n = min(len(each) for each in scored)

    def measure(rows: np.ndarray) -> dict[str, float]:
        found = contested(*(each[rows] for each in scored), relative=s.model.relative)
        return {
            "r-t": found.r_t, "r-v": found.r_v, "called-real-train": found.train,
            "called-real-held": found.held, "called-fake": found.fake, "ahead": found.ahead,
            "slope-real": float(away[0][rows].mean()), "slope-fake": float(away[1][rows].mean()),
        }  # fmt: skip

    rows = np.arange(n)
    values, spread = measure(rows), jackknife(measure, rows)
    batch = Batch(x[:64], None if y is None else y[:64])
    norms = [gradient_norms(s.model, batch, Step(s.seed, i)) for i in range(DRAWS)]
    for player in norms[0]:
        drawn = np.asarray([norm[player] for norm in norms])
        values[f"gradient-{player}"] = float(drawn.mean())
        spread[f"gradient-{player}"] = float(drawn.std(ddof=1) / DRAWS**0.5)
    return {
        name: s.score(name, values[name], line[2], spread=spread[name])
        for name, line in CONTEST_LINES.items() if name in values
    }  # fmt: skip


# Judges


def judged(s: Sitting) -> dict[str, Score]:
    """Measure whether a judge is right, and as sure as it is right."""
    x, y = s.inputs(s.split)
    assert y is not None
    p = judges.probabilities(s.model.logits, x)
    nonsense = judges.probabilities(s.model.logits, judges.noise(x, s.seed))

    def measure(rows: np.ndarray) -> dict[str, float]:
        away = judges.outside(p[rows], nonsense[rows])
        return {
            "accuracy": judges.accuracy(p[rows], y[rows]),
            "calibration-error": judges.calibration_error(p[rows], y[rows]),
            "noise-confidence": away.confidence,
            "noise-auroc": away.auroc,
        }

    return _with_lines(s, JUDGE_LINES, measure(np.arange(len(x))),
                       jackknife(measure, np.arange(len(x))))  # fmt: skip


def judged_pictures(s: Sitting) -> dict[str, Score]:
    """Show a judge negatives, attacked pictures, and patches of other classes."""
    x, y = s.inputs(s.split)
    assert y is not None
    x, y = x[:1000], y[:1000]
    see = s.model.logits
    away = judges.outside(*(judges.probabilities(see, v) for v in (x, judges.inverted(x))))
    attacked = judges.attack(see, x, y, seed=s.seed)
    patch = judges.shortcut(see, x[:500], y[:500], seed=s.seed)
    values = {
        "inverted-confidence": away.confidence,
        "inverted-auroc": away.auroc,
        "attacked-accuracy": attacked.attacked,
        "jittered-accuracy": attacked.random,
        "shortcut-fall": patch.swapped,
        "shortcut-follows": patch.follows,
    }
    return _with_lines(s, JUDGE_PICTURE_LINES, values, {}, n=len(x))


def _with_lines(
    s: Sitting, lines: Any, values: dict[str, float], spread: dict[str, float], n: int | None = None
) -> dict[str, Score]:
    return {
        name: s.score(name, values[name], line[2], spread=spread.get(name), n=n)
        for name, line in lines.items()
    }
