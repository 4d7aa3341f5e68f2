"""Short runs whose losses are kept in text files: a guard for whoever rearranges the engine.

A difference means that training computes something else than before. Where that was the intention,
renew the files and commit them with the change that explains them:

    MAKEBELIEVE_GOLDEN=1 pytest tests/golden

Every option that matters is written out here, so that tuning a default changes nothing. What is
kept is all but the counts (a rank or a verdict may flip by rounding) and single logits (the
relativistic loss leaves their common level to rounding).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from makebelieve import models, recipe
from makebelieve.data.embedded import EMBEDDED
from makebelieve.data.loading import Loader
from makebelieve.rng import seed_for
from makebelieve.training.devices import World
from makebelieve.training.loop import Logged, Validated, train
from makebelieve.training.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS, BATCH = 20, 16
TRAINING = {
    "training.examples": STEPS * BATCH, "training.batch": BATCH, "training.learning_rate": 1e-3,
    "training.beta1": 0.5, "training.beta2": 0.99, "training.weight_decay": 0.01,
    "training.schedule": "cosine", "training.warmup": 64, "training.clip": 1e4,
    "training.ema": 100, "training.seed": 7, "training.log": 4 * BATCH,
    "training.validate": 10 * BATCH, "training.checkpoint": 10 * BATCH,
    "training.accumulate": 1, "training.precision": "fp32", "training.kernels": "plain",
    "training.backward": "autograd",
    "training.device": "cpu",
}  # fmt: skip
HOURGLASS = {"model.size": "small", "model.net": "conv", "model.latent_dim": 4}
GAN = {
    "model.size": "small", "model.latent_dim": 4, "model.discriminator_rate": 1.0,
    "model.augment_target": 0.0, "model.augment_span": 1000, "model.conditional": False,
}  # fmt: skip
RUNS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "judge-digits": (
        "judge",
        "digits",
        {"model.size": "small", "model.feature_dim": 16, "model.shift": 1, "model.smoothing": 0.1},
    ),
    "autoencoder-digits": (
        "autoencoder",
        "digits",
        HOURGLASS | {"model.likelihood": "gaussian", "model.conditional": False},
    ),
    "vae-digits": (
        "vae",
        "digits",
        HOURGLASS
        | {
            "model.likelihood": "logistic",
            "model.conditional": True,
            "model.beta": 2.0,
            "model.kl_warmup": 200,
            "model.free_bits": 0.1,
        },
    ),
    "vae-ring": (
        "vae",
        "ring",
        HOURGLASS
        | {
            "model.likelihood": "gaussian",
            "model.conditional": False,
            "model.beta": 1.0,
            "model.kl_warmup": 0,
            "model.free_bits": 0.0,
        },
    ),
    "gan-digits": (
        "gan",
        "digits",
        GAN
        | {
            "model.loss": "relativistic",
            "model.penalty": "r1+r2",
            "model.gamma": 1.0,
            "model.augment": "adaptive",
        },
    ),
    "gan-ring": (
        "gan",
        "ring",
        GAN
        | {
            "model.loss": "wgan-gp",
            "model.penalty": "gradient",
            "model.gamma": 10.0,
            "model.augment": "none",
        },
    ),
}
LEFT_OUT = ("accuracy", "ahead", "logit_real", "logit_fake", "augment_p")


def played(name: str) -> Iterator[tuple[str, float]]:
    """Train, and yield every number that is kept by the moment and name of it."""
    model, data, settings = RUNS[name]
    chosen = recipe.build(model, models.find(model).Options, settings | TRAINING)
    dataset = EMBEDDED[data]()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(7, "weights"))
        built: Any = models.build(chosen, dataset.spec)
    state = State(built.to(memory_format=torch.channels_last), chosen.training)
    if "augment_p" in dict(built.named_buffers()):
        built.augment_p.fill_(0.4 if settings["model.augment"] == "adaptive" else 0.0)
    loaders: Any = {s: Loader(dataset, s, seed=7) for s in ("train", "validation")}
    for event in train(state, loaders, World(torch.device("cpu"))):
        if isinstance(event, Logged):
            told = event.values
        elif isinstance(event, Validated):
            told = {f"held_out_{n}": v for n, v in event.validation.items()}
        else:
            continue
        for n, value in told.items():
            if not n.removeprefix("held_out_").endswith(LEFT_OUT):
                yield f"{event.seen} {n}", value


@pytest.mark.parametrize("name", RUNS)
def test_losses_are_what_they_were(name: str) -> None:
    path = Path(__file__).with_name(f"{name}.txt")
    found = dict(played(name))
    if os.environ.get("MAKEBELIEVE_GOLDEN"):
        lines = [f"{moment} {value:.6g}" for moment, value in found.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept = dict(line.rsplit(" ", 1) for line in path.read_text(encoding="utf-8").splitlines())
    assert found.keys() == kept.keys()
    for moment, value in kept.items():
        assert found[moment] == pytest.approx(float(value), rel=1e-3, abs=1e-4), moment


def test_every_model_has_a_golden_run() -> None:
    assert {model for model, _, _ in RUNS.values()} == set(models.MODELS)
    kept = {path.stem for path in Path(__file__).parent.glob("*.txt")}
    assert kept == set(RUNS), "a file that no run reads"
