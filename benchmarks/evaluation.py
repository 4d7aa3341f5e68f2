"""Part "evaluation": the Fréchet distance against SciPy's sqrtm, and PRDC against the prdc package.

The same features, the same threads, in turns within one process; the first round is dropped.
"""

import contextlib
import io
import statistics
import time
from importlib.util import find_spec

import numpy as np
import torch

from benchmarks.machine import line
from benchmarks.targets import Target
from makebelieve.metrics.frechet import frechet_distance, gaussian
from makebelieve.metrics.neighbours import prdc

__all__ = ["measure", "section"]

FULL = {"n": 10_000, "fd": 2_048, "prdc": 64}
QUICK = {"n": 600, "fd": 64, "prdc": 16}
TARGETS = {"fd": Target(10, 13), "prdc": Target(4, 8)}
HEAD = """\
## Evaluation

Seconds to measure samples, medians of interleaved rounds in one process, in brackets the least and
the greatest ratio. × is the peer's time over ours; **differ by** is the largest relative difference
between the two results. The peer of the second line is NumPy and SciPy as most programs that
compute a Fréchet distance call them."""
TITLES = {
    "fd": "FD between two Gaussians, d = {fd:,}, against `scipy.linalg.sqrtm`",
    "whole": "FD between {n:,} and {n:,} features, d = {fd:,}, against `numpy.cov` and `sqrtm`",
    "prdc": "PRDC of {n:,} and {n:,} features, d = {prdc}, against `prdc`",
}


def sqrtm_distance(mean, covariance, other_mean, other):
    """The Fréchet distance as most programs compute it."""
    from scipy.linalg import sqrtm

    root = sqrtm(covariance @ other).real
    apart = np.square(mean - other_mean).sum()
    return float(apart + np.trace(covariance) + np.trace(other) - 2 * np.trace(root))


def sqrtm_whole(a, b):
    """The same from features."""
    moments = ((x.astype(np.float64).mean(0), np.cov(x.astype(np.float64), rowvar=False))
               for x in (a, b))  # fmt: skip
    return sqrtm_distance(*(part for pair in moments for part in pair))


def their_prdc(real, fake):
    """The prdc package, without what it prints."""
    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):
        found = compute_prdc(real, fake, nearest_k=5)
    return {name: float(value) for name, value in found.items()}


def features(n, d, seed):
    """Features whose spread falls off as that of real ones does."""
    random = np.random.default_rng(seed)
    scale = np.linspace(2, 0.2, d, dtype=np.float32)
    return random.standard_normal((n, d), dtype=np.float32) * scale + seed * 0.05


def contests(sizes):
    """For each figure two functions, the peer's and ours."""
    wide = [features(sizes["n"], sizes["fd"], seed) for seed in (1, 2)]
    narrow = [features(sizes["n"], sizes["prdc"], seed) for seed in (1, 2)]
    moments = [gaussian(torch.from_numpy(x)) for x in wide]
    flat = [part.numpy() for g in moments for part in (g.mean, g.covariance)]
    tensors = {name: [torch.from_numpy(x) for x in pair]
               for name, pair in {"wide": wide, "narrow": narrow}.items()}  # fmt: skip
    return {
        "fd": (lambda: sqrtm_distance(*flat), lambda: frechet_distance(*moments)),
        "whole": (lambda: sqrtm_whole(*wide), lambda: frechet_distance(*tensors["wide"])),
        "prdc": (
            lambda: their_prdc(*narrow),
            lambda: prdc(*tensors["narrow"], k=5, manifold_k=5).to_dict(),
        ),
    }


def timed(run):
    """Seconds and result of one call."""
    began = time.perf_counter()
    result = run()
    return time.perf_counter() - began, result


def measure(options):
    """Return, for each figure, the seconds of both sides, round by round."""
    sizes = QUICK if options.quick else FULL
    if missing := [name for name in ("prdc", "scipy") if find_spec(name) is None]:
        return {"left_out": missing}
    with threads(options.threads):
        found = {"sizes": sizes, "figures": {}}
        for name, (peer, ours) in contests(sizes).items():
            print(f"  {TITLES[name].format(**sizes)}", flush=True)
            found["figures"][name] = rounds_of(peer, ours, options.rounds)
    return found


@contextlib.contextmanager
def threads(count):
    """Give both sides so many threads; None leaves each its own choice."""
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    with threadpool_limits(count):
        torch.set_num_threads(count or before)
        yield
    torch.set_num_threads(before)


def rounds_of(peer, ours, rounds):
    """Time both in turns, after one turn to warm up."""
    pairs = [(timed(peer), timed(ours)) for _ in range(rounds + 1)]
    theirs, own = ([seconds for seconds, _ in side[1:]] for side in zip(*pairs, strict=True))
    return {
        "peer": theirs,
        "ours": own,
        "ratios": [a / b for a, b in zip(theirs, own, strict=True)],
        "difference": difference(pairs[-1][0][1], pairs[-1][1][1]),
    }


def difference(a, b):
    """The largest relative difference between the two results."""
    if not isinstance(a, dict):
        return abs(a - b) / abs(a)
    return max(abs(a[name] - b[name]) / max(abs(a[name]), 1e-12) for name in a)


def section(runs):
    """Return the part of the page: a table of the newest run."""
    run = runs[-1]
    if missing := run["found"].get("left_out"):
        return f"{HEAD}\n\nLeft out: not installed: {' and '.join(missing)}.\n"
    lines = [
        "| | peer, s | ours, s | × | must | aim | met | differ by |",
        "|---|" + "---:|" * 7,
        *(_row(name, runs) for name in TITLES),
    ]
    return "\n\n".join([HEAD, "\n".join(lines), line(run), ""])


def _row(name, runs):
    figures = [r["found"]["figures"] for r in runs if "figures" in r["found"]]
    f, target = figures[-1][name], TARGETS.get(name)
    ratio = statistics.median(f["ratios"])
    met = [target.met(statistics.median(g[name]["ratios"])) != "no" for g in figures if target]
    cells = (
        TITLES[name].format(**runs[-1]["found"]["sizes"]),
        f"{statistics.median(f['peer']):.2f}",
        f"{statistics.median(f['ours']):.3f}",
        f"{ratio:.1f} ({min(f['ratios']):.1f} … {max(f['ratios']):.1f})",
        f"{target.must}" if target else "",
        f"{target.aim}" if target else "",
        f"{sum(met)} of {len(met)}" if target else "",
        f"{f['difference']:.0e}",
    )
    return f"| {' | '.join(cells)} |"
