"""Part "quality": our defaults against the peers' defaults, by how good they are after how long.

Every (contestant, seed, budget) is a job of its own, kept as soon as it is done: a measurement that
was interrupted goes on where it stopped.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from benchmarks import quality_page, results
from benchmarks.machine import ROOT, about
from makebelieve.errors import InputError

__all__ = ["Job", "Scale", "draw", "jobs", "measure", "section"]

section, draw = quality_page.section, quality_page.draw


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Args:
        seeds: repetitions.
        epochs: marks of the peers' VAEs.
        vae: budgets of our VAE, CPU seconds.
        gan: budgets of our GAN, CPU seconds.
        peer: marks of the peer's GAN, CPU seconds.
        n: samples of a GAN.
    """

    seeds: int
    epochs: tuple
    vae: tuple
    gan: tuple
    peer: tuple
    n: int


FULL = Scale(3, (1, 2, 3, 5, 7, 10), (3, 6, 12, 24, 48), (20, 60), (60, 150, 300, 600), 5_000)
QUICK = Scale(1, (1, 2), (1,), (1,), (1,), 100)


@dataclass(frozen=True)
class Job:
    """One training.

    Args:
        kind: "vae" or "gan".
        name: the contestant.
        seed: of its random numbers.
        budget: CPU seconds; None for a peer, which is measured on the way.
        arguments: for `benchmarks.job`.
        sources: what its result depends on, folders and files of the repository.
    """

    kind: str
    name: str
    seed: int
    budget: float | None
    arguments: dict = field(repr=False)
    sources: tuple = field(repr=False, default=())

    @property
    def key(self):
        """What its result is kept under."""
        budget = "" if self.budget is None else f", {self.budget:g} s"
        return f"{self.name}, seed {self.seed}{budget}"


COMMON = ("benchmarks/job.py", "benchmarks/peers", "benchmarks/pictures.py")
MAKEBELIEVE = (*COMMON, "src/makebelieve")
VAES = {"pythae": ("pythae_vae", "train_mlp"), "pytorch/examples": ("examples_vae", "train")}


def jobs(scale, source, n):
    """Return all jobs, seed by seed.

    Args:
        scale: how much.
        source: what our models are trained on.
        n: how many pictures an epoch of the peers has.
    """
    found = []
    for seed in range(scale.seeds):
        for name, program in VAES.items():
            marks = [n * epoch for epoch in scale.epochs]
            found.append(_peer("vae", name, program, marks, "examples", seed, scale.n))
        program = "gan_dcgan", "train"
        found.append(_peer("gan", "PyTorch-GAN dcgan", program, scale.peer, "cpu_s", seed, scale.n))
        for kind, budgets in (("vae", scale.vae), ("gan", scale.gan)):
            for budget in budgets:
                arguments = {
                    "who": "ours", "kind": kind, "budget": budget, "source": source, "seed": seed,
                    "n": scale.n,
                }  # fmt: skip
                name = f"makebelieve {kind}"
                found.append(Job(kind, name, seed, budget, arguments, MAKEBELIEVE))
    return found


def _peer(kind, name, program, marks, unit, seed, n):
    module, function = program
    arguments = {
        "who": "peer", "module": f"benchmarks.peers.{module}", "function": function, "kind": kind,
        "marks": list(marks), "unit": unit, "seed": seed, "n": n,
    }  # fmt: skip
    return Job(kind, name, seed, None, arguments, COMMON)


def measure(options):
    """Return the results of all jobs; what an interrupted run has kept is not redone."""
    scale = QUICK if options.quick else FULL
    if not options.source.is_dir() and not options.quick:
        raise InputError(
            f"the part quality needs the whole of Fashion-MNIST and there is no {options.source}: "
            "install Debian's dataset-fashion-mnist, or name its folder with --data"
        )
    source = str(options.source) if options.source.is_dir() and not options.quick else "fashion"
    wanted = jobs(scale, source, _length(options))
    path = options.results / "quality-unfinished.json"
    kept = _kept(path)
    marks = {job.key: _mark(job, options) for job in wanted}
    kept = {key: found for key, found in kept.items() if found["mark"] == marks.get(key)}
    todo = [job for job in wanted if job.key not in kept]
    for job, answer in _done(todo, options):
        print(f"  {job.key}", flush=True)
        kept[job.key] = answer | {"mark": marks[job.key]}
        results.write(path, kept)
    path.unlink(missing_ok=True)
    return {
        "threads": options.threads or 1,
        "jobs": [
            {"kind": j.kind, "name": j.name, "seed": j.seed, "budget": j.budget} | kept[j.key]
            for j in wanted
        ],
    }


def _done(todo, options):
    """Yield each job and its answer as it ends."""
    pool = ThreadPoolExecutor(options.jobs)
    try:
        running = {pool.submit(_run, job, options): job for job in todo}
        for future in as_completed(running):
            yield running[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _length(options):
    import numpy as np

    return len(np.load(options.pictures / "train.npy", mmap_mode="r"))


def _kept(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}): remove it to begin anew") from None


def _mark(job, options):
    """Return a fingerprint of what a result depends on: code, versions, processor, threads."""
    machine = about(options)
    parts = [json.dumps(job.arguments), machine["cpu"], str(options.threads or 1)]
    parts.append(json.dumps(machine["versions"]))
    for source in job.sources:
        path = ROOT / source
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        parts += [file.read_text(encoding="utf-8") for file in files]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _run(job, options):
    """Train in a process of its own, with one thread unless asked otherwise."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(options.threads or 1))
    environment = os.environ | threads | {"BENCHMARK_PICTURES": str(options.pictures)}
    with tempfile.TemporaryFile("w+") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.job", json.dumps(job.arguments)],
            cwd=ROOT, env=environment, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        if done.returncode == 0:
            return json.loads(done.stdout)
        errors.seek(0)
        said = errors.read().strip().splitlines() or [f"exit status {done.returncode}"]
    raise InputError(f"the benchmark of {job.key} ended before its time: {said[-1]}")
