"""Part "defaults": how fast each of our models trains with its default settings."""

from benchmarks.contestants import Contestant
from benchmarks.machine import line
from benchmarks.measure import interleave, speeds, spread
from makebelieve.models import MODELS

__all__ = ["measure", "section"]

SOURCES = ("avatars", "fashion")


def measure(options):
    """Return pictures a second, by "model source", round by round."""
    contestants = [
        Contestant(f"{model} {source}", "benchmarks.ours:train", {"model": model, "source": source})
        for source in SOURCES
        for model in MODELS
    ]
    found = interleave(contestants, options)
    return {name: speeds(measured) for name, measured in found.items()}


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    models = list(dict.fromkeys(name.split()[0] for name in run["found"]))
    rows = "\n".join(
        f"| {model} | "
        + " | ".join(spread(run["found"][f"{model} {source}"]) for source in SOURCES)
        + " |"
        for model in models
    )
    return f"""\
## Speed of our models with their defaults

Pictures a second while training with default settings (`size=small`): the median of interleaved
rounds, in brackets the slowest and the fastest. `avatars` are 16 × 16 in colour, `fashion` is
28 × 28 in grey; a GAN's step has two turns, and its default loss takes second derivatives.

| model | {" | ".join(SOURCES)} |
|---|{"---:|" * len(SOURCES)}
{rows}

{line(run)}
"""
