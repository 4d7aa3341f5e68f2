"""The page and the curves of the part "quality", from its results alone."""

import math
import statistics

from benchmarks.curves import at, crossing, gather
from benchmarks.machine import line
from benchmarks.svg import Curve, chart
from benchmarks.targets import QUALITY

__all__ = ["curves_of", "draw", "figures", "section"]

SCORES = {"vae": "negative_elbo", "gan": "fd"}
OURS = {"vae": "makebelieve vae", "gan": "makebelieve gan"}
PEER = {"vae": "pythae", "gan": "PyTorch-GAN dcgan"}


def curves_of(result, kind, score):
    """Return by name one list of (CPU seconds, score) for each seed."""
    found = {}
    for job in result["jobs"]:
        if job["kind"] == kind:
            points = found.setdefault(job["name"], {}).setdefault(job["seed"], [])
            points += [(point["cpu_s"], point[score]) for point in job["points"]]
    return {
        name: [sorted(points) for _, points in sorted(seeds.items())]
        for name, seeds in found.items()
    }


def figures(result):
    """Return, for each figure that has a target, the peer's and our values and their comparison.

    Each is a list over the seeds; None stands for a level that was never reached.
    """
    vae, gan = (_curves(result, kind) for kind in ("vae", "gan"))
    found = {"vae-time": [], "vae-nats": [], "gan-time": []}
    for theirs, ours in zip(vae[PEER["vae"]], vae[OURS["vae"]], strict=True):
        seconds, level = theirs[-1]
        reached, there = crossing(ours, level), at(ours, seconds)
        found["vae-time"].append((seconds, reached, reached and reached / seconds))
        found["vae-nats"].append((level, there, None if there is None else level - there))
    for theirs, ours in zip(gan[PEER["gan"]], gan[OURS["gan"]], strict=True):
        # The best on its way, and the time we need for it over the whole of its time.
        level, seconds = min(score for _, score in theirs), theirs[-1][0]
        reached = crossing(ours, level)
        found["gan-time"].append((seconds, reached, reached and reached / seconds))
    return found


TITLES = {
    "vae-time": ("CPU s to pythae's −ELBO after 10 epochs", "{:.1f}", "{:.2f}"),
    "vae-nats": ("test −ELBO, nats, after pythae's CPU time", "{:.1f}", "{:.1f} nats better"),
    "gan-time": ("CPU s to the best FD of PyTorch-GAN's dcgan in that time", "{:.0f}", "{:.2f}"),
}


def section(runs):
    """Return the part of the page."""
    run = runs[-1]
    result = run["found"]
    seeds = len({job["seed"] for job in result["jobs"]})
    rows = [_row(key, found, run["quick"]) for key, found in figures(result).items()]
    return "\n".join(
        [
            HEAD.format(
                seeds=seeds,
                s="s" * (seeds > 1),
                threads=result["threads"],
                t="s" * (result["threads"] > 1),
            ),
            "| | peer | ours | ours against the peer | must | aim | met |",
            "|---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
            *([] if run["quick"] else _reasons(result)),
            _vae(result),
            _gan(result),
            line(run),
        ]
    )


HEAD = """\
## How good after how much CPU time

The headline: what our defaults and the peers' reach on Fashion-MNIST, by the CPU seconds (user and
system, of all threads) that training took; reading data, the first step and measuring are not
counted. Every training has {threads} thread{t}. Medians over {seeds} seed{s}, in brackets the
lowest and the highest. The peers learn from all 60,000 training pictures, we from the nine tenths
that we do not validate on, and nobody sees the test pictures before they are scored. Every point of
ours is a run of its own, because our schedule anneals to the budget; a peer is measured on its way.
Between two points of ours, scores are read off the straight line in the logarithm of the time.
"""


def _row(key, found, quick):
    title, form, compared = TITLES[key]
    target = QUALITY[key]
    theirs, ours, each = zip(*found, strict=True)
    if None in each:
        cells = [_spread(theirs, form), "not reached", "", target.must, target.aim, "no"]
    else:
        met = target.met(statistics.median(each))
        cells = [_spread(theirs, form), _spread(ours, form), _spread(each, compared)]
        cells += [f"{target.must:g}", f"{target.aim:g}", met]
    if quick:
        cells[-1] = "not judged"
    return f"| {title} | {' | '.join(map(str, cells))} |"


def _reasons(result):
    """Return what our curves say of each aim that was missed."""
    found, lines = figures(result), []
    for kind in OURS:
        key, curve = f"{kind}-time", _medians(result, kind)
        if not _aimed(key, found):
            peer = PEER[kind]
            allowed = QUALITY[key].aim * statistics.median(f[0] for f in found[key])
            level = statistics.median(min(s for _, s in c) for c in _curves(result, kind)[peer])
            there = at(curve, allowed)
            reached = "has no point" if there is None else f"is at {there:.1f}"
            lines.append(
                f"- The aim allows {allowed:.1f} CPU s to {peer}'s {level:.1f}: ours {reached}."
            )
    (early, high), (late, low) = _medians(result, "vae")[-2:]
    if not _aimed("vae-nats", found):
        missing = QUALITY["vae-nats"].aim - statistics.median(f[2] for f in found["vae-nats"])
        lines.append(
            f"- To the aim of {QUALITY['vae-nats'].aim} nats, {missing:.1f} are missing. Twice the "
            f"time gains {(high - low) / math.log2(late / early):.1f} by our last two points."
        )
    return [*lines, "- Networks and settings that were tried: [log](log.md).", ""] if lines else []


def _aimed(key, found):
    """Return whether an aim is met."""
    each = [f[2] for f in found[key]]
    return None not in each and QUALITY[key].met(statistics.median(each)) == "aim"


def _curves(result, kind):
    return curves_of(result, kind, SCORES[kind])


def _medians(result, kind):
    """Return our (CPU seconds, score), each the median over the seeds."""
    return [(s, middle) for s, _, middle, _ in gather(_curves(result, kind)[OURS[kind]])]


def _spread(values, form):
    middle, low, high = (form.format(f(values)) for f in (statistics.median, min, max))
    return middle if len(values) == 1 else f"{middle} ({low} to {high})"


def _vae(result):
    """Return the VAEs' curve and table."""
    return "\n".join(
        [
            "### VAEs: test −ELBO\n",
            "Nats a picture on the whole test set, Bernoulli likelihood of the grey values, one "
            "posterior sample, the same code and noise for all. pythae trains its default nets "
            "(batch 128, Adam at 1e-3, 10 epochs); pytorch/examples its own, 10 epochs.\n",
            f"![Test −ELBO against CPU seconds]({IMAGES['vae']})\n",
            *_table(curves_of(result, "vae", "negative_elbo"), "−ELBO, nats", "{:.1f}"),
        ]
    )


def _gan(result):
    """Return the GANs' curve and tables."""
    null = next(j["null"] for j in result["jobs"] if j["kind"] == "gan")
    return "\n".join(
        [
            "### GANs: Fréchet distance and coverage\n",
            "FD of seeded random convolutional features (named so that nobody takes it for FID) "
            "and coverage (k = 5), of as many samples as held-out pictures, both at the 32 px that "
            "PyTorch-GAN's dcgan makes: our 28 px are enlarged as its training pictures are. The "
            f"same of real pictures against real ones: FD {null['fd']:.2f}, coverage "
            f"{null['coverage']:.3f}.\n",
            f"![FD against CPU seconds]({IMAGES['gan']})\n",
            *_table(curves_of(result, "gan", "fd"), "FD", "{:.2f}"),
            *_table(curves_of(result, "gan", "coverage"), "coverage", "{:.3f}"),
        ]
    )


def _table(curves, what, form):
    lines = [f"| {what} | CPU s | median | over the seeds |", "|---|---:|---:|---:|"]
    for name, seeds in curves.items():
        for seconds, low, middle, high in gather(seeds):
            low, middle, high = map(form.format, (low, middle, high))
            lines.append(f"| {name} | {seconds:.1f} | {middle} | {low} to {high} |")
    return [*lines, ""]


IMAGES = {"vae": "images/quality-vae.svg", "gan": "images/quality-gan.svg"}


def draw(runs, folder):
    """Write the two curves."""
    folder.mkdir(parents=True, exist_ok=True)
    result = runs[-1]["found"]
    null = next(j["null"] for j in result["jobs"] if j["kind"] == "gan")
    level = statistics.median(c[-1][1] for c in _curves(result, "vae")["pythae"])
    references = {
        "vae": (level, f"pythae, last epoch: {level:.1f}"),
        "gan": (null["fd"], "real against real"),
    }
    labels = {"vae": "test −ELBO, nats (less is better)", "gan": "FD (less is better)"}
    for kind, reference in references.items():
        curves = [
            Curve(name, gather(seeds), _style(kind, name))
            for name, seeds in _curves(result, kind).items()
        ]
        text = chart(
            curves,
            title=f"{labels[kind]}, against CPU seconds of training",
            summary="; ".join(
                f"{c.name}: {c.points[0][2]:.1f} after {c.points[0][0]:.0f} s, "
                f"{c.points[-1][2]:.1f} after {c.points[-1][0]:.0f} s"
                for c in curves
            ),
            x_label="CPU seconds of training",
            y_label=labels[kind],
            reference=reference,
            powers=kind == "gan",
        )
        path = folder / IMAGES[kind].rpartition("/")[2]
        path.write_text(text, encoding="utf-8")


def _style(kind, name):
    return {OURS[kind]: "ours", PEER[kind]: "peer"}.get(name, "other")
