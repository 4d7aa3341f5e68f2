"""This package as its users have it: its own models and settings, through its own engine."""

from makebelieve.data import load
from makebelieve.data.loading import Loader
from makebelieve.runs.drive import initial
from makebelieve.runs.planning import plan
from makebelieve.training.devices import connect
from makebelieve.training.loop import Stepped
from makebelieve.training.loop import train as events

__all__ = ["train"]

ENDLESS = 2**40  # more examples than any measurement takes


def train(tick, model, source):
    """Train a model with default settings."""
    world = connect("cpu")
    chosen = plan(model, load(source), {"examples": ENDLESS, "checkpoint": ENDLESS})
    state = initial(chosen, world)
    tick.begins(state.model)
    for event in events(state, {"train": Loader(chosen.data, "train")}, world):
        if isinstance(event, Stepped):
            tick(chosen.recipe.training.batch)
