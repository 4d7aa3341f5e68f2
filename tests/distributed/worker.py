"""What each process of a torchrun job does in test_processes.py."""

from __future__ import annotations

import sys
from pathlib import Path

import safetensors.torch

from makebelieve import models
from makebelieve.data.loading import Loader
from makebelieve.runs import drive
from makebelieve.training.devices import World, connect
from makebelieve.training.loop import train


def engine(world: World, model: str, folder: Path, settings: dict[str, str]) -> None:
    """Train without files, and write down what this process ended with."""
    plan = drive.plan(model, "digits", settings)
    state = drive.initial(plan, world)
    loaders = {
        split: Loader(plan.data, split, seed=plan.recipe.training.seed)
        for split in ("train", "validation")
    }
    for _ in train(state, loaders, world):  # type: ignore[arg-type]
        pass
    path = folder / f"{model}-{world.rank}-of-{world.size}.safetensors"
    safetensors.torch.save_file(state.tensors(), path)


def run(world: World, model: str, folder: Path, settings: dict[str, str]) -> None:
    """Train or go on with a run, stopping where a setting says so."""
    steps = int(settings.pop("stop", 10**9))

    def stop() -> bool:
        nonlocal steps
        steps -= 1
        return steps <= 0

    here = folder / model
    if (here / "recipe.json").exists():
        drive.resume(here, stop=stop, world=world)
    else:
        drive.start(drive.plan(model, "digits", settings), here, stop=stop, world=world)


def main(what: str, folder: str, *given: str) -> None:
    """Do one thing with every model: a launch costs more than the training."""
    world = connect("cpu", 1)
    for model in models.MODELS:
        settings = dict(part.split("=") for part in given)
        extra = {k: settings.pop(k) for k in list(settings) if k in GAN_ONLY}
        if model == "gan":
            settings |= extra
        {"engine": engine, "run": run}[what](world, model, Path(folder), settings)


GAN_ONLY = ("augment_target", "augment_span", "conditional")

if __name__ == "__main__":
    main(*sys.argv[1:])
