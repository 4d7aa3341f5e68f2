"""Contestants take turns, each in a process of its own, so that a busy machine is busy for all.

Round robin: every round gives every contestant one turn of a few seconds, and a ratio is taken
within a round. The first round warms up and is dropped.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.worker import STARTED
from makebelieve.errors import InputError

__all__ = ["Worker", "flops_of", "interleave", "ratios", "speeds", "spread"]

ROOT = Path(__file__).resolve().parent.parent


class Worker:
    """A contestant's process.

    Args:
        contestant: has a name, a target "module:function", and its arguments.
        options: threads, and where the pictures lie.
    """

    def __init__(self, contestant, options):
        self.name = contestant.name
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        environment = os.environ | {STARTED: repr(time.time())}
        # A setting that makebelieve made for this process is not for the others.
        environment.pop("GOMP_SPINCOUNT", None)
        environment |= dict.fromkeys(
            ("BENCHMARK_PICTURES", "MAKEBELIEVE_HOME"), str(options.pictures)
        )
        if options.threads:
            names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
            environment |= dict.fromkeys(names, str(options.threads))
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "benchmarks.worker",
                contestant.target, json.dumps(contestant.arguments),
            ],
            cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip

    def answer(self):
        """Return the next thing it says.

        Raises:
            InputError: it has ended instead.
        """
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip().splitlines()
        last = said[-1] if said else f"exit status {self.process.returncode}"
        raise InputError(f"the benchmark of {self.name} ended before its time: {last}")

    def ask(self, **request):
        """Give it a turn, and return what it says at the end of it."""
        with contextlib.suppress(BrokenPipeError):  # it has ended: `answer` says how
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def interleave(contestants, options):
    """Measure contestants in turns.

    Args:
        contestants: the first is what the others are compared with.
        options: rounds, seconds a turn, threads, and where the pictures lie.

    Returns:
        By name: `rounds`, each with examples, wall_s and cpu_s; `first_step_s` from the start of
        the process; bytes: `resident` before training, `peak`, and `anonymous` at the end.
    """
    found, workers = {}, {}
    try:
        for contestant in contestants:
            # One after another: the time to the first step is measured alone, too.
            worker = workers[contestant.name] = Worker(contestant, options)
            found[contestant.name] = worker.answer() | {"rounds": []}
        for turn in range(options.rounds + 1):
            for name, worker in workers.items():
                answer = worker.ask(seconds=options.seconds)
                found[name] |= {kind: answer.pop(kind) for kind in ("peak", "anonymous")}
                if turn:
                    found[name]["rounds"].append(answer)
    finally:
        for worker in workers.values():
            worker.__exit__()
    return found


def flops_of(contestant, options, *, parameters=False):
    """Return the floating-point operations of a training step, for each example.

    Counted by PyTorch's formulas over `contestant.period` steps of its own loop.

    Args:
        contestant: whose steps.
        options: as for `interleave`.
        parameters: return (operations, how many parameters are trained) instead.
    """
    with Worker(contestant, options) as worker:
        worker.answer()
        counted = worker.ask(steps=contestant.period)
    flops = counted["flops"] / counted["examples"]
    return (flops, counted["parameters"]) if parameters else flops


def speeds(measured):
    """Return examples a second of each round."""
    return [turn["examples"] / turn["wall_s"] for turn in measured["rounds"]]


def ratios(measured, peer):
    """Return how many times as fast as the peer it was, round by round."""
    pairs = zip(speeds(measured), speeds(peer), strict=True)
    return [ours / theirs for ours, theirs in pairs]


def spread(values, form="{:,.0f}"):
    """Write the median, and in brackets the lowest and the highest."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{form.format(middle)} ({form.format(low)} to {form.format(high)})"
