"""Part "demo": four models and a page from `makebelieve demo`, and what each minute buys."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import ROOT, line
from benchmarks.targets import DEMO_MINUTES
from makebelieve.errors import InputError

__all__ = ["measure", "section"]

FULL = {"default": [], **{f"{m} min": ["--minutes", str(m)] for m in (0.5, 1, 2, 3)}}
QUICK = {"default": ["--examples", "640"]}


def measure(options):
    """Return, for each budget, the whole command's seconds and what its page says."""
    found = {}
    for name, arguments in (QUICK if options.quick else FULL).items():
        print(f"  {name}", flush=True)
        found[name] = _demo(arguments, options)
    return found


def _demo(arguments, options):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "makebelieve", "demo", "avatars", "--json", *arguments]
        environment = os.environ | {"MAKEBELIEVE_HOME": str(options.pictures)}
        began = time.perf_counter()
        done = subprocess.run(
            [*command, "--out", str(Path(folder) / "demo")],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - began
    if done.returncode:
        raise InputError(f"the demo ended with {done.returncode}: {done.stderr.splitlines()[-1]}")
    facts = json.loads(done.stdout.splitlines()[0])
    runs, makers = facts["runs"], facts["makers"]
    return {
        "seconds": seconds,
        "seen": {model: run["seen"] for model, run in runs.items()},
        "accuracy": facts["judge"]["accuracy"],
        "reconstruction": runs["autoencoder"]["result"]["reconstruction"],
        "negative_elbo": runs["vae"]["result"]["negative_elbo"],
        "told_apart": {name: maker["told_apart"] for name, maker in makers.items()},
        "recognised": {name: maker["recognised"] for name, maker in makers.items()},
        "real_told_apart": facts["real"]["told_apart"],
    }


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    found = run["found"]
    whole = [r["found"]["default"]["seconds"] / 60 for r in runs if not r["quick"]]
    met = "not judged"
    if whole:
        kept = sum(DEMO_MINUTES.met(each) != "no" for each in whole)
        met = f"{DEMO_MINUTES.met(whole[-1])} ({kept} of {len(whole)} runs)"
    rows = "\n".join(_row(name, each) for name, each in found.items())
    return f"""\
## The demo

`makebelieve demo` on `avatars`, from the start of the command to the finished page: judge,
autoencoder, VAE and GAN, trained from scratch side by side. It must take at most
{DEMO_MINUTES.must:g} minutes and aims at {DEMO_MINUTES.aim:g}: {met}. The other lines are what less
time buys, with `--minutes`. A nearest-neighbour test tells samples from real pictures: 0.5 is a
guess, 1 is always (real against real: {found["default"]["real_told_apart"]:.2f}).

| | whole, s | judge right | autoencoder, nats | VAE −ELBO, nats | told apart: VAE | GAN |
|---|---:|---:|---:|---:|---:|---:|
{rows}

{line(run)}
"""


def _row(name, each):
    apart = each["told_apart"]
    cells = (
        name, f"{each['seconds']:.0f}", f"{each['accuracy']:.1%}",
        f"{each['reconstruction']:.1f}", f"{each['negative_elbo']:.1f}",
        f"{apart['vae']:.2f}", f"{apart['gan']:.2f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"
