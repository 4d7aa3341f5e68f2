"""Inversion: the code from which a maker makes a picture that already exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
import torch.nn.functional as F

from makebelieve import nets
from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.latent.space import decode, encode, prior, told
from makebelieve.models.model import Encodes, Generates
from makebelieve.rng import seed_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from makebelieve.runs.run import Run

__all__ = ["Inversion", "codes_of", "invert", "learn_encoder"]

SAMPLES = 1_000  # among which the nearest is the one to beat
LEARNED, BATCH = 200, 64  # steps and samples a step, for the encoder
STEPS, RATE = 150, 0.05
EDGES, PRIOR = 0.5, 1e-4
"""Weights of the random-feature loss and of −log p(z) beside the pixels' squared error."""


@dataclass(frozen=True)
class Inversion:
    """Codes of examples, and how well they give them back.

    Args:
        codes: (n, d).
        rebuilt: what the model makes of them, as data sets store examples.
        error: (n,) mean squared error of each, of pictures in 0 … 1.
        nearest: (n,) the same of the nearest of 1,000 random samples.
    """

    codes: Tensor
    rebuilt: np.ndarray
    error: np.ndarray
    nearest: np.ndarray


def codes_of(run: Run, examples: np.ndarray, labels: np.ndarray | None = None) -> Tensor:
    """Return the codes of examples: by the model's own encoder, or by inversion of a GAN."""
    if isinstance(run.model, Encodes):
        return encode(run, examples, labels)
    return invert(run, examples, labels).codes


def invert(
    run: Run,
    examples: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    steps: int = STEPS,
    restarts: int = 4,
    seed: int = 0,
) -> Inversion:
    """Find codes from which a GAN (or VAE) makes these examples.

    An encoder is learned from the generator's own samples, where the code is known: it gives the
    first guess; the nearest of 1,000 samples is the second, and the others are the first with
    noise. From each, Adam descends

        |x − G(z)|² + ½ |f(x) − f(G(z))|² + 10⁻⁴ |z|²,   means over the numbers,

    f being convolutions with random weights, whose slopes reach over more than one pixel. The
    codes with the least pixel error on the way are kept, so more steps never make it worse. The
    encoder of a VAE gives its first guess, and `steps=0` leaves it at that.

    Args:
        run: a GAN, a VAE or an autoencoder.
        examples: (n, height, width, channels) uint8, or (n, 2) points.
        labels: (n,) classes, which a conditional model is told.
        steps: of the descent; 0 for the first guesses alone.
        restarts: how many guesses a descent starts from, at least 1.
        seed: the same seed finds the same codes.

    Raises:
        InputError: the model makes nothing, or the examples have another shape.

    Source:
        Zhu, Krähenbühl, Shechtman and Efros 2016, "Generative visual manipulation on the natural
        image manifold", section 3.1, for the encoder that begins and the descent that refines.

    Example:
        found = invert(Run("gan-avatars-1"), pictures)
        found.error.mean(), found.nearest.mean()
    """
    model = run.able(Generates, "make anything of a code: train an autoencoder, a vae or a gan")
    if restarts < 1 or steps < 0:
        raise InputError(
            f"an inversion needs 1 guess and 0 steps at least, not {restarts}, {steps}"
        )
    x, y = to_tensor(run.fitting(examples)), told(run, labels, len(examples))
    make = model.decode if isinstance(model, Encodes) else model.sample
    samples, near = _samples(run, make, x, y, seed)
    first = encode(run, examples, labels) if isinstance(model, Encodes) else _guess(run, x, seed)
    random = torch.Generator().manual_seed(seed_for(seed, "invert"))
    guesses = [first, samples]
    while len(guesses) < restarts:
        guesses.append(first + 0.5 * torch.randn(first.shape, generator=random))
    # A plain encoder's word counts alone where nothing is descended.
    alone = isinstance(model, Encodes) and not steps
    starts = torch.stack(guesses[: 1 if alone else restarts])
    codes, error = _descend(make, x, y, starts, steps)
    rebuilt = decode(run, codes, None if y is None else y.numpy())
    return Inversion(codes, rebuilt, error.numpy(), near.numpy())


@torch.no_grad()
def _samples(run: Run, make: Any, x: Tensor, y: Tensor | None, seed: int) -> tuple[Tensor, Tensor]:
    """Return the (n, d) codes of the samples that are nearest to x, and their (n,) errors."""
    mean, spread = prior(run)
    pool = mean + spread * run.codes(SAMPLES, seed=seed_for(seed, "nearest") % 2**31)
    codes, errors = torch.empty(len(x), pool.shape[1]), torch.empty(len(x))
    classes = [None] if y is None else sorted(set(y.tolist()))
    for label in classes:
        chosen = np.arange(len(x)) if y is None else np.flatnonzero(y.numpy() == label)
        rows = torch.from_numpy(chosen)
        labels = None if label is None else torch.full((SAMPLES,), label)
        made = torch.cat([
            make(pool[i : i + 256], None if labels is None else labels[i : i + 256])
            for i in range(0, SAMPLES, 256)
        ])  # fmt: skip
        away = torch.cdist(x[rows].flatten(1), made.flatten(1)).square() / x[0].numel()
        errors[rows], found = away.min(1)
        codes[rows] = pool[found]
    return codes, errors


_ENCODERS: WeakKeyDictionary[Run, dict[int, nn.Module]] = WeakKeyDictionary()


def _guess(run: Run, x: Tensor, seed: int) -> Tensor:
    """Return the codes that an encoder learned from samples says."""
    known = _ENCODERS.setdefault(run, {})
    if seed not in known:
        known[seed] = learn_encoder(run, seed=seed)
    with torch.no_grad():
        found: Tensor = known[seed](x)
    return found


def learn_encoder(run: Run, *, steps: int = LEARNED, seed: int = 0) -> nn.Module:
    """Learn to say the code of what a generator makes, from its own samples.

    It descends |z − E(G(z))|²/d + 10 |G(z) − G(E(G(z)))|², means over the numbers.

    Args:
        run: a GAN.
        steps: of 64 samples.
        seed: start of weights and samples.
    """
    model, shape = run.model, run.spec.shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(seed, "encoder"))
        net = nets.encoder(shape, model.latent_dim)
    random = torch.Generator().manual_seed(seed_for(seed, "encoder", "samples"))
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3, betas=(0.5, 0.95))
    classes = getattr(model, "classes", 0)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (1 - step / steps)
        z = torch.randn(BATCH, model.latent_dim, generator=random)
        y = torch.randint(classes, (BATCH,), generator=random) if classes else None
        with torch.no_grad():
            made = model.sample(z, y)
        said = net(made)
        loss = F.mse_loss(said, z) + 10 * F.mse_loss(model.sample(said, y), made)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return net.eval().requires_grad_(False)


def _descend(
    make: Any, x: Tensor, y: Tensor | None, starts: Tensor, steps: int
) -> tuple[Tensor, Tensor]:
    """Descend from (restarts, n, d) guesses; return the best (n, d) codes and (n,) errors."""
    restarts, n, d = starts.shape
    z = starts.reshape(-1, d).clone().requires_grad_()
    wanted = x.repeat(restarts, *(1,) * (x.dim() - 1))
    labels = None if y is None else y.repeat(restarts)
    look = _eyes(x)
    seen = look(wanted)
    best, least = z.detach().clone(), torch.full((len(z),), torch.inf)
    optimiser = torch.optim.Adam([z], lr=RATE, betas=(0.9, 0.95))
    for step in range(steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 2 * (1 - step / (steps + 1)))
        made = make(z, labels)
        pixels = (made - wanted).square().flatten(1).mean(1)
        with torch.no_grad():
            better = pixels < least
            least = torch.where(better, pixels, least)
            best[better] = z[better]
        if step == steps:
            break
        features = (look(made) - seen).square().mean(1)
        # Summed over examples: none of them feels how many there are.
        loss = (pixels + EDGES * features + PRIOR * z.square().sum(1)).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    errors = least.view(restarts, n)
    chosen = errors.argmin(0)
    rows = torch.arange(n)
    return best.view(restarts, n, d)[chosen, rows].detach(), errors[chosen, rows]


def _eyes(x: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what turns pictures into features: two random convolutions; points stay points."""
    if x.dim() == 2:
        return lambda points: points
    random = torch.Generator().manual_seed(seed_for("invert", "eyes"))
    weights = []
    for before, after, width in ((x.shape[1], 16, 5), (16, 32, 3)):
        drawn = torch.randn(after, before, width, width, generator=random)
        weights.append(drawn * (2 / (before * width**2)) ** 0.5)

    def look(pictures: Tensor) -> Tensor:
        for weight in weights:
            pictures = F.leaky_relu(
                F.conv2d(pictures, weight, stride=2, padding=weight.shape[-1] // 2), 0.2
            )
        return pictures.flatten(1)

    return look
