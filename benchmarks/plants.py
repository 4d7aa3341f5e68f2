"""Faults to plant: what is done to a training, and an oracle that says whether it took.

An oracle looks at parameters, labels or raw pixels, never at what the rule under test measures.
"""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from makebelieve import nets
from makebelieve.data.loading import to_tensor
from makebelieve.metrics.copies import cells
from makebelieve.nets.blocks import Activation, scaled

__all__ = ["PLANTS", "Plant"]


@dataclasses.dataclass(frozen=True)
class Plant:
    """One way to spoil a training.

    Args:
        model: what is trained.
        code: the rule that should fail or warn; None for a clean control.
        settings: of the training.
        took: (run, data, seed) → whether the fault is there.
        data: (data, seed) → what is trained on.
        against: whether samples are compared with the whole data, with a judge of them.
        companions: rules that may be raised as well.
        patch: a context in which it is trained and looked at.
        sources: on what it can be planted.
    """

    model: str
    code: str | None
    settings: dict[str, Any]
    took: Callable[..., bool] = lambda *_: True
    data: Callable[..., Any] = lambda data, _: data
    against: bool = False
    companions: tuple[str, ...] = ()
    patch: Callable[[], Any] = contextlib.nullcontext
    sources: tuple[str, ...] = ("fashion", "avatars", "digits", "shapes")


# ---- what is done to the data


def few(n):
    """Keep n training examples."""

    def chosen(data, seed):
        rows = data.rows("train")
        kept = np.random.default_rng(seed).choice(rows, n, replace=False)
        return subset(
            data, np.sort(np.concatenate([kept, data.rows("validation"), data.rows("test")]))
        )

    return chosen


def subset(data, rows):
    """Return a data set of these rows."""
    labels = None if data.labels is None else data.labels[rows]
    return dataclasses.replace(
        data, examples=np.ascontiguousarray(data.examples[rows]), labels=labels,
        split=data.split[rows], origin=None,
    )  # fmt: skip


def without(data, seed):
    """Leave one class out of training; the last is left out where there are but two."""
    lost = lost_class(data, seed)
    kept = (data.labels != lost) | (data.split != data.split[data.rows("train")[0]])
    return subset(data, np.flatnonzero(kept))


def lost_class(data, seed):
    """Return the class that `without` leaves out: the second of avatars, another one of fashion."""
    return (seed + 1) % len(data.spec.classes) if len(data.spec.classes) > 2 else 1


def leaked(data, seed):
    """Keep 300 examples, and let every validation example be one of them."""
    chosen = few(300)(data, seed)
    train, held = chosen.rows("train"), chosen.rows("validation")
    examples, labels = chosen.examples.copy(), chosen.labels.copy()
    copied = np.resize(train, len(held))
    examples[held], labels[held] = examples[copied], labels[copied]
    return dataclasses.replace(chosen, examples=examples, labels=labels)


def marked(data, seed):  # noqa: ARG001
    """Write the class into a corner as the brightness of 2 × 2 pixels."""
    examples = data.examples.copy()
    shade = (data.labels * (255 // max(len(data.spec.classes) - 1, 1))).astype(np.uint8)
    examples[:, :2, :2] = shade[:, None, None, None]
    return dataclasses.replace(data, examples=examples, origin=None)


# ---- oracles


def flat(x):
    """Return examples as (n, d) float64 in 0 … 1."""
    return np.asarray(x, np.float64).reshape(len(x), -1) / 255


def same_whatever_the_code(run, data, seed):
    """The decoder's pixels hardly change with the code."""
    made = flat(run.sample(128, seed=seed))
    return made.std(0).mean() < 0.15 * flat(data.examples[data.rows("test")[:500]]).std(0).mean()


def codes_far_from_normal(run, data, seed):  # noqa: ARG001
    """The second moment of the codes' means of some dimension is far above 1."""
    x = to_tensor(np.asarray(data.examples[data.rows("test")[:500]]))
    return float(run.model.encode(x, None).square().mean(0).max()) > 1.5


def few_directions(run, data, seed):  # noqa: ARG001
    """Under half of the encoder's means move at all."""
    x = to_tensor(np.asarray(data.examples[data.rows("test")[:500]]))
    return float((run.model.encode(x, None).std(0) > 0.5).float().mean()) < 0.5


def soft_edges(run, data, seed):
    """Neighbouring pixels differ by far less than in real pictures."""

    def steps(x):
        x = np.asarray(x, np.float64)
        return np.abs(np.diff(x, axis=2)).mean() + np.abs(np.diff(x, axis=1)).mean()

    return steps(run.sample(256, seed=seed)) < 0.8 * steps(data.examples[data.rows("test")[:500]])


def rebuilds_training_better(run, data, seed):  # noqa: ARG001
    """The squared error of reconstructions is far higher on held-out examples."""

    def error(split):
        x = data.examples[data.rows(split)[:200]]
        return ((flat(run.reconstruct(x)) - flat(x)) ** 2).mean()

    return error("test") > 1.3 * error("train")


def looks_like_training(run, data, seed):
    """Most samples correlate above .9 with one training picture."""
    made, known = flat(run.sample(200, seed=seed)), flat(data.examples[data.rows("train")])
    a, b = (x - x.mean(1, keepdims=True) for x in (made, known))
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) for x in (a, b))
    return np.median((a @ b.T).max(1)) > 0.9


def told_by_a_line(run, data, seed):
    """A linear rule on a few pixels' means tells samples from real examples."""
    real, made = flat(data.examples[data.rows("test")[:400]]), flat(run.sample(400, seed=seed))
    x = np.concatenate([real, made])
    x = (x - x.mean(0)) / (x.std(0) + 0.05)
    y = np.repeat([1.0, -1.0], [len(real), len(made)])
    order = np.random.default_rng(seed).permutation(len(x))
    fit, rest = order[: len(x) // 2], order[len(x) // 2 :]
    w = np.linalg.solve(x[fit].T @ x[fit] + 100 * np.eye(x.shape[1]), x[fit].T @ y[fit])
    return (np.sign(x[rest] @ w) == y[rest]).mean() > 0.9


def few_places(run, data, seed):
    """Samples fall into few of thirty places that real pictures fill, by raw pixels."""
    real = torch.from_numpy(flat(data.examples[data.rows("test")[:600]]))
    made = torch.from_numpy(flat(run.sample(600, seed=seed)))
    centres = cells(real, 30, seed=seed)
    hit = torch.cdist(made, centres).argmin(1).bincount(minlength=len(centres))
    return int((hit >= 3).sum()) <= 18


def class_is_missing(run, data, seed):
    """The nearest real pictures of samples are hardly ever of the class that was left out."""
    rows = data.rows("test")
    real, made = flat(data.examples[rows]), flat(run.sample(400, seed=seed))
    near = torch.cdist(torch.from_numpy(made), torch.from_numpy(real)).argmin(1).numpy()
    lost = data.labels[rows] == lost_class(data, seed)
    return lost[near].mean() < 0.5 * lost.mean()


def knows_by_heart(run, data, seed):  # noqa: ARG001
    """The discriminator's logits rank training above held-out examples."""

    def scores(split):
        with torch.no_grad():
            return run.model.judge(
                to_tensor(np.asarray(data.examples[data.rows(split)[:300]])), None
            )

    train, held = scores("train"), scores("test")
    return float((train[:, None] > held[None]).float().mean()) > 0.8


def surer_than_right(run, data, seed):  # noqa: ARG001
    """Mean confidence is above accuracy by a tenth."""
    rows = data.rows("test")[:500]
    p = run.probabilities(data.examples[rows])
    return p.max(1).mean() - (p.argmax(1) == data.labels[rows]).mean() > 0.08


def blind_without_the_mark(run, data, seed):  # noqa: ARG001
    """Accuracy falls by a fifth where the corner is grey."""
    rows = data.rows("test")[:500]
    x = data.examples[rows].copy()
    x[:, :2, :2] = 128
    right = [
        (run.probabilities(y).argmax(1) == data.labels[rows]).mean()
        for y in (data.examples[rows], x)
    ]
    return right[0] - right[1] > 0.2


def raster_is_seen(run, data, seed):
    """A small net tells places of a raster in cut-outs of samples, and not so well in real ones."""
    real, made = data.examples[data.rows("train")[:1000]], run.sample(1000, seed=seed)
    return _raster_told(to_tensor(made), seed) > _raster_told(to_tensor(real), seed) + 0.05


def _raster_told(x, seed, cut=10):
    """Return how often it is right about the other half of the pictures."""
    random, half = torch.Generator().manual_seed(seed), len(x) // 2

    def cut_outs(first, last, n):
        places = torch.randint(x.shape[-1] - cut + 1, (n, 2), generator=random)
        rows = torch.randint(first, last, (n,), generator=random)
        parts = [x[i, :, a : a + cut, b : b + cut]
                 for i, (a, b) in zip(rows.tolist(), places.tolist(), strict=True)]  # fmt: skip
        parts = torch.stack(parts)
        return parts - parts.mean((2, 3), keepdim=True), places[:, 0] % 2 * 2 + places[:, 1] % 2

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Conv2d(x.shape[1], 24, 3), nn.ReLU(), nn.Conv2d(24, 24, 3, stride=2), nn.ReLU(),
            nn.Flatten(), nn.LazyLinear(4),
        )  # fmt: skip
        net(cut_outs(0, half, 2)[0])
    step = torch.optim.Adam(net.parameters(), 2e-3)
    for _ in range(250):
        parts, places = cut_outs(0, half, 128)
        step.zero_grad()
        nn.functional.cross_entropy(net(parts), places).backward()
        step.step()
    with torch.no_grad():
        parts, places = cut_outs(half, len(x), 4_000)
        return float((net(parts).argmax(1) == places).float().mean())


def circles(run, data, seed):  # noqa: ARG001
    """The mean picture of the last sheets wanders."""
    from PIL import Image

    sheets = [np.asarray(Image.open(file), np.float64) / 255 for file in run.samples[-5:]]
    steps = [np.abs(a - b).mean() for a, b in itertools.pairwise(sheets)]
    return float(np.mean(steps)) > 0.1


# ---- what is done to the nets


class Woven(nn.Module):
    """Widens a map by a transposed convolution whose kernel is as large as its stride."""

    def __init__(self, before, after):
        super().__init__()
        self.widen = nn.ConvTranspose2d(before, after, 2, 2)

    def forward(self, x):
        """Double the height and width."""
        return self.widen(x)


class WovenDecoder(nn.Module):
    """A decoder of such layers alone."""

    def __init__(self, inputs, channels, size):
        super().__init__()
        self.side = size // 4
        self.first = scaled(nn.Linear(inputs, 64 * self.side**2))
        self.rest = nn.Sequential(Activation(), Woven(64, 32), Activation(), Woven(32, channels))

    def forward(self, z):
        """Map (n, inputs) to (n, channels, size, size)."""
        return self.rest(self.first(z).view(-1, 64, self.side, self.side))


def _woven(inputs, shape, *_):
    return WovenDecoder(inputs, shape[0], shape[1])


@contextlib.contextmanager
def woven():
    """Let every decoder be a woven one."""
    plain = nets.decoder
    nets.decoder = _woven
    try:
        yield
    finally:
        nets.decoder = plain


VAE = {"examples": 120_000}
GAN = {"examples": 60_000}
JUDGE = {"examples": 60_000}
INHERENT = ("J2", "J4")  # every judge that was not trained against it

PLANTS = {
    # Clean controls.
    "vae": Plant("vae", None, VAE, companions=("S4",)),
    "autoencoder": Plant("autoencoder", None, VAE, companions=("S4", "S2")),
    "gan": Plant("gan", None, GAN),
    "judge": Plant("judge", None, JUDGE, companions=INHERENT),
    # Codes.
    "beta 50": Plant(
        "vae", "C1", VAE | {"beta": 50.0}, same_whatever_the_code,
        companions=("C3", "S1", "S2", "S4", "S5"),
    ),
    "64 dimensions": Plant(
        "vae", "C3", VAE | {"latent_dim": 64}, few_directions, companions=("S4",),
    ),
    "beta .01": Plant(
        "vae", "C4", VAE | {"beta": 0.01}, codes_far_from_normal, companions=("S4", "S1", "S2"),
    ),
    # Training.
    "half an epoch of a contest": Plant(
        "gan", "T2", {"examples": 4_000}, companions=("S1", "S2", "S4", "S5", "S6", "D2", "D3"),
    ),
    "a tenth of an epoch": Plant(
        "vae", "T2", {"examples": 1_000},
        companions=("S4", "C1", "C3", "S1", "S5"),
    ),
    "vae on 100": Plant(
        "vae", "T3", {"examples": 100_000}, rebuilds_training_better, data=few(100),
        companions=("S3", "S4", "S2", "S1", "C3"),  # few examples need few dimensions
    ),
    "judge on 300": Plant(
        "judge", "J1", {"examples": 30_000}, surer_than_right, data=leaked,
        companions=("T3", *INHERENT),
    ),
    # Samples.
    "2 dimensions": Plant("vae", "S4", VAE | {"latent_dim": 2}, soft_edges,
                          companions=("S1", "S2")),
    "vae on 30": Plant(
        "vae", "S3", {"examples": 200_000}, looks_like_training, data=few(30),
        companions=("T3", "S4", "S1", "S2", "C3"),
    ),
    "gan on 30": Plant(
        "gan", "S3", GAN | {"augment": "none"}, looks_like_training, data=few(30),
        companions=("T2", "D1", "S1", "S2", "D2"),
    ),
    "a class left out": Plant(
        "gan", "S2", GAN, class_is_missing, data=without, against=True,
        companions=("S1", "D1"), sources=("fashion", "digits", "shapes"),
    ),
    "1 dimension, no penalty": Plant(
        "gan", "S1", GAN | {"latent_dim": 1, "penalty": "none"}, few_places,
        companions=("T2", "S2", "D2", "S6", "S4", "S5", "D1", "D3"),
    ),
    "woven": Plant("gan", "S5", {"examples": 12_000}, raster_is_seen, patch=woven,
                   companions=("T2", "S1", "S2", "D2", "S4")),
    "circles": Plant(
        "gan", "S6",
        {"examples": 30_000, "loss": "non-saturating", "penalty": "none", "learning_rate": 2e-3,
         "beta1": 0.5, "schedule": "constant", "ema": 0},
        circles, companions=("T2", "S1", "S2", "D2", "D3", "S5", "S4", "T1"),
    ),
    # Contests.
    "gan on 50": Plant(
        "gan", "D1", GAN | {"augment": "none"}, knows_by_heart, data=few(50),
        companions=("T2", "S3", "S1", "S2", "D2"),
    ),
    "discriminator ten times as fast": Plant(
        "gan", "D2", GAN | {"discriminator_rate": 10.0, "penalty": "none"}, told_by_a_line,
        companions=("T2", "S1", "S2", "S4", "S5", "S6"),
    ),
    "discriminator hardly learns": Plant(
        "gan", "D3", GAN | {"discriminator_rate": 1e-4}, told_by_a_line,
        companions=("T2", "S1", "S2", "S4", "S5", "S6", "D2"),
    ),
    # Judges.
    "a mark in the corner": Plant(
        "judge", "J3", JUDGE, blind_without_the_mark, data=marked, companions=INHERENT,
    ),
}  # fmt: skip
"""Name → plant; those without a code are clean controls."""
