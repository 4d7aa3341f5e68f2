"""One thread, a home of its own for every test, and the small helpers that many tests share."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makebelieve import models, recipe
from makebelieve.data.loading import Batch, Loader
from makebelieve.data.spec import Dataset, Spec
from makebelieve.nets.blocks import Activation
from makebelieve.nets.probe import probe
from makebelieve.training.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep runs and caches away from the person who runs the tests, sub-processes included."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MAKEBELIEVE_HOME", str(tmp_path_factory.mktemp("home")))
    patch.delenv("MAKEBELIEVE_MEMORY", raising=False)
    yield
    patch.undo()


def build(name: str, spec: Spec, seed: int = 0, **options: Any) -> Any:
    """Build an untrained model from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kind = models.find(name)
        return kind(spec, kind.Options(**options)).to(memory_format=torch.channels_last)


def random_batch(spec: Spec, n: int, seed: int = 0) -> Batch:
    """Draw a batch that holds every class; pictures have all 256 values."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % len(spec.classes) if spec.classes else None
    if spec.kind == "points":
        return Batch(torch.randn(n, *spec.shape, generator=generator), y)
    x = torch.randint(256, (n, *spec.shape), generator=generator).float() / 255
    return Batch(x.contiguous(memory_format=torch.channels_last), y)


def blobs(spec: Spec, n: int = 96, seed: int = 0) -> Dataset:
    """Draw a data set that can be learned: each class is a bright square in its own corner."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % max(1, len(spec.classes))).astype(np.int64)
    if spec.kind == "points":
        angles = 2 * np.pi * labels / max(1, len(spec.classes))
        around = np.stack([np.cos(angles), np.sin(angles)], 1)
        examples = (around + 0.05 * rng.standard_normal((n, 2))).astype(np.float32)
    else:
        channels, size, _ = spec.shape
        examples = rng.integers(0, 80, (n, size, size, channels), np.uint8)
        half = size // 2
        for picture, label in zip(examples, labels, strict=True):
            row, column = divmod(int(label) % 4, 2)
            picture[row * half : (row + 1) * half, column * half : (column + 1) * half] += 150
    split = np.zeros(n, np.uint8)
    split[n * 3 // 4 :], split[n * 7 // 8 :] = 1, 2
    return Dataset("blobs", spec, examples, labels if spec.classes else None, split)


def new_state(
    name: str, spec: Spec, options: dict[str, Any] | None = None, **training: Any
) -> State:
    """Build a model and its optimisers; what the keys leave open is short and small."""
    chosen: dict[str, Any] = {
        "examples": 160, "batch": 16, "learning_rate": 1e-3, "beta1": 0.9, "schedule": "linear",
        "warmup": 32, "ema": 64, "checkpoint": 64, "validate": 64, "log": 32, "device": "cpu",
        "kernels": probe(),
    } | training  # fmt: skip
    model = build(name, spec, **(options or {}))
    return State(model, dataclasses.replace(recipe.TrainingRecipe(), **chosen))


class Kit:
    """What the tests of nets, models and training share."""

    build = staticmethod(build)
    batch = staticmethod(random_batch)
    dataset = staticmethod(blobs)
    state = staticmethod(new_state)

    @staticmethod
    def loaders(dataset: Dataset, **options: Any) -> dict[str, Loader]:
        """Give loaders of the training and the validation split."""
        return {s: Loader(dataset, s, **options) for s in ("train", "validation")}


@pytest.fixture(scope="session")
def kit() -> Kit:
    """Give the helpers."""
    return Kit()


@pytest.fixture
def smooth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the kink out of the activation.

    A kernel may add up another batch in another order; a unit that sits on the kink then falls to
    its other side, and its gradient jumps although nothing is wrong.
    """
    monkeypatch.setattr(Activation, "forward", staticmethod(F.silu))
