"""Our engine is compared on the peers' networks: as many parameters, pictures of the same shape."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = (
    ("gan_dcgan", "train", "dcgan"),
    ("gan_wgan_gp", "train", "wgan_gp"),
    ("examples_dcgan", "train", "dcgan64"),
    ("pythae_vae", "train_mlp", "mlp_vae"),
    ("pythae_vae", "train_conv", "conv_vae"),
)


class Begun(Exception):  # noqa: N818
    """Training is about to begin."""


class Tick:
    model: Any

    def begins(self, model: Any) -> None:
        self.model = model
        raise Begun


def built(module: str, function: str) -> Any:
    """Return what a contestant trains."""
    tick = Tick()
    with pytest.raises(Begun):
        getattr(importlib.import_module(f"benchmarks.{module}"), function)(tick)
    return tick.model


def size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


@pytest.mark.filterwarnings("ignore")  # pythae is older than the libraries it imports
@pytest.mark.parametrize(("module", "function", "engine"), PAIRS)
def test_networks_are_of_a_size(
    prepared: Path, monkeypatch: pytest.MonkeyPatch, module: str, function: str, engine: str
) -> None:
    if module.startswith("pythae") and find_spec("pythae") is None:
        pytest.skip("pythae is not installed")
    monkeypatch.setenv("BENCHMARK_PICTURES", str(prepared))
    theirs, ours = built(f"peers.{module}", function), built("engines", engine)
    if hasattr(ours, "generator"):
        ours = ours.generator
    assert size(ours) == size(theirs)


@pytest.mark.parametrize(("module", "pixels"), [("gan_dcgan", 32), ("gan_wgan_gp", 28)])
def test_samples_are_pictures_and_leave_the_generator_alone(module: str, pixels: int) -> None:
    program = importlib.import_module(f"benchmarks.peers.{module}")
    generator = program.Generator()
    before = {name: t.clone() for name, t in generator.state_dict().items()}
    made = program.sample(generator, 70, seed=1)
    assert made.shape == (70, 1, pixels, pixels)
    assert 0 <= made.min() < made.max() <= 1
    assert torch.equal(made, program.sample(generator, 70, seed=1))
    after = generator.state_dict()
    assert all(torch.equal(t, after[name]) for name, t in before.items())
