"""Part "defaults": how fast each of our models trains with its default settings."""

from benchmarks.contestants import Contestant
from benchmarks.machine import line
from benchmarks.measure import interleave, speeds, spread
from benchmarks.targets import MEMORY_MB
from makebelieve.data import load
from makebelieve.models import MODELS

__all__ = ["measure", "section"]

SOURCES = ("avatars", "fashion")


def measure(options):
    """Return pictures a second, round by round, and memory over the data, by "model source"."""
    contestants = [
        Contestant(f"{model} {source}", "benchmarks.ours:train", {"model": model, "source": source})
        for source in SOURCES
        for model in MODELS
    ]
    found = interleave(contestants, options)
    size = {source: load(source).examples.nbytes for source in SOURCES}
    return {
        name: {"speeds": speeds(measured), "over": measured["peak"] - size[name.split()[1]]}
        for name, measured in found.items()
    }


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    models = list(dict.fromkeys(name.split()[0] for name in run["found"]))
    rows = "\n".join(f"| {model} | {' | '.join(_cells(model, run))} |" for model in models)
    return f"""\
## Speed of our models with their defaults

Pictures a second while training with default settings (`size=small`): the median of interleaved
rounds, in brackets the slowest and the fastest. `avatars` are 16 × 16 in colour, `fashion` is
28 × 28 in grey; a GAN's step has two turns, and its default loss takes second derivatives. Memory
is the process's peak, PyTorch itself included, over the pictures as bytes: {MEMORY_MB.must} MB must
not be passed, and {MEMORY_MB.aim} are the aim.

| model | {" | ".join(f"{source} | memory, MB" for source in SOURCES)} |
|---|{"---:|---:|" * len(SOURCES)}
{rows}

{line(run)}
"""


def _cells(model, run):
    """Return, source by source, speed and memory."""
    for source in SOURCES:
        found = run["found"][f"{model} {source}"]
        over = found["over"] / 1e6
        yield spread(found["speeds"])
        yield f"{over:,.0f}" if run["quick"] else f"{over:,.0f} ({MEMORY_MB.met(over)})"
