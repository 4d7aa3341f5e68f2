"""The variational autoencoder, and the plain autoencoder as its control.

The loss is *summed* over the pixels of a picture and over the code, in nats, and averaged over
pictures: so `beta` is the effective β, whatever the size of picture, batch or code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve import nets
from makebelieve.errors import InputError
from makebelieve.models.model import Turn, condition
from makebelieve.nets.augment import shift
from makebelieve.nets.blocks import one_hot
from makebelieve.recipe import filled, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from makebelieve.data.loading import Batch
    from makebelieve.data.spec import Spec
    from makebelieve.rng import Step

__all__ = ["LIKELIHOODS", "VAE", "Autoencoder", "Likelihood", "gaussian_kl"]

LEVELS = 256
SMALL = 1_024
"""Up to so many numbers a picture, multi-layer perceptrons reach a better ELBO in the same time."""


@dataclass(frozen=True)
class Likelihood:
    """How likely a picture is, given what the decoder says of each of its numbers.

    Args:
        nll: (x, out, log_scale) → −log p of each number, in nats, same shape as x.
        scaled: whether there is a σ to learn; then `out` is on the scale of x, else it is logits.
        log_cell: what to add to log p, for each number, to get the log-probability of its
            8-bit value; None where there is no such probability.
        points: whether it can score numbers outside 0 … 1, too.
    """

    nll: Callable[[Tensor, Tensor, Tensor], Tensor]
    scaled: bool
    log_cell: float | None
    points: bool = False


def bernoulli(x: Tensor, out: Tensor, log_scale: Tensor) -> Tensor:  # noqa: ARG001
    """Return −x log s(out) − (1 − x) log(1 − s(out)), s the sigmoid: exact for x in {0, 1}."""
    return F.binary_cross_entropy_with_logits(out, x, reduction="none")


def gaussian(x: Tensor, out: Tensor, log_scale: Tensor) -> Tensor:
    """Return ½ ((x − out)/σ)² + log σ + ½ log 2π, one σ for all (Rybkin et al. 2021)."""
    return 0.5 * ((x - out) * torch.exp(-log_scale)) ** 2 + log_scale + 0.5 * math.log(2 * math.pi)


def logistic(x: Tensor, out: Tensor, log_scale: Tensor) -> Tensor:
    """Return −log p of the 8-bit value, a logistic cut into 256 cells (Salimans 2017, eq. 2).

    The cells of 0 and 255 take the tails, so the probabilities of all 256 values sum to one.
    """
    half, inverse = 0.5 / (LEVELS - 1), torch.exp(-log_scale)
    upper = (x - out + half) * inverse
    lower = (x - out - half) * inverse
    # log(s(u) − s(l)) = log s(u) + log s(−l) + log(1 − exp(l − u)): stable at any scale.
    middle = F.logsigmoid(upper) + F.logsigmoid(-lower) + torch.log(-torch.expm1(lower - upper))
    first = torch.where(x < half, F.logsigmoid(upper), middle)
    return -torch.where(x > 1 - half, F.logsigmoid(-lower), first)


LIKELIHOODS = {
    "bernoulli": Likelihood(bernoulli, scaled=False, log_cell=None),
    "gaussian": Likelihood(gaussian, scaled=True, log_cell=-math.log(LEVELS), points=True),
    "logistic": Likelihood(logistic, scaled=True, log_cell=0.0),
}


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)) of each dimension, in nats.

    ½ (μ² + σ² − 1 − log σ²)

    Args:
        mean: μ, any shape.
        log_variance: log σ², the same shape.

    Source:
        Kingma and Welling 2013, appendix B.

    Example:
        >>> float(gaussian_kl(torch.tensor(1.0), torch.tensor(0.0)))
        0.5
    """
    return 0.5 * torch.addcmul(torch.expm1(log_variance) - log_variance, mean, mean)


def per_example(each: Tensor) -> Tensor:
    """Return the sum over the numbers of an example, averaged over the (n, …) examples."""
    return each.sum() / len(each)


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
        return replace(batch, x=shift(batch.x, self.options.shift, step))

    @property
    def log_scale(self) -> Tensor:
        """Log σ of the likelihood: for pictures, never under half the step between two greys."""
        floor = 0.5 / (LEVELS - 1) if self.spec.kind == "pictures" else 1e-3
        return (10 * self.scale).clamp(min=math.log(floor))

    def _encoded(self, x: Tensor, labels: Tensor | None) -> Tensor:
        found: Tensor = self.encoder(x, self._condition(labels, x))
        return found.float()

    def _condition(self, labels: Tensor | None, like: Tensor) -> Tensor | None:
        return one_hot(labels, self.classes, len(like), like) if self.classes else None

    def _decoded(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """Return what the likelihood takes: logits for Bernoulli, else values on x's scale."""
        condition = self._condition(labels, z)
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
        loss = self.validate(self._moved(batch, step), step)["reconstruction"]
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
        reconstruction, kl = self._terms(self._moved(batch, step), step)
        total, free = per_example(kl), self.options.free_bits
        paid = per_example(kl.clamp(min=free)) if free else total
        loss = reconstruction + self.weight(step.seen) * paid
        rebuilt, total = reconstruction.detach(), total.detach()
        parts = {"negative_elbo": rebuilt + total, "reconstruction": rebuilt, "kl": total}
        yield Turn(self.name, loss, parts)

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
