"""Part "ceilings": how fast this machine multiplies matrices, in either precision."""

import statistics

from benchmarks.contestants import Contestant
from benchmarks.machine import line
from benchmarks.measure import interleave, speeds, spread

__all__ = ["best", "measure", "section"]

WAYS = tuple(
    Contestant(f"{name}, {p}", f"benchmarks.matrices:{function}", {"precision": p}, p)
    for name, function, p in (
        ("torch.mm", "plain", "fp32"),
        ("oneDNN", "onednn", "fp32"),
        ("torch.mm", "plain", "bf16"),
        ("oneDNN", "onednn", "bf16"),
    )
)


def measure(options):
    """Return GFLOP/s of each way, round by round."""
    found = interleave(WAYS, options)
    return {name: [x / 1e9 for x in speeds(measured)] for name, measured in found.items()}


def best(found, precision):
    """Return the ceiling of a precision, GFLOP/s: the fastest way's median."""
    return max(statistics.median(each) for name, each in found.items() if name.endswith(precision))


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    rows = "\n".join(f"| {name} | {spread(each)} |" for name, each in run["found"].items())
    return f"""\
## The ceilings

GFLOP/s of a 2048³ matrix product: the fastest arithmetic that training could hope for on this
machine. PyTorch multiplies through MKL, which on some processors picks slower kernels than oneDNN,
so both are measured, and the faster one is the ceiling of its precision.

| way, precision | GFLOP/s |
|---|---:|
{rows}

{line(run)}
"""
