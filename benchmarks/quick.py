"""How fast each model trains on this machine: pictures a second, medians of interleaved rounds.

Run by scripts/bench, which writes docs/benchmarks.md; with --print the table is only printed.
"""

import argparse
import datetime
import os
import platform
import statistics
import time
from pathlib import Path

import torch

import makebelieve
from makebelieve.data import load
from makebelieve.data.loading import Loader
from makebelieve.models import MODELS
from makebelieve.runs.drive import initial
from makebelieve.runs.planning import plan
from makebelieve.training.devices import World
from makebelieve.training.loop import Stepped, train

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
SOURCES = ("avatars", "fashion")
EXAMPLES = 2**40  # more than any round can use


def engine(model, source):
    """Return a generator of training events that never ends."""
    world = World(torch.device("cpu"))
    chosen = plan(model, load(source), {"examples": EXAMPLES, "checkpoint": EXAMPLES})
    state = initial(chosen, world)
    loaders = {"train": Loader(chosen.data, "train")}
    return train(state, loaders, world), chosen.recipe.training.batch


def speed(events, batch, seconds):
    """Return pictures a second over about so many seconds."""
    began, steps = time.perf_counter(), 0
    for event in events:
        if isinstance(event, Stepped):
            steps += 1
            spent = time.perf_counter() - began
            if spent >= seconds:
                return steps * batch / spent
    raise RuntimeError("training ended")


def measure(rounds, seconds, threads):
    """Return speeds by (model, source), one for each round; the first, a warm-up, is left out."""
    torch.set_num_threads(threads)
    running = {(m, s): engine(m, s) for s in SOURCES for m in MODELS}
    found = {pair: [] for pair in running}
    for turn in range(rounds + 1):
        # Interleaved, so that a change in the machine's load meets all of them alike.
        for pair, (events, batch) in running.items():
            pictures = speed(events, batch, seconds)
            if turn:
                found[pair].append(pictures)
    return found


def table(found):
    """Return the Markdown table: median, and the range of all rounds."""
    lines = ["| model | " + " | ".join(SOURCES) + " |", "|---|" + "---:|" * len(SOURCES)]
    for model in MODELS:
        cells = []
        for source in SOURCES:
            each = found[model, source]
            low, middle, high = min(each), statistics.median(each), max(each)
            cells.append(f"{middle:,.0f} ({low:,.0f} to {high:,.0f})")
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(found, rounds, seconds, threads):
    """Return the whole page."""
    today = datetime.datetime.now(datetime.UTC).date()
    busy = f"{os.getloadavg()[2]:.1f}"  # over fifteen minutes: mostly before the measurement
    return f"""\
<!-- Written by scripts/bench: run it again rather than editing. -->

# Benchmarks

Pictures a second while training, with default settings (`size=small`): the median of {rounds}
rounds of {seconds:g} s, in brackets the slowest and the fastest. The rounds of all models are
interleaved. `avatars` are 16 × 16 in colour, `fashion` is 28 × 28 in grey; a GAN's step has two
turns, and its default loss takes second derivatives.

{table(found)}

Measured {today} with makebelieve {makebelieve.__version__}, PyTorch {torch.__version__} and Python
{platform.python_version()} on {platform.system()} {platform.machine()}, with
{threads} thread{"s" * (threads > 1)} on {os.cpu_count()} cores at a load of {busy}; above the
number of cores, other jobs were measured, too. Another machine gives other numbers, and so does the
same one when it is busy: only ratios within the table mean much. `scripts/bench` measures yours.
"""


def main():
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--print", action="store_true", help="write no page")
    asked = parser.parse_args()
    found = measure(asked.rounds, asked.seconds, asked.threads)
    if asked.print:
        print(table(found))
        return
    PAGE.write_text(page(found, asked.rounds, asked.seconds, asked.threads), encoding="utf-8")
    print(f"{table(found)}\n\nwritten to {PAGE}")


if __name__ == "__main__":
    main()
