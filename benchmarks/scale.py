"""Part "scale": what training costs by number and size of pictures, batch, model and processes."""

import os
import statistics
import subprocess
import sys

import numpy as np

from benchmarks.contestants import Contestant
from benchmarks.machine import ROOT, line
from benchmarks.measure import flops_of, interleave, speeds, spread
from makebelieve.errors import InputError

__all__ = ["measure", "section"]

FULL = {
    "pictures": (1_000, 10_000, 100_000, 1_000_000),
    "pixels": (8, 16, 32, 64, 128),
    "batch": (16, 64, 256, 1024),
    "size": ("small", "medium", "large"),
}
QUICK = {"pictures": (1_000, 2_000), "pixels": (8,), "batch": (16,), "size": ("small",)}
TITLES = {
    "pictures": "Number of pictures (16 × 16, mapped from disk)",
    "pixels": "Height and width",
    "batch": "Batch (28 × 28)",
    "size": "Size of the model (28 × 28)",
}
MAPPED = "100k"  # less than any of the files: none is read into memory
FEW = 2_000  # pictures where their number does not matter


def measure(options):
    """Return for each axis and value what was measured, and the cost of a step."""
    axes = QUICK if options.quick else FULL
    found = {"axes": {}, "steps": {}}
    for axis, values in axes.items():
        print(f"  {TITLES[axis]}", flush=True)
        contestants = [_contestant(axis, value, options.pictures) for value in values]
        found["axes"][axis] = interleave(contestants, options)
    for size in axes["size"]:
        plain = _contestant("size", size, options.pictures, **{"training.kernels": "plain"})
        found["steps"][size] = flops_of(plain, options, parameters=True)
    found["processes"] = _processes(options)
    return found


def _contestant(axis, value, folder, **settings):
    n, pixels = FEW, 28
    if axis == "pictures":
        n, pixels = value, 16
    elif axis == "pixels":
        pixels = value
    else:
        settings[{"batch": "training.batch", "size": "model.size"}[axis]] = value
    arguments = {
        "model": "vae", "source": str(_many(folder, n, pixels)), "settings": settings,
        "size": pixels,
        "memory": MAPPED if axis == "pictures" else None,
    }  # fmt: skip
    return Contestant(str(value), "benchmarks.ours:train", arguments)


def _many(folder, n, pixels):
    """Write n grey pictures of noise, piece by piece, unless they are there."""
    path = folder / f"noise-{n}-{pixels}.npy"
    if not path.exists():
        stored = np.lib.format.open_memmap(path, "w+", np.uint8, (n, pixels, pixels, 1))
        random = np.random.default_rng(0)
        for start in range(0, n, 50_000):
            part = stored[start : start + 50_000]
            part[:] = random.integers(0, 256, part.shape, np.uint8)
        stored.flush()
    return path


PROCESSES = {"1 process": 1, "2 processes": 2}


def _processes(options):
    """Return pictures a second of one process, and of two over gloo on the same cores, in turns."""
    cores = options.threads or os.cpu_count() or 1
    found = {name: [] for name in PROCESSES}
    for turn in range(options.rounds + 1):
        for name, count in PROCESSES.items():
            speed = _launched(count, max(1, cores // count), options)
            if turn:
                found[name].append(speed)
    return found


def _launched(count, threads, options):
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone",
        f"--nproc-per-node={count}", "-m", "benchmarks.ours", str(options.seconds), str(threads),
    ]  # fmt: skip
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads), "MAKEBELIEVE_HOME": str(options.pictures)
    }  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:]
        raise InputError(f"{count} processes ended with {done.returncode}: {' '.join(said)}")
    return float(done.stdout.split()[-1])


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    found = run["found"]
    tables = [_axis(TITLES[axis], measured) for axis, measured in found["axes"].items()]
    return "\n\n".join([HEAD, *tables, _together(found), _paper(found["steps"]), line(run), ""])


HEAD = """\
## Scale

Our VAE with its defaults on noise, one setting changed at a time: medians of interleaved rounds, in
brackets the slowest and the fastest. **Own memory** is what the process holds of its own while it
trains, PyTorch included; pages of a mapped file are not its own, and the system takes them back
when it wants. It should not grow with the number of pictures."""


def _axis(title, measured):
    lines = [
        f"### {title}\n",
        "| | pictures/s | CPU s for 60,000 | own memory, MB | first step, s |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, each in measured.items():
        cpu = statistics.median(t["cpu_s"] / t["examples"] for t in each["rounds"]) * 60_000
        own = each["anonymous"] / 1e6 if each["anonymous"] else float("nan")
        lines.append(
            f"| {name} | {spread(speeds(each))} | {cpu:,.1f} | {own:,.0f} "
            f"| {each['first_step_s']:.1f} |"
        )
    return "\n".join(lines)


def _together(found):
    one, two = (found["processes"][name] for name in PROCESSES)
    each = [b / a for a, b in zip(one, two, strict=True)]
    return f"""\
### Two processes on the same cores

Pictures a second of our VAE on `fashion`, batch 128, from the same cores:

| | pictures/s | × |
|---|---:|---:|
| one process with all threads | {spread(one)} | 1 |
| two processes over gloo that share them | {spread(two)} | {spread(each, "{:.2f}")} |"""


# What is assumed of the machines, and nothing else: TFLOP/s that a step sustains, and the bytes a
# second that leave one accelerator within a machine of 8 and between machines.
SUSTAINED, WITHIN, BETWEEN = 100e12, 300e9, 25e9
WORLDS = {8: WITHIN, 64: BETWEEN}
BATCHES = (128, 1024)
PAPER = """\
### On paper: 8 and 64 accelerators

Every step exchanges the gradients once, 4 bytes a parameter, in a ring: 2 (p − 1) / p of them leave
each accelerator. Arithmetic and parameters are counted on our step; assumed are {:.0f} TFLOP/s
sustained, {:.0f} GB/s within a machine of 8 and {:.0f} GB/s between machines, and nothing
overlapped. Starting kernels, which small models spend most of their time on, is not in it.
"""


def _paper(steps):
    """Return what torchrun on many accelerators would give, from measured bytes and arithmetic."""
    lines = [
        PAPER.format(SUSTAINED / 1e12, WITHIN / 1e9, BETWEEN / 1e9),
        "| size | parameters | MFLOP a picture | batch each | arithmetic, ms | exchange, ms: 8 "
        "| 64 | efficiency: 8 | 64 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size, (flops, parameters) in steps.items():
        for batch in BATCHES:
            work = flops * batch / SUSTAINED
            waits = [2 * (p - 1) / p * 4 * parameters / speed for p, speed in WORLDS.items()]
            cells = [size, f"{parameters:,}", f"{flops / 1e6:,.1f}", str(batch)]
            cells += [f"{1e3 * each:.3f}" for each in (work, *waits)]
            cells += [f"{work / (work + wait):.0%}" for wait in waits]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
