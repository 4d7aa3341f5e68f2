"""The variational autoencoder, and the plain autoencoder as its control.

The loss is *summed* over the pixels of a picture and over the code, in nats, and averaged over
pictures: so `beta` is the effective β, whatever the size of picture, batch or code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from makebelieve import nets
from makebelieve.errors import InputError
from makebelieve.models import manual
from makebelieve.models.model import Turn, condition
from makebelieve.models.terms import LEVELS, LIKELIHOODS, gaussian_kl, per_example
from makebelieve.nets.augment import shift
from makebelieve.nets.blocks import one_hot
from makebelieve.recipe import filled, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from makebelieve.data.loading import Batch
    from makebelieve.data.spec import Spec
    from makebelieve.rng import Step

__all__ = ["VAE", "Autoencoder", "Hourglass"]

SMALL = 1_024
"""Up to so many numbers a picture, multi-layer perceptrons reach a better ELBO in the same time."""


@dataclass(frozen=True)
class HourglassOptions:
    """What autoencoder and VAE have in common."""

    size: str = key("small", "the width of the nets", choices=("small", "medium", "large"))
    net: str | None = key(
        None,
        f"mlp or conv, for pictures (None: mlp up to {SMALL:,} numbers a picture)",
        choices=nets.NETS,
    )
    latent_dim: int | None = key(
        None, "length of the code (None: 16 for pictures, 2 for points)", low=1, high=4096
    )
    likelihood: str | None = key(
        None,
        "how an example is scored against its reconstruction (None: bernoulli for pictures, "
        "gaussian for points)",
        choices=LIKELIHOODS,
    )
    conditional: bool = key(False, "tell encoder and decoder the class of each example")
    shift: int = key(0, "move training pictures by up to this many pixels, at random", low=0)


@dataclass(frozen=True)
class VAEOptions(HourglassOptions):
    """What can be chosen about a VAE."""

    beta: float = key(1.0, "weight of the KL term; 1 is the ELBO", low=0)
    kl_warmup: int = key(0, "examples over which the weight of the KL rises from zero", low=0)
    free_bits: float = key(0.0, "nats of KL that each latent dimension has for free", low=0)


class Hourglass(nn.Module):
    """Encoder, code, decoder, and the likelihood that scores a reconstruction."""

    Options: ClassVar[type[HourglassOptions]] = HourglassOptions
    name: ClassVar[str]
    outputs: ClassVar[int]  # numbers that the encoder gives for each dimension of the code

    def __init__(self, spec: Spec, options: HourglassOptions | None = None) -> None:
        super().__init__()
        self.spec = spec
        o: Any = filled(options or self.Options(), self.defaults(spec, 0))
        self.options = o
        self.latent_dim: int = o.latent_dim
        self.classes = condition(spec) if o.conditional else 0
        self.likelihood = LIKELIHOODS[o.likelihood]
        if spec.kind == "points" and not self.likelihood.points:
            raise InputError(
                f"model.likelihood is {o.likelihood}, which scores pictures, and the data are "
                "points: choose gaussian"
            )
        coded = self.outputs * o.latent_dim
        self.encoder = nets.encoder(spec.shape, coded, o.size, extra=self.classes, net=o.net)
        self.decoder = nets.decoder(o.latent_dim + self.classes, spec.shape, o.size, o.net)
        # Stored as a tenth of log σ: Adam moves every parameter alike, and σ has far to go.
        self.scale = nn.Parameter(torch.tensor(-0.1), requires_grad=self.likelihood.scaled)
        self.players: dict[str, nn.Module] = {self.name: self}
        self.averaged = (self.name,)
        self.rates = {self.name: 1.0}

    def _moved(self, batch: Batch, step: Step) -> Batch:
        """Return what to train on: each picture moved a little, where `shift` asks for it."""
        most = self.options.shift
        return replace(batch, x=shift(batch.x, most, step)) if most else batch

    @property
    def log_scale(self) -> Tensor:
        """Log σ of the likelihood: for pictures, never under half the step between two greys."""
        floor = 0.5 / (LEVELS - 1) if self.spec.kind == "pictures" else 1e-3
        return (10 * self.scale).clamp(min=math.log(floor))

    def _encoded(self, x: Tensor, labels: Tensor | None) -> Tensor:
        found: Tensor = self.encoder(x, self.condition(labels, x))
        return found.float()

    def condition(self, labels: Tensor | None, like: Tensor) -> Tensor | None:
        """Return what the nets are told of the class, (n, classes); None where they are not."""
        return one_hot(labels, self.classes, len(like), like) if self.classes else None

    def _decoded(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """Return what the likelihood takes: logits for Bernoulli, else values on x's scale."""
        condition = self.condition(labels, z)
        out: Tensor = self.decoder(z if condition is None else torch.cat([z, condition], 1))
        squashed = self.likelihood.scaled and self.spec.kind == "pictures"
        return torch.sigmoid(out.float()) if squashed else out.float()

    def log_likelihood(self, x: Tensor, z: Tensor, labels: Tensor | None) -> Tensor:
        """Return log p(x|z) in nats, (n,): summed over all the numbers of an example."""
        return -self._nll(x, z, labels).flatten(1).sum(1)

    def _nll(self, x: Tensor, z: Tensor, labels: Tensor | None) -> Tensor:
        """Return −log p of each number of x, in nats."""
        scale = self.log_scale if self.likelihood.scaled else self.scale  # which nothing reads
        return self.likelihood.nll(x, self._decoded(z, labels), scale)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the mean of p(x|z) for (n, latent_dim) codes, pictures in 0 … 1."""
        out = self._decoded(z, labels)
        return out if self.likelihood.scaled else torch.sigmoid(out)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the (n, latent_dim) codes of n examples."""
        raise NotImplementedError

    @staticmethod
    def defaults(spec: Spec, n: int) -> dict[str, Any]:
        """Return values for the keys that a recipe left open."""
        points = spec.kind == "points"
        return {
            "net": "mlp" if spec.dims <= SMALL else "conv",
            "latent_dim": 2 if points else 16,
            "likelihood": "gaussian" if points else "bernoulli",
            "examples": int(min(max(20 * n, 150_000), 2_000_000)),
            "batch": 128,
            # Steps of 4e-3 end in posterior collapse on a ring of points, whatever the seed.
            "learning_rate": 2e-3 if points else 4e-3,
            "beta1": 0.9,
            "schedule": "cosine",
            "warmup": 2_000,
            "ema": 0,
        }


class Autoencoder(Hourglass):
    """The control that only rebuilds: a code of `latent_dim` numbers, and no prior over it.

    It descends −log p(x|z(x)), summed per example, in nats. To have something to sample from at
    all, it remembers mean and spread of each number of the code over the training data.

    Args:
        spec: what an example looks like.
        options: see `Autoencoder.Options`.

    Source:
        Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks".

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> model = Autoencoder(Spec.pictures(8, 1))
        >>> model(torch.rand(3, 1, 8, 8)).shape
        torch.Size([3, 1, 8, 8])
    """

    Options = HourglassOptions
    name = "autoencoder"
    outputs = 1
    calibration = "train"
    code_mean: Tensor
    code_std: Tensor

    def __init__(self, spec: Spec, options: HourglassOptions | None = None) -> None:
        super().__init__(spec, options)
        self.register_buffer("code_mean", torch.zeros(self.latent_dim))
        self.register_buffer("code_std", torch.ones(self.latent_dim))

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the reconstructions of x."""
        return self.decode(self.encode(x, labels), labels)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the (n, latent_dim) codes of n examples."""
        return self._encoded(x, labels)

    def sample(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Decode random codes that have the mean and spread of the training codes.

        Args:
            z: (n, latent_dim) standard normal numbers.
            labels: (n,) classes, for a conditional model.
        """
        return self.decode(self.code_mean + self.code_std * z, labels)

    def turns(self, batch: Batch, step: Step) -> Iterator[Turn]:
        """Yield the one turn: the reconstruction's −log p in nats."""
        batch = self._moved(batch, step)
        if manual.suits(self, batch.x):
            yield manual.autoencoder_turn(self, batch)
            return
        loss = self.validate(batch, step)["reconstruction"]
        yield Turn(self.name, loss, {"reconstruction": loss.detach()})

    def validate(self, batch: Batch, step: Step) -> dict[str, Tensor]:  # noqa: ARG002
        """Return −log p(x|z) in nats per example."""
        z = self._encoded(batch.x, batch.y)
        return {"reconstruction": per_example(self._nll(batch.x, z, batch.y))}

    @torch.no_grad()
    def calibrate(self, batches: Iterable[Batch]) -> None:
        """Remember mean and spread of each number of the code."""
        codes = torch.cat([self.encode(b.x, b.y) for b in batches])
        self.code_mean.copy_(codes.mean(0))
        self.code_std.copy_(codes.std(0, unbiased=False))


class VAE(Hourglass):
    """The variational autoencoder: an example has a *distribution* of codes, near a prior N(0, 1).

    loss = −E_q log p(x|z) + β KL(q(z|x) ‖ p(z)), summed per example, in nats.

    Args:
        spec: what an example looks like.
        options: see `VAE.Options`.

    Source:
        Kingma and Welling 2013, eq. 10; β of Higgins et al. 2017; free bits of Kingma et al. 2016,
        eq. 15, here for each example, so that splitting a batch changes nothing.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> model = VAE(Spec.pictures(8, 1), VAE.Options(latent_dim=4))
        >>> model.sample(torch.randn(3, 4)).shape
        torch.Size([3, 1, 8, 8])
    """

    Options = VAEOptions
    name = "vae"
    outputs = 2

    def posterior(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of q(z|x), (n, latent_dim) each."""
        mean, log_variance = self._encoded(x, labels).chunk(2, dim=1)
        return mean, log_variance

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the reconstructions of x from the means of their posteriors."""
        return self.decode(self.encode(x, labels), labels)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the means of the posteriors of n examples, (n, latent_dim)."""
        return self.posterior(x, labels)[0]

    def sample(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Decode codes drawn from the prior.

        Args:
            z: (n, latent_dim) standard normal numbers.
            labels: (n,) classes, for a conditional model.
        """
        return self.decode(z, labels)

    def weight(self, seen: int) -> float:
        """Return the weight of the KL term after `seen` examples: the effective β."""
        warmup = self.options.kl_warmup
        return float(self.options.beta * (min(1.0, seen / warmup) if warmup else 1.0))

    def turns(self, batch: Batch, step: Step) -> Iterator[Turn]:
        """Yield the one turn: reconstruction and weighted KL, in nats."""
        batch = self._moved(batch, step)
        if manual.suits(self, batch.x):
            yield manual.vae_turn(self, batch, step)
        else:
            yield self.turn(*self._terms(batch, step), step)

    def turn(self, reconstruction: Tensor, kl: Tensor, step: Step) -> Turn:
        """Return the turn of these terms.

        Args:
            reconstruction: −log p(x|z), a scalar.
            kl: of each dimension, (n, latent_dim).
            step: for the weight of the KL.
        """
        total, free = per_example(kl), self.options.free_bits
        paid = per_example(kl.clamp(min=free)) if free else total
        loss = reconstruction + self.weight(step.seen) * paid
        rebuilt, total = reconstruction.detach(), total.detach()
        parts = {"negative_elbo": rebuilt + total, "reconstruction": rebuilt, "kl": total}
        return Turn(self.name, loss, parts)

    def validate(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """Return −ELBO, −log p(x|z) and KL in nats per example, whatever β."""
        reconstruction, kl = self._terms(batch, step)
        total = per_example(kl)
        return {
            "negative_elbo": reconstruction + total,
            "reconstruction": reconstruction,
            "kl": total,
        }

    def _terms(self, batch: Batch, step: Step) -> tuple[Tensor, Tensor]:
        """Return −log p(x|z), a scalar, and the KL of each dimension, (n, latent_dim)."""
        mean, log_variance = self.posterior(batch.x, batch.y)
        noise = step.normal(len(mean), self.latent_dim)
        z = torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)
        nll = per_example(self._nll(batch.x, z, batch.y))
        return nll, gaussian_kl(mean, log_variance)

    @torch.no_grad()
    def log_bound(self, x: Tensor, step: Step, k: int = 1, labels: Tensor | None = None) -> Tensor:
        """Return a lower bound of log p(x) in nats, (n,): it rises with k towards log p(x).

        log 1/k Σᵢ p(x|zᵢ) p(zᵢ) / q(zᵢ|x), zᵢ ~ q(z|x)

        Args:
            x: (n, …) examples.
            step: where the random numbers come from.
            k: importance samples; 1 gives the ELBO.
            labels: (n,) classes, for a conditional model.

        Source:
            Burda, Grosse and Salakhutdinov 2015, eq. 8.
        """
        mean, log_variance = self.posterior(x, labels)
        weights = []
        for _ in range(k):
            noise = step.normal(len(x), self.latent_dim)
            z = mean + torch.exp(0.5 * log_variance) * noise
            # log p(z) − log q(z|x): the constants ½ log 2π cancel.
            prior = 0.5 * (noise**2 + log_variance - z**2).sum(1)
            weights.append(self.log_likelihood(x, z, labels) + prior)
        return torch.logsumexp(torch.stack(weights), 0) - math.log(k)

    def bits_per_dim(self, log_p: Tensor) -> Tensor:
        """Turn log p(x) in nats into bits per dimension of the 8-bit picture.

        −(log p + D log_cell) / (D log 2)

        Raises:
            InputError: the likelihood gives no probability to an 8-bit value.
        """
        cell = self.likelihood.log_cell
        if cell is None or self.spec.kind != "pictures":
            raise InputError(
                "bits per dimension need pictures and a likelihood of 8-bit values: train with "
                "model.likelihood=logistic (or gaussian)"
            )
        dims = self.spec.dims
        return -(log_p + dims * cell) / (dims * math.log(2))
