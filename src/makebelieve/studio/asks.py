"""What a trained model can be asked, each ask one function: plain values in, pictures out."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from makebelieve.data import load, pictures
from makebelieve.errors import InputError
from makebelieve.latent.attributes import Attributes
from makebelieve.latent.invert import codes_of
from makebelieve.latent.map import latent_map
from makebelieve.latent.names import labelled_columns, properties, yes_of
from makebelieve.latent.space import decode, encode, prior
from makebelieve.latent.walk import morph
from makebelieve.metrics.pictures import power_spectrum
from makebelieve.models.model import Encodes, Generates
from makebelieve.recipe import nearest as likely
from makebelieve.reports.nearest import nearest
from makebelieve.rng import seed_for, some
from makebelieve.runs import store
from makebelieve.runs.heldout import load_data
from makebelieve.runs.run import Run
from makebelieve.runs.settings import command, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from makebelieve.data.spec import Dataset, Spec
    from makebelieve.latent.attributes import Attribute

__all__ = ["ASKS", "Easel", "Sitter"]

FILES = ("png", "webp", "gif")
OPEN = 12  # models kept in memory
MOST = 1_024  # examples of one ask
TYPICAL = 512  # held-out examples whose nearest training pictures say what is usual
SPECTRUM = 512  # pictures of each curve

Answer = tuple[dict[str, Any], bytes]


class Drawn(NamedTuple):
    """Examples that an ask named, and what is known of them."""

    examples: np.ndarray
    facts: dict[str, Any]


class Sitter:
    """A run as it is now, with what was worked out for it.

    Args:
        run: opened on its newest checkpoint.
        stamp: what changes when there is a newer one.
    """

    def __init__(self, run: Run, stamp: object) -> None:
        self.run, self.stamp = run, stamp
        self.maps: dict[int, dict[str, Any]] = {}
        self.directions: dict[str, Attribute] = {}

    @cached_property
    def data(self) -> Dataset:
        """The data that it was trained on."""
        return load_data(self.run)

    @cached_property
    def attributes(self) -> Attributes:
        """The directions that labels name."""
        return Attributes(self.run, self.data)

    @cached_property
    def typical(self) -> dict[str, float]:
        """How far held-out examples, which are new, lie from their nearest training example."""
        rows = some(held_out(self.data), TYPICAL)
        away = nearest(self.data, np.asarray(self.data.examples[rows])).distances
        low, middle, high = np.quantile(away, [0.05, 0.5, 0.95]).tolist()
        return {"low": low, "median": middle, "high": high, "n": len(rows)}

    def direction(self, name: str) -> Attribute:
        """Return the direction of one attribute."""
        if name not in self.directions:
            self.directions[name] = self.attributes[name]
        return self.directions[name]


class Easel:
    """Keeps models open, and answers what is asked of them."""

    def __init__(self) -> None:
        self._sitters: OrderedDict[str, Sitter] = OrderedDict()
        self._data: dict[str, Dataset] = {}

    def answer(self, ask: dict[str, Any]) -> Answer:
        """Answer one ask.

        Raises:
            InputError: it cannot be answered; the sentence says why.
        """
        name = str(ask.get("ask"))
        if name not in ASKS:
            raise InputError(f"there is no ask {name[:40]!r}{likely(name, ASKS)}")
        header, payload = ASKS[name](self, ask)
        kind = ask.get("as")
        return _as_file(kind, header, payload) if kind in FILES else (header, payload)

    def sitter(self, name: Any) -> Sitter:
        """Return a run on its newest checkpoint; what was worked out for an older one is gone."""
        if not isinstance(name, str):
            raise InputError("say which run is asked")
        # By its name in the store: a page names no folders.
        inside = store.NAME.fullmatch(name) is not None and store.is_run(store.store() / name)
        if not inside:
            raise InputError(f"there is no run {name[:100]!r}{likely(name, store.names())}")
        run = Run(store.store() / name)
        # The folder's time changes with every checkpoint; the run's own with a new name's owner.
        stamp = ((run.path / "states").stat().st_mtime_ns, run.about["created"])
        known = self._sitters.get(name)
        if known is None or known.stamp != stamp:
            known = self._sitters[name] = Sitter(run, stamp)
        self._sitters.move_to_end(name)
        while len(self._sitters) > OPEN:
            self._sitters.popitem(last=False)
        return known

    def data(self, source: Any) -> Dataset:
        """Return a source, kept open."""
        if not isinstance(source, str):
            raise InputError("say which source is asked")
        if source not in self._data:
            while len(self._data) >= 4:
                self._data.pop(next(iter(self._data)))
            self._data[source] = load(source)
        return self._data[source]


def _as_file(kind: str, header: dict[str, Any], payload: bytes) -> Answer:
    """Turn an answer with pictures into a file: a sheet, or an animation there and back."""
    if "shape" not in header:
        raise InputError("there are no pictures in this answer")
    made = np.frombuffer(payload, np.uint8).reshape(header.pop("shape"))
    if kind == "png":
        return header, pictures.png_bytes(pictures.strip(made))
    with tempfile.TemporaryDirectory() as folder:
        frames = np.concatenate([made, made[-2:0:-1]])
        return header, pictures.animate(frames, Path(folder) / f"way.{kind}").read_bytes()


# What an ask names


def number(ask: dict[str, Any], name: str, default: int, low: int = 0, high: int = MOST) -> int:
    """Return a whole number of an ask.

    Raises:
        InputError: it is none, or out of range.
    """
    value = ask.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(f"{name} takes a whole number from {low} to {high:,}, not {value!r}")
    return value


def codes(ask: dict[str, Any], d: int, name: str = "z") -> Tensor:
    """Return the (n, d) codes of an ask.

    Raises:
        InputError: they are not codes of this model.
    """
    try:
        z = torch.tensor(ask[name], dtype=torch.float32)
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{name} takes a list of codes, each a list of {d} numbers") from None
    if z.dim() != 2 or z.shape[1] != d or not 1 <= len(z) <= MOST or not z.isfinite().all():
        raise InputError(
            f"{name} takes 1 to {MOST:,} codes of {d} finite numbers, not {tuple(z.shape)}"
        )
    return z


def pixels(text: Any, spec: Spec) -> np.ndarray:
    """Return the pictures that base64 spells, (n, height, width, channels).

    Raises:
        InputError: their bytes are not those of whole pictures of this size.
    """
    if spec.kind != "pictures":
        raise InputError("this model knows points, and pictures were given")
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise InputError("pixels takes bytes written as base64") from None
    shape = (spec.size, spec.size, spec.channels)
    n, rest = divmod(len(raw), spec.dims)
    if rest or not 1 <= n <= MOST:
        raise InputError(
            f"pixels takes 1 to {MOST:,} pictures of {' × '.join(map(str, shape))} bytes, and "
            f"{len(raw):,} bytes were given"
        )
    return np.frombuffer(raw, np.uint8).reshape(n, *shape).copy()


def rows_of(data: Dataset, given: Any) -> np.ndarray:
    """Return row numbers of a data set.

    Raises:
        InputError: there are no such rows.
    """
    whole = isinstance(given, list) and all(type(row) is int for row in given)
    if not whole or not 1 <= len(given) <= MOST:
        raise InputError(f"rows takes a list of 1 to {MOST:,} row numbers")
    rows = np.array(given, np.int64)
    if rows.min() < 0 or rows.max() >= len(data):
        raise InputError(f"{data.name} has the rows 0 to {len(data) - 1:,}, and others were asked")
    return rows


def held_out(data: Dataset) -> np.ndarray:
    """Return the rows that no model was trained on."""
    rows = np.sort(np.concatenate([data.rows("test"), data.rows("validation")]))
    if not len(rows):
        raise InputError(f"{data.name} holds nothing out of training")
    return rows


def picked(data: Dataset, ask: dict[str, Any]) -> Drawn:
    """Return the examples of a data set that an ask names by row, or draws by seed."""
    if "rows" in ask:
        rows = rows_of(data, ask["rows"])
    else:
        pool = data.rows("train") if ask.get("split") == "train" else held_out(data)
        n, seed = number(ask, "n", 16, 1), number(ask, "seed", 0, high=2**31)
        rows = _shuffled(_like(data, pool, ask.get("where")), n, seed)
    labels = {
        name: [column.values[code] if code >= 0 else None for code in column.codes[rows].tolist()]
        for name, column in labelled_columns(data).items()
    }
    return Drawn(np.asarray(data.examples[rows]), {"rows": rows.tolist(), "labels": labels})


def _like(data: Dataset, pool: np.ndarray, where: Any) -> np.ndarray:
    """Return the rows whose labels are as asked, such as {"glasses": "yes"}."""
    columns = labelled_columns(data)
    for name, value in (where or {}).items():
        if name not in columns or value not in columns[name].values:
            raise InputError(f"no example of {data.name} is labelled {name}={value}")
        pool = pool[columns[name].codes[pool] == columns[name].values.index(value)]
    if not len(pool):
        raise InputError(f"no held-out example of {data.name} has these labels")
    return pool


def _shuffled(pool: np.ndarray, n: int, seed: int) -> np.ndarray:
    random = np.random.Generator(np.random.Philox(seed_for("studio", seed)))
    return random.permutation(pool)[:n]


def noise_pictures(spec: Spec, n: int, seed: int) -> np.ndarray:
    """Return pictures of pure noise, every byte drawn by itself."""
    if spec.kind != "pictures":
        raise InputError("noise is a picture, and this model knows points")
    random = np.random.Generator(np.random.Philox(seed_for("studio", "noise", seed)))
    return random.integers(0, 256, (n, spec.size, spec.size, spec.channels), np.uint8)


def examples(easel: Easel, sitter: Sitter, ask: dict[str, Any]) -> Drawn:
    """Return the examples that an ask names: pixels, noise, codes of a maker, rows, or a draw."""
    spec = sitter.run.spec
    if "pixels" in ask:
        return Drawn(pixels(ask["pixels"], spec), {})
    if "noise" in ask:
        n, seed = number(ask, "noise", 1, 1), number(ask, "seed", 0, high=2**31)
        return Drawn(noise_pictures(spec, n, seed), {})
    if "of" in ask or "z" in ask:
        maker = easel.sitter(ask.get("of", ask.get("run"))).run
        if "z" in ask:
            z = codes(ask, maker.able(Generates, "make anything").latent_dim)
        else:
            z = _noise(maker, number(ask, "n", 16, 1), number(ask, "seed", 0, high=2**31))
        return Drawn(decode(maker, z, told(maker, ask)), {"z": z.tolist()})
    return picked(sitter.data, ask)


def told(run: Run, ask: dict[str, Any]) -> int | None:
    """Return the class that a conditional model is told; the first where none is named."""
    if not getattr(run.model, "classes", 0):
        return None
    return run.class_code(ask.get("label", 0))


def shown(made: np.ndarray, **facts: Any) -> Answer:
    """Return examples as an answer: pictures as bytes, points as numbers."""
    if made.ndim == 2:
        return {"points": made.round(5).tolist(), **facts}, b""
    return {"shape": list(made.shape), **facts}, np.ascontiguousarray(made).tobytes()


def _noise(run: Run, n: int, seed: int) -> Tensor:
    """Return codes to make something of, drawn from what the model samples from."""
    mean, spread = prior(run)
    return mean + spread * run.codes(n, seed)


# The asks


def ask_decode(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Turn codes into pictures."""
    run = easel.sitter(ask.get("run")).run
    model = run.able(Generates, "make anything of a code: train an autoencoder, a vae or a gan")
    return shown(decode(run, codes(ask, model.latent_dim), told(run, ask)))


def ask_sample(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Make new pictures from a seed, with the codes that they came from."""
    run = easel.sitter(ask.get("run")).run
    run.able(Generates, "make anything new: train a vae or a gan")
    z = _noise(run, number(ask, "n", 16, 1), number(ask, "seed", 0, high=2**31))
    return shown(decode(run, z, told(run, ask)), z=z.tolist())


def ask_encode(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Say the codes of pictures."""
    sitter = easel.sitter(ask.get("run"))
    drawn = examples(easel, sitter, ask)
    labels = _classes(sitter, drawn, ask)
    return {"z": encode(sitter.run, drawn.examples, labels).tolist(), **drawn.facts}, b""


def _classes(sitter: Sitter, drawn: Drawn, ask: dict[str, Any]) -> np.ndarray | None:
    """Return the classes of examples, where the model has to be told them."""
    if not getattr(sitter.run.model, "classes", 0):
        return None
    if "rows" in drawn.facts and sitter.data.labels is not None:
        return np.asarray(sitter.data.labels[drawn.facts["rows"]])
    return np.full(len(drawn.examples), told(sitter.run, ask))


def ask_reconstruct(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Squeeze pictures into codes and rebuild them: the originals first, then the rebuilt ones."""
    sitter = easel.sitter(ask.get("run"))
    drawn = examples(easel, sitter, ask)
    sitter.run.able(Encodes, "rebuild pictures: train an autoencoder or a vae")
    labels = _classes(sitter, drawn, ask)
    z = encode(sitter.run, drawn.examples, labels)
    rebuilt = decode(sitter.run, z, labels)
    away = rebuilt.astype(np.float64) - drawn.examples.astype(np.float64)
    error = np.sqrt((away.reshape(len(away), -1) ** 2).mean(1))
    both = np.concatenate([drawn.examples, rebuilt])
    return shown(both, originals=len(rebuilt), z=z.tolist(), error=error.tolist(), **drawn.facts)


def ask_judge(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Give a verdict on pictures, on noise, or on what a maker makes."""
    sitter = easel.sitter(ask.get("run"))
    drawn = examples(easel, sitter, ask)
    verdicts = [
        {"label": v.label, "confidence": v.confidence, "probabilities": v.probabilities}
        for v in sitter.run.judge(drawn.examples)
    ]
    return shown(drawn.examples, verdicts=verdicts, **drawn.facts)


def ask_nearest(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Find the nearest training picture of each, and how near held-out pictures come."""
    sitter = easel.sitter(ask.get("run"))
    if "seed" in ask and not {"z", "pixels", "rows", "of"} & ask.keys():
        ask = {**ask, "of": ask["run"]}  # what this run itself makes from the seed
    drawn = examples(easel, sitter, ask)
    found = nearest(sitter.data, drawn.examples)
    known = np.asarray(sitter.data.examples[found.rows])
    facts = {k: v for k, v in drawn.facts.items() if k == "z"}
    return shown(
        known, distances=found.distances.tolist(), rows=found.rows.tolist(),
        searched=found.searched, typical=sitter.typical, **facts,
    )  # fmt: skip


def ask_map(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Say where held-out examples lie on the map of the codes, and where nothing does."""
    sitter = easel.sitter(ask.get("run"))
    n = number(ask, "n", 500, 1, 1_000)
    if 0 not in sitter.maps:
        sitter.maps[0] = _mapped(sitter)
    known = sitter.maps[0]
    return {**known, **{k: known[k][:n] for k in ("codes", "rows", "labels", "places")}}, b""


def _mapped(sitter: Sitter) -> dict[str, Any]:
    drawn = latent_map(sitter.run, cells=2, data=sitter.data)
    plane, rows = drawn.plane, some(held_out(sitter.data), len(drawn.places))
    x, y = drawn.places.T
    # In units of the code: of a code of two numbers these are the numbers themselves.
    at = plane.at(x, y) if drawn.latent_dim == 2 else plane.project(plane.at(x, y))
    reach = (3.0 * plane.spread).tolist()
    middle = plane.origin.tolist() if drawn.latent_dim == 2 else [0.0, 0.0]
    holes = drawn.holes
    return {
        "codes": at.double().numpy().round(4).tolist(),
        "places": drawn.places.round(4).tolist(),
        "rows": rows.tolist(),
        "labels": [] if drawn.labels is None else drawn.labels.tolist(),
        "classes": list(drawn.classes),
        "column": drawn.column,
        "extent": [[m - r, m + r] for m, r in zip(middle, reach, strict=True)],
        "origin": plane.origin.tolist(),
        "axes": plane.axes.tolist(),
        "spread": plane.spread.tolist(),
        "variance_shown": plane.shown,
        "latent_dim": drawn.latent_dim,
        "holes": None if holes is None else holes.cells.astype(int).tolist(),
        "hole_share": None if holes is None else holes.share,
    }


def ask_attributes(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Name the attributes that pictures can be edited by."""
    sitter = easel.sitter(ask.get("run"))
    sitter.run.able(Generates, "have its codes edited: train an autoencoder, a vae or a gan")
    names = []
    for name, column in properties(sitter.data).items():
        if yes_of(column) is not None:
            names.append(name)
        else:
            names += [f"{name}={value}" for value in column.values]
    return {"attributes": names}, b""


def ask_edit(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Add some of an attribute to pictures, through their codes; `amount` may be a list."""
    sitter = easel.sitter(ask.get("run"))
    run = sitter.run
    name = ask.get("attribute")
    if not isinstance(name, str):
        raise InputError("say which attribute to change")
    amounts = ask.get("amount", 1.0)
    amounts = amounts if isinstance(amounts, list) else [amounts]
    if not amounts or not all(type(a) in (int, float) and abs(a) <= 10 for a in amounts):
        raise InputError("amount takes numbers from -10 to 10")
    step = sitter.direction(name).direction
    model = run.able(Generates, "make anything")
    drawn = Drawn(np.empty(0), {})
    labels: np.ndarray | int | None
    if "z" in ask:
        z, labels = codes(ask, model.latent_dim), told(run, ask)
    else:
        drawn = examples(easel, sitter, ask)
        labels = own = _classes(sitter, drawn, ask)
        z = codes_of(run, drawn.examples, own)
    moved = torch.cat([z + amount * step for amount in amounts])
    many = np.tile(labels, len(amounts)) if isinstance(labels, np.ndarray) else labels
    return shown(decode(run, moved, many), z=moved.tolist(), **drawn.facts)


def ask_morph(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Slide from one example to another: rows of the data, or seeds of noise."""
    sitter = easel.sitter(ask.get("run"))
    run, ends = sitter.run, []
    for name in ("a", "b"):
        given = ask.get(name)
        if isinstance(given, str):
            ends.append(pixels(given, run.spec)[0])
        elif isinstance(given, dict):
            ends.append(
                np.asarray(sitter.data.examples[rows_of(sitter.data, [given.get("row")])[0]])
            )
        else:
            ends.append(None if given is None else number(ask, name, 0, high=2**31))
    return shown(morph(run, *ends, steps=number(ask, "steps", 9, 2, 64), path=ask.get("path")))


def ask_spread(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Say, number by number of the code, where codes lie and how much each moves the pictures."""
    run = easel.sitter(ask.get("run")).run
    run.able(Generates, "have a code: train an autoencoder, a vae or a gan")
    mean, spread = prior(run)
    d = len(mean)
    ends = torch.cat([mean + sign * 2 * spread * torch.eye(d) for sign in (-1, 1)])
    made = decode(run, ends, told(run, ask)).astype(np.float64).reshape(2, d, -1)
    moves = np.sqrt(((made[1] - made[0]) ** 2).mean(1))
    return {"mean": mean.tolist(), "std": spread.tolist(), "moves": moves.tolist()}, b""


def ask_again(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Say what somebody chose for a run, and the command that trains so again."""
    run = easel.sitter(ask.get("run")).run
    chosen = {setting.path: setting.value for setting in settings(run) if setting.changed}
    line = command(run.recipe.model, run.recipe.data.source, chosen)
    return {"command": line, "chosen": list(chosen)}, b""


def ask_data(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Show real pictures of a source."""
    drawn = picked(easel.data(ask.get("source", "avatars")), ask)
    return shown(drawn.examples, **drawn.facts)


def ask_spectrum(easel: Easel, ask: dict[str, Any]) -> Answer:
    """Say how much power pictures have at each fineness of detail, real ones and runs' own."""
    names = ask.get("of")
    if not isinstance(names, list) or not 1 <= len(names) <= 8:
        raise InputError("spectrum takes `of`: 1 to 8 runs")
    sitters = [easel.sitter(name) for name in names]
    data = sitters[0].data
    real = np.asarray(data.examples[some(held_out(data), SPECTRUM)])
    frequencies, curve = radial(real)
    curves = {"real": curve}
    for name, sitter in zip(names, sitters, strict=True):
        sitter.run.able(Generates, "make anything new: train a vae or a gan")
        z = _noise(sitter.run, SPECTRUM, 0)
        curves[name] = radial(decode(sitter.run, z, told(sitter.run, ask)))[1]
    return {"frequencies": frequencies, "curves": curves, "n": len(real)}, b""


def radial(made: np.ndarray) -> tuple[list[float], list[float]]:
    """Return cycles per pixel, and the mean power of pictures at each, over all directions."""
    power = power_spectrum(made).numpy()
    size = power.shape[0]
    u, v = (np.fft.fftfreq(n) for n in power.shape)
    rings = np.rint(np.hypot(u[:, None], v) * size).astype(int)
    kept = range(1, size // 2 + 1)
    return [r / size for r in kept], [float(power[rings == r].mean()) for r in kept]


ASKS: dict[str, Callable[[Easel, dict[str, Any]], Answer]] = {
    "again": ask_again,
    "attributes": ask_attributes,
    "data": ask_data,
    "decode": ask_decode,
    "edit": ask_edit,
    "encode": ask_encode,
    "judge": ask_judge,
    "map": ask_map,
    "morph": ask_morph,
    "nearest": ask_nearest,
    "reconstruct": ask_reconstruct,
    "sample": ask_sample,
    "spectrum": ask_spectrum,
    "spread": ask_spread,
}
"""What can be asked, by name."""
