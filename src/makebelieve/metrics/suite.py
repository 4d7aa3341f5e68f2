"""The one evaluator: every measure that suits a model, with the null beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from makebelieve.errors import InputError
from makebelieve.metrics import groups
from makebelieve.metrics.kept import Kept
from makebelieve.metrics.sitting import Sitting
from makebelieve.models.model import Judges
from makebelieve.recipe import nearest
from makebelieve.runs.heldout import load_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from makebelieve.data.spec import Dataset
    from makebelieve.metrics.score import Score
    from makebelieve.runs.run import Run

__all__ = ["FEW", "METRICS", "Metric", "measure", "measure_samples", "names"]

FEW = 500  # examples below which scores say little


@dataclass(frozen=True)
class Metric:
    """One line of the report card.

    Args:
        measured: computes it, and maybe others of the same work.
        needs: what there must be, by the names of `Sitting.able`.
        about: one line for people.
        good: what a good value is.
    """

    measured: Callable[[Sitting], dict[str, Score]]
    needs: tuple[str, ...]
    about: str
    good: str


def _features(name: str) -> tuple[str, ...]:
    return {"random-conv": ("makes", "pictures"), "judge": ("makes", "classes")}.get(
        name, ("makes",)
    )


def _by_features(
    measured: Callable[[Sitting, str], dict[str, Score]], extractor: str
) -> Callable[[Sitting], dict[str, Score]]:
    return lambda sitting: measured(sitting, extractor)


DISTANCES = {e: _by_features(groups.distances, e) for e in ("random-conv", "judge", "pixels")}
NEIGHBOURS = {e: _by_features(groups.neighbours, e) for e in ("random-conv", "judge", "pixels")}

METRICS: dict[str, Metric] = {
    **{
        f"{name}-{e}": Metric(DISTANCES[e], _features(e), f"{about} {where}", "near the real one")
        for e, where in groups.WHERE.items()
        for name, about in groups.DISTANCE_LINES.items()
    },
    **{
        f"{name}-{e}": Metric(NEIGHBOURS[e], _features(e), f"{about} {where}", good)
        for e, where in groups.WHERE.items()
        for name, (about, good, _) in groups.NEIGHBOUR_LINES.items()
    },
    "class-distance": Metric(
        groups.classes, ("makes", "classes"), "share of samples in the wrong class", "near 0"
    ),
    "classes-found": Metric(
        groups.classes, ("makes", "classes"), "classes with at least 1 % of the samples", "all"
    ),
    "modes-found": Metric(
        groups.point_modes, ("makes", "mixture"), "modes of the density with 20 samples", "all"
    ),
    "modes-good": Metric(
        groups.point_modes, ("makes", "mixture"), "share of samples within 3σ of a mode", "near .99"
    ),
    "stacked-modes": Metric(
        groups.stacked_modes, ("makes", "stacked"), "modes of 1,000 that are made", "as real ones"
    ),
    "stacked-kl": Metric(
        groups.stacked_modes, ("makes", "stacked"), "nats from all modes alike", "as real ones"
    ),
    "auth-pct": Metric(
        groups.copies, ("makes",), "percentage of samples that are no copies", "near the real one"
    ),
    "near-copies": Metric(
        groups.copies, ("makes",), "share of samples suspiciously near to training", "about .01"
    ),
    "copy-test": Metric(
        groups.copies, ("makes",), "nearness to training, in standard deviations", "above −3"
    ),
    "spectrum-ratio": Metric(
        groups.sharpness, ("makes", "pictures"), "fine detail, as a share of that of real", "near 1"
    ),
    "laplacian-ratio": Metric(
        groups.sharpness, ("makes", "pictures"), "sharpness of edges, over that of real", "near 1"
    ),
    "checker-peak": Metric(
        groups.weave, ("makes", "pictures", "large"), "weave: the peak in the spectrum", "below 2"
    ),
    "checker-phases": Metric(
        groups.weave, ("makes", "pictures", "large"), "weave: detail by pixel of a raster",
        "below .2",
    ),
    "checker-seams": Metric(
        groups.weave, ("makes", "pictures", "large"), "weave: steps across blocks and within",
        "below .35",
    ),
    "checker-places": Metric(
        groups.weave, ("makes", "pictures", "large"), "weave: how well places of it are told",
        "below .1",
    ),
    "elbo": Metric(groups.bounds, ("bound",), "lower bound of log p(x), in nats", "high"),
    "iwae-100": Metric(groups.bounds, ("bound",), "a tighter bound, of 100 codes, in nats", "high"),
    "kl": Metric(groups.codes, ("posterior",), "what the code says of a picture, in nats", "> .5"),
    "active-units": Metric(
        groups.codes, ("posterior",), "dimensions of the code that depend on the picture", "many"
    ),
    "live-dimensions": Metric(
        groups.codes, ("posterior",), "dimensions of the code with more than .1 nat", "many"
    ),
    "mutual-information": Metric(
        groups.codes, ("posterior",), "information of picture and code, in nats", "high"
    ),
    "shuffle-gap": Metric(
        groups.shuffled, ("posterior",), "nats lost with the code of another picture", "high"
    ),
    "aggregate-mismatch": Metric(
        groups.codes, ("posterior",), "nats between all codes and the prior", "below 5"
    ),
    "prior-hole": Metric(
        groups.prior_hole, ("makes", "rebuilds"), "FD of samples over FD of reconstructions",
        "below 10",
    ),
    "path-length": Metric(
        groups.paths, ("makes", "generator"), "change of the sample for a step of the code", "low"
    ),
    **{
        name: Metric(groups.contest, ("contest",), about, good)
        for name, (about, good, _) in groups.CONTEST_LINES.items()
    },
    **{
        name: Metric(groups.judged, ("judges",), about, good)
        for name, (about, good, _) in groups.JUDGE_LINES.items()
    },
    **{
        name: Metric(groups.judged_pictures, ("judges", "pictures"), about, good)
        for name, (about, good, _) in groups.JUDGE_PICTURE_LINES.items()
    },
}  # fmt: skip
"""Name → how it is measured, what it needs, and a line for people, in the order of the card."""


def names(sitting: Sitting) -> list[str]:
    """Return the measures that suit what is measured."""
    return [name for name, metric in METRICS.items() if set(metric.needs) <= sitting.able]


def measure(
    run: Run,
    data: Dataset | None = None,
    *,
    n: int = 2000,
    judge: Run | None = None,
    only: Iterable[str] | None = None,
    seed: int = 0,
    fresh: bool = False,
) -> dict[str, Score]:
    """Measure a model by everything that suits it; what is known of it is not measured again.

    Args:
        run: the model.
        data: what to compare it with; None: what it was trained on.
        n: how many examples on either side; fewer where not so many are held out.
        judge: a judge of the same data, to name classes and for its features.
        only: the names of measures; None: all that suit.
        seed: start of the samples.
        fresh: measure anew what the run's folder keeps.

    Returns:
        scores by name, in the order of `METRICS`.

    Raises:
        InputError: the data cannot be loaded, nothing is held out, shapes differ, or a measure
            does not suit the model.
    """
    chosen = load_data(run) if data is None else data
    if judge is not None:
        judge.able(Judges, "name classes: give the run of a judge")
    sitting = Sitting(chosen, n, run=run, judge=judge, seed=seed)
    kept = Kept(run, chosen, n=n, judge=judge, seed=seed, fresh=fresh)
    found = _measured(sitting, only, kept.scores)
    kept.save()
    return found


def measure_samples(
    samples: np.ndarray,
    data: Dataset,
    *,
    n: int = 2000,
    judge: Run | None = None,
    only: Iterable[str] | None = None,
) -> dict[str, Score]:
    """Measure samples of any other tool.

    Args:
        samples: (m, height, width, channels) uint8, or (m, 2) points.
        data: what to compare them with.
        n: how many of either; fewer where there are not so many.
        judge: a judge of the same data, to name classes and for its features.
        only: the names of measures; None: all that suit.

    Raises:
        InputError: as `measure`.
    """
    if judge is not None:
        judge.able(Judges, "name classes: give the run of a judge")
    return _measured(Sitting(data, n, samples=samples, judge=judge), only, {})


def _measured(
    sitting: Sitting, only: Iterable[str] | None, known: dict[str, Score]
) -> dict[str, Score]:
    """Measure what was asked for and is not known, each piece of work once."""
    suited = names(sitting)
    asked = suited if only is None else list(only)
    for name in asked:
        if name not in METRICS:
            raise InputError(f"there is no measure {name!r}{nearest(name, METRICS)}")
        if name not in suited:
            lacking = ", ".join(sorted(set(METRICS[name].needs) - sitting.able))
            raise InputError(f"{name} does not suit what is measured: it needs {lacking}")
    for name in asked:
        if name not in known:
            known |= METRICS[name].measured(sitting)
    return {name: known[name] for name in asked if name in known}
