"""This package as its users have it: its own models and settings, through its own engine.

As a program it is one process of a torchrun job: `python -m benchmarks.ours SECONDS THREADS`.
"""

import os
import sys
import time

from makebelieve.data import load
from makebelieve.data.loading import Loader
from makebelieve.runs.drive import initial
from makebelieve.runs.planning import plan
from makebelieve.training.devices import connect
from makebelieve.training.loop import Stepped
from makebelieve.training.loop import train as events

__all__ = ["train"]

ENDLESS = 2**40  # more examples than any measurement takes


def train(tick, model, source, settings=None, size=None, memory=None, device="cpu"):
    """Train a model for ever, with default settings but for those that are given.

    Args:
        tick: called after every step.
        model: its name.
        source: for `load`.
        settings: recipe keys of model and training.
        size: height and width of the pictures; None leaves what `load` chooses.
        memory: how much of it pictures may take, as in MAKEBELIEVE_MEMORY.
        device: where to train.
    """
    if memory:
        os.environ["MAKEBELIEVE_MEMORY"] = memory
    _train(tick, model, load(source, size=size), settings or {}, connect(device))


def _train(tick, model, data, settings, world):
    endless = {"training.examples": ENDLESS, "checkpoint": ENDLESS, "validate": ENDLESS}
    chosen = plan(model, data, endless | settings)
    state = initial(chosen, world)
    tick.begins(state.model)
    for event in events(state, {"train": Loader(chosen.data, "train", device=world.device)}, world):
        if isinstance(event, Stepped):
            tick(chosen.recipe.training.batch)


class Alike:
    """Counts in every process alike: all stop at the step at which any has had its time."""

    def __init__(self, world, seconds):
        self.world, self.seconds, self.examples, self.began = world, seconds, 0, None

    def begins(self, model):
        """Be told what is trained."""

    def __call__(self, examples):
        """Count a step; the first one pays for starting up."""
        now = time.perf_counter()
        if self.began is None:
            self.began = now
            return
        self.examples += examples
        if self.world.anyone(now - self.began >= self.seconds):
            if self.world.main:
                print(self.examples / (now - self.began))
            raise SystemExit


if __name__ == "__main__":
    together = connect("cpu", int(sys.argv[2]))
    _train(Alike(together, float(sys.argv[1])), "vae", load("fashion"), {}, together)
