"""Train the recorded runs of the lesson's clinic, and write down what each shows.

    python scripts/clinic.py [--only ID ...] [--treated] [--home DIR] [--out DIR]

Every case is an ordinary training of the package: a model, a source, settings and a seed. What is
written is what was measured, so a case is changed by changing it here and running this again.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PIL import Image, ImageDraw

import makebelieve as mb
from makebelieve.data.spec import SPLITS
from makebelieve.diagnosis.case import Case
from makebelieve.diagnosis.examine import diagnose
from makebelieve.lessons import load
from makebelieve.models import find
from makebelieve.recipe import build
from makebelieve.runs import store
from makebelieve.runs.folder import write_text

__all__ = ["CASES", "DATA", "OUT", "data", "main", "record"]

OUT = (
    Path(__file__).parent.parent / "src" / "makebelieve" / "lessons" / "content" / "imagine"
) / "clinic"
HERE = "{lesson}"
"""Stands for the lesson's folder in what is written."""

POINTS = 60  # of a curve
LARGEST = 20_000  # bytes of a sheet
UNDRAWN = ("seconds", "learning_rate", "_loss", "_gradient", "penalty", "augment_p", "step")
"""Endings of what a learner need not see; what is not drawn is not kept, for pages are small."""

FEW = {"fifty-faces": 50, "thirty-faces": 30}
DATA = (*FEW, "badges", "two-piles")
"""Small sets of faces in which something is wrong; written beside the cases."""

CONTEST = {"examples": 48_000}
CASES = {
    "alder": ("vae", "avatars", {"examples": 60_000, "beta": 50.0, "seed": 5}),
    "birch": ("vae", "avatars", {"examples": 120_000, "seed": 5}),
    "rowan": ("gan", "ring", {
        "examples": 150_000, "loss": "hinge", "penalty": "none", "discriminator_rate": 10.0,
        "seed": 5,
    }),
    "ash": ("judge", "avatars", {"examples": 48_000, "labels": "hat", "seed": 5}),
    "elm": ("vae", "avatars", {"examples": 120_000, "latent_dim": 2, "seed": 5}),
    "hazel": ("gan", "avatars", {
        **CONTEST, "discriminator_rate": 10.0, "penalty": "none", "seed": 5,
    }),
    "cedar": ("gan", "avatars", {**CONTEST, "seed": 5}),
    "larch": ("judge", f"{HERE}/clinic/badges.npz", {"examples": 30_000, "seed": 5}),
    "fir": ("vae", "avatars", {"examples": 120_000, "beta": 0.01, "seed": 5}),
    "willow": ("gan", "avatars", {
        "examples": 40_000, "loss": "non-saturating", "penalty": "none", "learning_rate": 4e-3,
        "beta1": 0.5, "schedule": "constant", "ema": 0, "seed": 5,
    }),
    "pine": ("vae", f"{HERE}/clinic/thirty-faces.npz", {"examples": 80_000, "seed": 5}),
    "poplar": ("vae", "avatars", {"examples": 120_000, "latent_dim": 64, "seed": 5}),
    "holly": ("gan", "avatars", {"examples": 30_000, "discriminator_rate": 1e-4, "seed": 5}),
    "maple": ("judge", f"{HERE}/clinic/two-piles.npz", {"examples": 30_000, "seed": 5}),
    "oak": ("gan", f"{HERE}/clinic/fifty-faces.npz", {
        **CONTEST, "augment": "none", "seed": 5,
    }),
    "yew": ("gan", "avatars", {"examples": 4_000, "seed": 5}),
}  # fmt: skip
"""ID → model, source and settings. The ids are trees, so that no name gives a case away."""


# ---- data in which something is wrong


def data(name, folder):
    """Write one of the small sets, the same at every call."""
    faces, rng = mb.load("avatars"), np.random.default_rng(5)

    def some(split, n):
        return rng.choice(faces.rows(split), n, replace=False)

    counts = {"badges": (900, 100, 200), "two-piles": (120, 100, 300)}
    train, held, test = counts.get(name, (FEW.get(name), 100, 200))
    rows = [some("train", train), some("validation", held), some("test", test)]
    if name == "two-piles":
        rows[1] = np.resize(rows[0], held)  # What it should be tried on, it was trained on.
    split = np.repeat(SPLITS, [len(r) for r in rows])
    x = faces.examples[np.concatenate(rows)].copy()
    label = faces.columns["earrings" if name == "two-piles" else "glasses"]
    y = np.asarray(label.values)[label.codes[np.concatenate(rows)]]
    if name == "badges":
        x[:, :2, :2] = np.where(y == "yes", 255, 0).astype(np.uint8)[:, None, None, None]
    np.savez_compressed(folder / f"{name}.npz", x=x, y=y, split=split)


# ---- what a run shows


def curves(run):
    """Return every curve of the log as [seen, value] pairs, thinned out."""
    found = {}
    for entry in run.log:
        for name, value in entry.items():
            if isinstance(value, float) and not name.endswith(UNDRAWN) and np.isfinite(value):
                found.setdefault(name, []).append([int(entry["seen"]), float(f"{value:.4g}")])
    return {name: thinned(pairs) for name, pairs in found.items() if len(pairs) > 1}


def thinned(pairs):
    """Keep at most so many points, both ends among them."""
    if len(pairs) <= POINTS:
        return pairs
    return [pairs[i] for i in np.linspace(0, len(pairs) - 1, POINTS).round().astype(int)]


def sheets(run, held, seed):
    """Return what a run's pictures are, by name: arrays (rows, columns, h, w, c), or drawings."""
    if run.recipe.model == "judge":
        return {"samples": held[:16].reshape(2, 8, *held.shape[1:])}
    made = run.sample(48, seed=seed)
    if run.spec.kind == "points":
        return {"samples": scatter(run.sample(600, seed=seed), held[:600])}
    found = {"samples": made[:32].reshape(4, 8, *made.shape[1:])}
    if run.recipe.model == "vae":
        found["reconstructions"] = np.stack([held[:8], run.reconstruct(held[:8])])
    known = Case(run).data
    known = known.examples[known.rows("train")]
    found["nearest"] = np.stack([made[:8], known[nearest(made[:8], known)]])
    if run.recipe.model == "gan":
        seen, drawn = Case(run, seed=seed).sheets
        last = drawn[-5:, :8]
        if len(seen) >= 5:
            found["history"] = last
    return found


def nearest(made, known):
    """Return the row of the known picture nearest to each, by pixels."""
    a, b = (x.reshape(len(x), -1).astype(np.float64) for x in (made, known))
    return ((a[:, None] - b[None]) ** 2).sum(2).argmin(1)


def scatter(made, real, size=256):
    """Draw samples (orange) over real points (blue)."""
    sheet = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(sheet)
    reach = 1.3 * np.abs(real).max()
    for points, colour in ((real, (0, 114, 178)), (made, (213, 94, 0))):
        for x, y in (np.clip(points / reach, -1, 1) + 1) / 2 * (size - 4):
            draw.rectangle((x, size - 4 - y, x + 2, size - 2 - y), fill=colour)
    return np.asarray(sheet)


def tiled(array, gap=1, zoom=2):
    """Lay pictures (rows, columns, h, w, c) out on white, each pixel doubled."""
    if array.ndim == 3:
        return array
    rows, columns, h, w, c = array.shape
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), 255, np.uint8)
    for i, j in np.ndindex(rows, columns):
        sheet[i * (h + gap) : i * (h + gap) + h, j * (w + gap) : j * (w + gap) + w] = array[i, j]
    return sheet.repeat(zoom, 0).repeat(zoom, 1)


def verdicts(run, held, labels):
    """Return what a judge says of held-out pictures, of the same without their corner, of noise."""
    changed = held[:16].copy()
    changed[:, :2, :2] = 128
    noise = np.random.default_rng(0).integers(0, 256, held[:16].shape, np.uint8)
    truth = [run.spec.classes[y] for y in labels[:16]]

    def said(x):
        return [[v.label, round(v.confidence, 3)] for v in run.judge(x)]

    return {"truth": truth, "held_out": said(held[:16]), "grey_corner": said(changed),
            "noise": said(noise)}  # fmt: skip


def trained(name, model, source, settings, home, out):
    """Train, unless a run of the same recipe is there."""

    def recipe(model, source, settings):
        return build(model, find(model).Options, {"data.source": source, **settings})

    wanted = recipe(model, source, settings)
    same = [case for case, parts in CASES.items() if recipe(*parts) == wanted]
    folder = home / (same[0] if same else name)
    if store.is_run(folder) and mb.Run(folder).status["state"] == "finished":
        return mb.Run(folder)
    where = source.replace(HERE, str(out.parent))
    return mb.train(model, where, out=folder, quiet=True, threads=1, **settings)


def looked_into(name, run, place):
    """Return what was measured of a run and what every rule says."""
    found = diagnose(run, seed=0, evidence=False)
    values = {
        "scores": {key: float(f"{s.value:.4g}") for key, s in found.scores.items()},
        "sentence": found.sentence,
        "findings": [said(f) for f in found.findings],
    }
    text = json.dumps(values, ensure_ascii=False).replace(place, HERE)
    # A run that two cases share speaks with the name of the case that is asked.
    return json.loads(re.sub(rf"\\b{re.escape(run.name)}\\b", name, text))


def drawn(array, path):
    """Write a sheet, small enough for a page."""
    Image.fromarray(tiled(array)).quantize(128).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, path


def record(name, home, out):
    """Train one case, look at it, and write what was seen."""
    model, source, settings = CASES[name]
    began = time.monotonic()
    run = trained(name, model, source, settings, home, out)
    known = Case(run).data
    rows = known.rows("test")
    held = np.asarray(known.examples[rows])
    files = {}
    for what, array in sheets(run, held, settings["seed"]).items():
        files[what] = f"clinic/{name}-{what}.png"
        drawn(array, out / f"{name}-{what}.png")
    evidence = {"curves": curves(run), **looked_into(name, run, str(out.parent))}
    if model == "judge":
        evidence["verdicts"] = verdicts(run, held, known.labels[rows])
    kept = {"model": model, "source": source, "settings": settings, "seed": settings["seed"],
            "pictures": files, "evidence": evidence}  # fmt: skip
    write(kept, name, out)
    told(name, evidence, time.monotonic() - began)
    return kept


def treat(name, home, out):
    """Follow the treatment whose outcome the case asks to predict, and write what came of it."""
    case = next(case for case in load("imagine").practice.clinic if case.id == name)
    option = case.treatment.options[(case.treatment.tried or case.treatment.answer) - 1]
    kept = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    began = time.monotonic()
    model, source = option.model or kept["model"], option.source or kept["source"]
    run = trained(f"{name}-treated", model, source, option.settings, home, out)
    known = Case(run).data
    rows = known.rows("test")
    held = np.asarray(known.examples[rows])
    kept["pictures"]["treated"] = f"clinic/{name}-treated.png"
    shown = sheets(run, held, kept["seed"])
    drawn(shown.get("history" if name == "willow" else "samples"), out / f"{name}-treated.png")
    kept["treated"] = looked_into(name, run, str(out.parent))
    kept["treated"]["findings"] = raised(kept["treated"])
    if model == "judge":
        kept["treated"]["verdicts"] = verdicts(run, held, known.labels[rows])
    write(kept, name, out)
    told(f"{name} treated", kept["treated"], time.monotonic() - began)


def write(kept, name, out):
    """Write a case's record."""
    write_text(out / f"{name}.json", compact(json.dumps(kept, indent=1, ensure_ascii=False)) + "\n")


def raised(evidence):
    """Return the findings that are a failure or a warning."""
    return [f for f in evidence["findings"] if f["verdict"] in ("failure", "warning")]


def told(name, evidence, seconds):
    """Print what the rules raised."""
    codes = ", ".join(f"{f['code']} {f['verdict']}" for f in raised(evidence))
    print(f"{name}: {seconds:.0f} s; {codes or 'nothing raised'}", flush=True)
    for f in raised(evidence):
        print(f"   {f['code']} {f['name']}: {f['sentence']}\n      {f['remedy']}")


def said(finding):
    """Return a finding as diagnose prints it, without files that stay with the run."""
    return {k: v for k, v in finding.to_dict().items() if k not in ("evidence", "threshold")}


def compact(text):
    """Put short lists of numbers on one line."""
    return re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)


def main(arguments=None):
    """Record the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--treated", action="store_true", help="only what treatments brought")
    parser.add_argument("--home", type=Path, help="where the runs go; a new folder by default")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(arguments)
    out = asked.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    home = asked.home or Path(tempfile.mkdtemp(prefix="clinic-"))
    for name in DATA:
        if any(name in CASES[case][1] for case in asked.only):
            data(name, out)
    for name in asked.only:
        if not asked.treated:
            record(name, home, out)
        treat(name, home, out)


if __name__ == "__main__":
    sys.exit(main())
