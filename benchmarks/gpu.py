"""Part "gpu": pictures a second on an accelerator, as a share of its measured bf16 ceiling.

Measured only when it is named, because most machines have no accelerator.
"""

import statistics

import numpy as np

from benchmarks.contestants import Contestant
from benchmarks.machine import line
from benchmarks.measure import flops_of, interleave, speeds, spread
from benchmarks.targets import GPU_SHARE
from makebelieve.errors import InputError

__all__ = ["measure", "section"]

DEVICE = "cuda"
FULL = {"pixels": (32, 64, 128), "sizes": ("small", "large"), "n": 8192, "batch": 512}
QUICK = {"pixels": (8,), "sizes": ("small",), "n": 256, "batch": 32}
MODELS = ("vae", "gan")
PICTURES = 4_096
JUDGED = "64 px, large"  # where the target holds, for either model


def measure(options):
    """Return the ceiling, and for each model, size and number of pixels speed and arithmetic."""
    scale = QUICK if options.quick else FULL
    found = {"device": _device(), "ceiling": _ceiling(scale["n"], options), "models": {}}
    for model in MODELS:
        contestants = [
            _contestant(model, pixels, size, scale["batch"], options.pictures)
            for size in scale["sizes"]
            for pixels in scale["pixels"]
        ]
        flops = {each.name: flops_of(each, options) for each in contestants}
        # One after another: each may need the whole of the device's memory.
        turns = {each.name: interleave([each], options)[each.name] for each in contestants}
        found["models"][model] = {
            name: {"flops": flops[name]} | measured for name, measured in turns.items()
        }
    return found


def _device():
    import torch

    if DEVICE == "cpu":
        return "the processor"
    if not torch.cuda.is_available():
        raise InputError(
            "the part gpu needs an accelerator and PyTorch sees none here: run scripts/bench gpu "
            "on a machine that has one, with a build of PyTorch for it"
        )
    return torch.cuda.get_device_name()


def _ceiling(n, options):
    """Return TFLOP/s of a matrix product in bf16, round by round."""
    arguments = {"precision": "bf16", "n": n, "device": DEVICE}
    product = Contestant("product", "benchmarks.matrices:plain", arguments, "bf16")
    return [each / 1e12 for each in speeds(interleave([product], options)["product"])]


def _contestant(model, pixels, size, batch, folder):
    path = folder / f"colour-{pixels}.npy"
    if not path.exists():
        random = np.random.default_rng(0)
        np.save(path, random.integers(0, 256, (PICTURES, pixels, pixels, 3), np.uint8))
    settings = {"training.precision": "bf16", "training.batch": batch, "model.size": size}
    arguments = {
        "model": model, "source": str(path), "size": pixels, "settings": settings, "device": DEVICE
    }  # fmt: skip
    return Contestant(f"{pixels} px, {size}", "benchmarks.ours:train", arguments, "bf16")


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    found = run["found"]
    rows = [
        _row(model, name, each, found["ceiling"], run["quick"])
        for model, measured in found["models"].items()
        for name, each in measured.items()
    ]
    return "\n".join(
        [
            HEAD.format(
                device=found["device"],
                ceiling=spread(found["ceiling"], "{:,.1f}"),
                aim=GPU_SHARE.aim,
            ),
            "| model | pictures/s | TFLOP/s | share | aim |",
            "|---|---:|---:|---:|---:|",
            *rows,
            "",
            line(run),
        ]
    )


HEAD = """\
## On an accelerator

Training with our defaults in bf16, colour, channels last, on {device}, one process, pictures
resident on the device. **Share** is the arithmetic of a step, as PyTorch counts it, over the time,
as a share of the measured matrix product in bf16, {ceiling} TFLOP/s; the aim is {aim:.0%} at 64 px
with the large size.
"""


def _row(model, name, each, ceiling, quick):
    done = statistics.median(speeds(each)) * each["flops"] / 1e12
    share = done / statistics.median(ceiling)
    judged = "" if quick or name != JUDGED else GPU_SHARE.met(share)
    return f"| {model}, {name} | {spread(speeds(each))} | {done:,.2f} | {share:.0%} | {judged} |"
