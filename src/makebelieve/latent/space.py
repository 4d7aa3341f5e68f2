"""A run's space of codes: into it, back out of it, and where its own draws lie in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.models.model import Encodes, Generates, Posterior
from makebelieve.rng import seed_for
from makebelieve.runs.run import from_model

if TYPE_CHECKING:
    from torch import Tensor

    from makebelieve.runs.run import Run

__all__ = ["decode", "encode", "prior", "told"]

CHUNK = 256


@torch.no_grad()
def encode(
    run: Run, examples: np.ndarray, labels: np.ndarray | None = None, *, draw: int | None = None
) -> Tensor:
    """Return the (n, d) codes of examples.

    Args:
        run: an autoencoder or a VAE.
        examples: (n, height, width, channels) uint8, or (n, 2) points.
        labels: (n,) classes, which a conditional model is told.
        draw: None: the mean of each posterior; a seed: one draw from each posterior, so that all
            codes together are what the training compares with the prior. An autoencoder has only
            the one code.

    Raises:
        InputError: the model has no codes for examples, or they have another shape.
    """
    model = run.able(Encodes, "say the code of a picture: train an autoencoder or a vae")
    x, y = to_tensor(run.fitting(examples)), told(run, labels, len(examples))
    pairs = [
        (x[start : start + CHUNK], None if y is None else y[start : start + CHUNK])
        for start in range(0, len(x), CHUNK)
    ]
    if draw is None or not isinstance(model, Posterior):
        return torch.cat([model.encode(*pair) for pair in pairs])
    means, log_variances = zip(*(model.posterior(*pair) for pair in pairs), strict=True)
    mean, log_variance = torch.cat(means), torch.cat(log_variances)
    random = torch.Generator().manual_seed(seed_for(draw, "posterior"))
    return mean + torch.exp(0.5 * log_variance) * torch.randn(mean.shape, generator=random)


def decode(run: Run, codes: Tensor, labels: np.ndarray | int | None = None) -> np.ndarray:
    """Return the examples that codes stand for: of a GAN, what it makes of this noise.

    Args:
        run: an autoencoder, a VAE or a GAN.
        codes: (n, d).
        labels: (n,) classes, or one for all, which a conditional model is told.

    Returns:
        (n, height, width, channels) uint8, or (n, 2) float32 points.

    Raises:
        InputError: the model makes nothing.
    """
    model = run.able(Generates, "make anything of a code: train an autoencoder, a vae or a gan")
    make = model.decode if isinstance(model, Encodes) else model.sample
    y = told(run, labels, len(codes))

    def made(rows: slice) -> Tensor:
        found: Tensor = make(codes[rows], None if y is None else y[rows])
        return found

    return from_model(run.spec, made, len(codes))


def told(run: Run, labels: np.ndarray | int | None, n: int) -> Tensor | None:
    """Return the (n,) classes as the model is told them; None where it knows none.

    Raises:
        InputError: a conditional model, and no class.
    """
    if not getattr(run.model, "classes", 0):
        return None
    if labels is None:
        raise InputError(
            f"{run.name} is told the class of every picture: name one "
            f"(classes: {', '.join(run.spec.classes)})"
        )
    found = torch.from_numpy(np.array(labels))
    return found.expand(n) if found.dim() == 0 else found


def prior(run: Run) -> tuple[Tensor, Tensor]:
    """Return (d,) mean and (d,) standard deviation of the normal that `sample` draws codes from.

    Of a VAE or GAN it is N(0, 1); of an autoencoder, which has no prior, the mean and the spread
    of its training codes.
    """
    model = run.able(Generates, "make anything of a code: train an autoencoder, a vae or a gan")
    if hasattr(model, "code_mean"):
        return model.code_mean, model.code_std
    return torch.zeros(model.latent_dim), torch.ones(model.latent_dim)
