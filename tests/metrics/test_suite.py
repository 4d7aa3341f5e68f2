"""The suite: nulls beside scores, protocols that must agree, and a cache that changes nothing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import makebelieve as mb
from makebelieve.data import load
from makebelieve.errors import InputError
from makebelieve.metrics import cache, suite
from makebelieve.metrics.score import Score
from makebelieve.metrics.sitting import Sitting, jackknife
from makebelieve.metrics.suite import METRICS, measure, measure_samples

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
N = 150


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for name, settings in {
        "vae": {"data": "digits", "latent_dim": 4},
        "conditional": {"model": "vae", "data": "digits", "latent_dim": 4, "conditional": True},
        "gan": {"data": "digits", "latent_dim": 4},
        "told-gan": {"model": "gan", "data": "digits", "latent_dim": 4, "conditional": True},
        "judge": {"data": "digits"},
        "autoencoder": {"data": "digits", "latent_dim": 4},
        "ring": {"model": "gan", "data": "ring"},
        "ring-vae": {"model": "vae", "data": "ring"},
    }.items():
        options = {"model": name, "examples": 256, "batch": 64, "quiet": True} | settings
        made[name] = mb.train(out=folder / name, **options)
    return made


def real(data: Dataset, n=N) -> np.ndarray:
    return np.asarray(data.examples[data.rows("train")][-n:])


SUITED = {
    "vae": {"fd-random-conv", "coverage-pixels", "auth-pct", "elbo", "shuffle-gap", "prior-hole"},
    "conditional": {"fd-pixels", "elbo", "kl", "path-length", "prior-hole"},
    "gan": {"fd-random-conv", "copy-test", "r-v", "gradient-generator", "path-length"},
    "told-gan": {"fd-random-conv", "r-v", "slope-fake"},
    "judge": {"accuracy", "calibration-error", "attacked-accuracy", "shortcut-fall"},
    "autoencoder": {"fd-random-conv", "prior-hole"},
    "ring": {"fd-pixels", "modes-found", "modes-good", "r-t"},
    "ring-vae": {"fd-pixels", "modes-found", "elbo", "aggregate-mismatch"},
}


@pytest.mark.parametrize("name", SUITED)
def test_every_model_is_measured_by_what_suits_it(runs, name):
    found = measure(runs[name], n=N)
    assert SUITED[name] <= set(found)
    assert list(found) == [m for m in METRICS if m in found]
    for metric, score in found.items():
        assert score.name == metric
        assert np.isfinite(score.value), metric
        assert score.n <= N
    assert json.loads(json.dumps({m: s.to_dict() for m, s in found.items()}, allow_nan=False))
    assert ("accuracy" in found) == (name == "judge")
    assert ("elbo" in found) == (name in {"vae", "conditional", "ring-vae"})


def test_a_judge_adds_classes_and_its_features(runs):
    found = measure(runs["gan"], n=N, judge=runs["judge"])
    assert {"fd-judge", "coverage-judge", "class-distance", "classes-found"} <= set(found)
    with pytest.raises(InputError, match="judge"):
        measure(runs["gan"], n=N, judge=runs["vae"])


def test_real_pictures_score_like_real_pictures():
    data = load("fashion")
    found = measure_samples(real(data, 400), data, n=400)
    for name, score in found.items():
        if score.excess is not None and name != "near-copies":
            # Drawn from the training split, as the null is: copies of it, to what looks for these.
            copies = name in {"auth-pct", "copy-test"}
            assert (abs(score.excess) > 10) == copies, (name, score)


def test_what_is_planted_is_seen_by_what_looks_for_it():
    data = load("fashion")
    noisy = real(data, 600).astype(np.float64) + np.random.default_rng(0).normal(
        0, 25, (600, 28, 28, 1)
    )
    noisy = noisy.clip(0, 255).astype(np.uint8)
    found = measure_samples(noisy, data, n=600, only=["fd-random-conv", "spectrum-ratio"])
    assert found["fd-random-conv"].excess > 4
    assert found["spectrum-ratio"].value > 1.05
    few = np.repeat(real(data, 12), 50, axis=0)
    signs = ["coverage-random-conv", "recall-random-conv", "near-copies", "auth-pct"]
    collapsed = measure_samples(few, data, n=600, only=signs)
    assert collapsed["coverage-random-conv"].value < 0.2
    assert collapsed["recall-random-conv"].value < 0.1
    assert collapsed["near-copies"].value > 0.9
    assert collapsed["auth-pct"].value < 5


def test_the_same_again_and_from_the_cache(runs, monkeypatch, tmp_path):
    first = measure(runs["vae"], n=N)
    assert any(cache.folder().iterdir())
    assert measure(runs["vae"], n=N) == first
    for entry in cache.folder().iterdir():
        entry.write_bytes(b"damaged")
    assert measure(runs["vae"], n=N, only=["fd-pixels"])["fd-pixels"] == first["fd-pixels"]
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("no folder")
    assert measure(runs["vae"], n=N, only=["fd-pixels"])["fd-pixels"] == first["fd-pixels"]


def test_other_seeds_make_other_samples(runs):
    a, b = (measure(runs["vae"], n=N, only=["fd-pixels"], seed=s)["fd-pixels"] for s in (0, 1))
    assert a.value != b.value
    assert a.null == b.null
    a.comparable(b)


def test_scores_of_other_protocols_are_not_compared(runs):
    scores = measure(runs["vae"], n=N, only=["fd-pixels", "fd-random-conv", "coverage-pixels"])
    fd, coverage = scores["fd-pixels"], scores["coverage-pixels"]
    fewer = measure(runs["vae"], n=100, only=["fd-pixels"])["fd-pixels"]
    with pytest.raises(InputError, match="different numbers of examples"):
        fd.comparable(fewer)
    with pytest.raises(InputError, match="different measures"):
        fd.comparable(scores["fd-random-conv"])
    for change, reason in (
        ({"split": "validation"}, "splits"), ({"extractor": "judge"}, "features"),
        ({"version": "2"}, "versions"), ({"data": "other"}, "different data"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=reason):
            fd.better_than(dataclasses.replace(fd, **change))
    assert dataclasses.replace(fd, value=0.1).better_than(fd)
    assert not dataclasses.replace(coverage, value=-1.0).better_than(coverage)
    blurred, sharp = (dataclasses.replace(fd, better="real", null=1.0, value=v) for v in (0.2, 1.3))
    assert sharp.better_than(blurred)
    assert Score.from_dict(json.loads(json.dumps(fd.to_dict()))) == fd
    with pytest.raises(InputError, match="not a score"):
        Score.from_dict({"name": "fd"})


def test_the_excess_is_worse_upwards():
    score = Score("x", 2.0, None, 1.0, 0.5, 10, "test", None, 0, "1", "low")
    assert score.excess == 2
    assert dataclasses.replace(score, better="high").excess == -2
    assert dataclasses.replace(score, better="real", value=0.0).excess == 2
    assert dataclasses.replace(score, null_spread=0.0).excess is None
    assert dataclasses.replace(score, null=None).excess is None


def test_the_jackknife_knows_the_error_of_a_mean():
    x = np.random.default_rng(0).normal(size=4000)
    found = jackknife(lambda v: {"mean": v.mean()}, x, groups=200)["mean"]
    assert found == pytest.approx(x.std() / 4000**0.5, rel=0.15)
    assert jackknife(lambda v: {"n": len(v)}, torch.zeros(80, 2)) == {"n": 0}


def test_what_cannot_be_measured_is_said(runs):
    data = load("digits")
    with pytest.raises(InputError, match="did you mean elbo"):
        measure(runs["vae"], n=N, only=["elbow"])
    with pytest.raises(InputError, match="it needs bound"):
        measure(runs["gan"], n=N, only=["elbo"])
    with pytest.raises(InputError, match="shape"):
        measure_samples(np.zeros((50, 9, 9, 1), np.uint8), data)
    with pytest.raises(InputError, match="at least 16"):
        measure_samples(data.examples[:1], data)
    alone = dataclasses.replace(data, split=np.zeros_like(data.split))
    with pytest.raises(InputError, match="holds nothing out"):
        measure_samples(data.examples[:50], alone)


@pytest.mark.parametrize("name", METRICS)
def test_every_measure_is_documented(name):
    assert f"`{name}`" in DOCS.read_text(encoding="utf-8")
    assert METRICS[name].about


def test_needs_are_known(runs):
    from makebelieve.metrics.sitting import CAPABILITIES

    known = {*CAPABILITIES, "pictures", "large", "mixture", "stacked", "classes", "generator"}
    assert {need for metric in METRICS.values() for need in metric.needs} <= known
    assert suite.FEW == 500


def test_stacked_digits_are_counted():
    data = load("stacked-digits")
    train = np.asarray(data.examples[data.rows("train")[:2000]])
    names = ["stacked-modes", "stacked-kl"]
    real = measure_samples(train, data, n=2000, only=names)
    # Of 1,000 modes, 2,000 fair draws miss e⁻² ≈ 13.5 %.
    assert real["stacked-modes"].value == pytest.approx(865, abs=40)
    assert real["stacked-modes"].null == pytest.approx(865, abs=40)
    grey = np.repeat(train[..., :1], 3, axis=3)
    few = measure_samples(grey, data, n=2000, only=names)
    assert few["stacked-modes"].value <= 30  # 111, 222, …, and what stacking makes of doubtful ones
    assert few["stacked-kl"].value > 4


def test_every_score_of_a_maker_says_how_sure_it_is(runs):
    for name in ("vae", "gan"):
        found = measure(runs[name], n=N)
        unsure = {score.name for score in found.values() if score.spread is None}
        assert not unsure, unsure


def test_what_is_looked_at_first_is_of_all_classes(kit) -> None:
    """A folder's pictures come class by class; a rule that looks at a few must not see but one."""
    data = load("digits")
    order = np.argsort(data.labels, kind="stable")
    columns = {n: dataclasses.replace(c, codes=c.codes[order]) for n, c in data.columns.items()}
    by_class = dataclasses.replace(
        data, examples=data.examples[order], labels=data.labels[order], split=data.split[order],
        columns=columns,
    )  # fmt: skip
    sitting = Sitting(by_class, 150, samples=real(data))
    assert len(set(by_class.labels[sitting.rows("test", 150)][:40])) == 10
    assert sorted(sitting.rows("test", 150)) == sorted(set(sitting.rows("test", 150)))
