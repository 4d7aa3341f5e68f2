"""Everything that training carries from one step to the next, and its one file."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import safetensors
import safetensors.torch
import torch

from makebelieve.errors import InputError
from makebelieve.training.flat import Flat
from makebelieve.training.narrow import Narrow

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

    from makebelieve.models.model import Model
    from makebelieve.recipe import TrainingRecipe

__all__ = ["Clock", "State", "read_tensors"]


@dataclass
class Clock:
    """How far a run has come.

    Args:
        step: optimiser steps taken.
        seen: examples seen.
        seconds: time spent training, checkpoints and pauses not counted.
        sums: what the next line of the log will average.
        count: over how many steps.
        validated: examples seen at the last look at held-out data.
    """

    step: int = 0
    seen: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0
    validated: int = 0


class State:
    """Model, optimisers, averaged weights and clock.

    Args:
        model: the model, already on its device.
        recipe: resolved training keys.
    """

    def __init__(self, model: Model, recipe: TrainingRecipe) -> None:
        self.model, self.recipe, self.clock = model, recipe, Clock()
        self.players = {
            player: Flat(module, averaged=bool(recipe.ema) and player in model.averaged)
            for player, module in model.players.items()
        }
        # Made once: making one costs as much as entering and leaving it.
        narrow = recipe.precision == "bf16"
        self.autocast = (
            torch.autocast(self.device.type, torch.bfloat16) if narrow else nullcontext()
        )
        self.narrow = Narrow(self.players.values() if narrow else ())

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.players.values())).values.device

    def average(self, n: int) -> None:
        """Move the averaged weights towards the present ones, after n more examples.

        w̄ ← w̄ + (1 − 2^(−n/h)) (w − w̄), h the half-life, shortened to a twentieth of the examples
        seen so that the start is soon forgotten (Karras et al. 2020, appendix).
        """
        half_life = min(float(self.recipe.ema or 0), 0.05 * self.clock.seen)
        for flat in self.players.values():
            if flat.average is not None:
                flat.average.lerp_(flat.values, 1 - 0.5 ** (n / max(half_life, 1e-8)))

    def swap(self) -> None:
        """Exchange present and averaged weights; a second call exchanges them back."""
        for flat in self.players.values():
            flat.swap()

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor by a name that says what it is: `generator/average/stem.weight`."""
        found = {f"model/{n}": t for n, t in _module(self.model).state_dict().items()}
        for player, flat in self.players.items():
            for kind, vector in flat.vectors().items():
                found |= {f"{player}/{kind}/{n}": t for n, t in flat.named(vector).items()}
        return {name: t.detach().contiguous() for name, t in found.items()}

    def save(self, path: Path) -> None:
        """Write the state as one safetensors file, whole or not at all."""
        part = path.with_name(path.name + ".part")
        header = {"clock": json.dumps(vars(self.clock))}
        safetensors.torch.save_file(self.tensors(), part, metadata=header)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)

    def load(self, path: Path) -> None:
        """Take everything back from a file that `save` wrote.

        Raises:
            InputError: the file is damaged or belongs to another model.
        """
        tensors, header = read_tensors(path)
        try:
            self.clock = Clock(**json.loads(header["clock"]))
            self._take(tensors)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"{path} does not fit this run's recipe: {error}") from None

    def _take(self, tensors: dict[str, Tensor]) -> None:
        own = self.tensors()
        if own.keys() != tensors.keys():
            odd = sorted(own.keys() ^ tensors.keys())[0]
            raise ValueError(f"{odd} is in one of the two only")
        for name, t in own.items():
            if t.shape != tensors[name].shape:
                here, there = (tuple(x.shape) for x in (t, tensors[name]))
                raise ValueError(f"{name} has the shape {there} there and {here} here")
        prefix = "model/"
        weights = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        _module(self.model).load_state_dict(weights)
        for player, flat in self.players.items():
            for kind, vector in flat.vectors().items():
                for name, view in flat.named(vector).items():
                    view.copy_(tensors[f"{player}/{kind}/{name}"])
            flat.steps = self.clock.step
            self.narrow.follow(flat)


def _module(model: Model) -> nn.Module:
    """Every model is an `nn.Module`; the protocol cannot say so."""
    assert isinstance(model, torch.nn.Module)
    return model


def read_tensors(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a safetensors file: its tensors and its header.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
