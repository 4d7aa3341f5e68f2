"""The generative adversarial network: a generator and a discriminator, turn by turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve import nets
from makebelieve.models.model import Turn, condition
from makebelieve.nets.augment import adaptive
from makebelieve.nets.blocks import frozen, one_hot
from makebelieve.recipe import filled, key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from makebelieve.data.loading import Batch
    from makebelieve.data.spec import Spec
    from makebelieve.rng import Step

__all__ = ["GAN", "LOSSES", "PENALTIES", "Loss"]

Pair = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """What the two players descend, and the penalty that keeps their game stable.

    Args:
        discriminator: (logits of real, logits of fake) → scalar.
        generator: (logits of fake, logits of real) → scalar.
        penalty: the name of the penalty that belongs to it.
        gamma: its weight.
        paired: whether the generator's loss looks at the logits of real examples, too.
        relative: whether the discriminator's loss compares logits, so that 0 means nothing to it.
    """

    discriminator: Pair
    generator: Pair
    penalty: str
    gamma: float
    paired: bool = False
    relative: bool = False


LOSSES = {
    # Jolicoeur-Martineau 2019, eq. 4 and 5; with R1 + R2, Huang et al. 2024, eq. 4 to 6.
    "relativistic": Loss(
        lambda real, fake: F.softplus(fake - real).mean(),
        lambda fake, real: F.softplus(real - fake).mean(),
        penalty="r1+r2",
        gamma=0.2,
        paired=True,
        relative=True,
    ),
    # Goodfellow et al. 2014, section 3: the generator ascends log D(G(z)).
    "non-saturating": Loss(
        lambda real, fake: (F.softplus(-real) + F.softplus(fake)).mean(),
        lambda fake, real: F.softplus(-fake).mean(),  # noqa: ARG005
        penalty="r1",
        gamma=0.2,
    ),
    # Lim and Ye 2017, eq. 5 and 6.
    "hinge": Loss(
        lambda real, fake: (F.relu(1 - real) + F.relu(1 + fake)).mean(),
        lambda fake, real: -fake.mean(),  # noqa: ARG005
        penalty="r1",
        gamma=0.2,
    ),
    # Gulrajani et al. 2017, eq. 3.
    "wgan-gp": Loss(
        lambda real, fake: (fake - real).mean(),
        lambda fake, real: -fake.mean(),  # noqa: ARG005
        penalty="gradient",
        gamma=10.0,
        relative=True,
    ),
}


def _slopes(logits: Tensor, x: Tensor) -> Tensor:
    """Return ‖∇ₓ D(x)‖² of each example, (n,), itself differentiable."""
    (gradient,) = torch.autograd.grad(logits.float().sum(), x, create_graph=True)
    return gradient.float().square().flatten(1).sum(1)


# How each penalty weighs the squared slopes at (real, fake): Mescheder et al. 2018, eq. 9 and 10.
PENALTIES = {"none": (0.0, 0.0), "r1": (0.5, 0.0), "r1+r2": (0.5, 0.5), "gradient": None}


class GAN(nn.Module):
    """Counterfeiter and detective: each improves against the other.

    The generator turns noise into examples and is moved by the discriminator's gradient alone; the
    discriminator scores real and generated examples.

    Args:
        spec: what an example looks like.
        options: see `GAN.Options`.

    Source:
        Goodfellow et al. 2014; the default loss is Huang et al. 2024, "The GAN is dead; long live
        the GAN!": relativistic pairing with R1 and R2; adaptive augmentation of Karras et al. 2020.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> gan = GAN(Spec.pictures(8, 1), GAN.Options(latent_dim=4))
        >>> gan.sample(torch.randn(3, 4)).shape
        torch.Size([3, 1, 8, 8])
    """

    @dataclass(frozen=True)
    class Options:
        """What can be chosen about a GAN."""

        size: str = key("small", "the width of the nets", choices=("small", "medium", "large"))
        latent_dim: int | None = key(
            None,
            "length of the noise vector (None: 32 for pictures, 2 for points)",
            low=1,
            high=4096,
        )
        loss: str = key("relativistic", "what the two players descend", choices=LOSSES)
        penalty: str | None = key(
            None, "what keeps the game stable (None: what belongs to the loss)", choices=PENALTIES
        )
        gamma: float | None = key(
            None, "weight of the penalty (None: what belongs to the loss)", low=0
        )
        discriminator_rate: float = key(
            1.0, "the discriminator's step size, as a multiple of the generator's", low=0
        )
        augment: str = key(
            "adaptive", "what the discriminator sees when it overfits", choices=("adaptive", "none")
        )
        augment_target: float = key(
            0.2, "how much of its lead it may owe to knowing the training pictures by heart", low=0
        )
        augment_span: int = key(
            50_000, "examples over which augmentation can rise from none to always", low=1
        )
        conditional: bool = key(False, "tell both players the class of each example")

    averaged = ("generator",)
    augment_p: Tensor

    def __init__(self, spec: Spec, options: Options | None = None) -> None:
        super().__init__()
        self.spec = spec
        o: Any = filled(options or self.Options(), self.defaults(spec, 0))
        self.options = o
        self.latent_dim: int = o.latent_dim
        self.classes = condition(spec) if o.conditional else 0
        self.loss = LOSSES[o.loss]
        self.gamma: float = self.loss.gamma if o.gamma is None else o.gamma
        self.slopes = PENALTIES[o.penalty or self.loss.penalty] if self.gamma else (0.0, 0.0)
        self.generator = nets.decoder(o.latent_dim + self.classes, spec.shape, o.size)
        # One output for each class: a conditional discriminator reads the one it was told.
        self.discriminator = nets.encoder(spec.shape, max(self.classes, 1), o.size)
        if self.relative:
            # Differences of logits cannot see the last bias: moved by rounding alone, it drifts.
            *_, bias = self.discriminator.parameters()
            bias.requires_grad_(False)
        self.register_buffer("augment_p", torch.zeros(()))
        self.players: dict[str, nn.Module] = {
            "discriminator": self.discriminator,
            "generator": self.generator,
        }
        self.rates = {"discriminator": o.discriminator_rate, "generator": 1.0}

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Turn noise into examples: the same as `sample`."""
        return self.sample(z, labels)

    def sample(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Turn (n, latent_dim) standard normal numbers into n examples, pictures in 0 … 1."""
        if self.classes:
            z = torch.cat([z, one_hot(labels, self.classes, len(z), z)], 1)
        out: Tensor = self.generator(z)
        return torch.sigmoid(out) if self.spec.kind == "pictures" else out

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the discriminator's (n,) logits."""
        scores: Tensor = self.discriminator(x)
        if not self.classes or labels is None:
            return scores[:, 0]
        told = one_hot(labels, self.classes, len(x), scores)
        # An example of unknown class is scored as any class might be.
        told = torch.where(labels[:, None] < 0, 1 / self.classes, told)
        return (told * scores).sum(1)

    @property
    def relative(self) -> bool:
        """Whether the discriminator's loss compares logits, so that 0 means nothing to it."""
        return self.loss.relative

    def turns(self, batch: Batch, step: Step) -> Iterator[Turn]:
        """Yield the discriminator's turn, then the generator's."""
        yield self._discriminator_turn(batch, step)
        yield self._generator_turn(batch, step)

    def _discriminator_turn(self, batch: Batch, step: Step) -> Turn:
        n = len(batch)
        with torch.no_grad():
            fake = self.sample(step.normal(n, self.latent_dim), batch.y).float()
        # One pass over both halves: nothing here normalises over the batch.
        both = torch.cat([self._seen(batch.x, step), self._seen(fake, step)])
        if any(self.slopes or ()):
            both.requires_grad_()
        labels = None if batch.y is None else batch.y.repeat(2)
        logits = self.judge(both, labels).float()
        real_logits, fake_logits = logits[:n], logits[n:]
        game = self.loss.discriminator(real_logits, fake_logits)
        penalty = self._penalty(both, logits, labels, step)
        parts = {
            "discriminator": game.detach(),
            "penalty": penalty.detach(),
            "logit_real": real_logits.detach().mean(),
            "logit_fake": fake_logits.detach().mean(),
            "ahead": (real_logits > fake_logits).float().mean(),
            "augment_p": self.augment_p.clone(),
        }
        return Turn("discriminator", game + penalty, parts)

    def _generator_turn(self, batch: Batch, step: Step) -> Turn:
        n = len(batch)
        real_logits = batch.x.new_empty(0)  # not looked at, unless the loss is paired
        if self.loss.paired:
            # Real pictures enter through the discriminator alone, and no gradient follows them.
            with torch.no_grad():
                real_logits = self.judge(self._seen(batch.x, step), batch.y).float()
        fake = self.sample(step.normal(n, self.latent_dim), batch.y).float()
        with frozen(self.discriminator):
            fake_logits = self.judge(self._seen(fake, step), batch.y).float()
        loss = self.loss.generator(fake_logits, real_logits)
        return Turn("generator", loss, {"generator": loss.detach()})

    def _penalty(self, both: Tensor, logits: Tensor, labels: Tensor | None, step: Step) -> Tensor:
        """Return the weighted penalty of the discriminator's slopes."""
        n = len(both) // 2
        if self.slopes is None:
            # Gulrajani et al. 2017, eq. 3: unit slope on lines between real and fake.
            share = step.uniform(n).view(-1, *(1,) * (both.dim() - 1))
            between = torch.lerp(both[:n].detach(), both[n:].detach(), share).requires_grad_()
            found = self.judge(between, None if labels is None else labels[:n])
            # A zero slope has no direction; the small term keeps its root differentiable.
            return self.gamma * ((_slopes(found, between) + 1e-12).sqrt() - 1).square().mean()
        if not any(self.slopes):
            return logits.new_zeros(())
        real, fake = self.slopes
        found = _slopes(logits, both)
        return self.gamma * (real * found[:n].mean() + fake * found[n:].mean())

    def _seen(self, x: Tensor, step: Step) -> Tensor:
        """Return what the discriminator is shown of x."""
        if self.options.augment == "none" or self.spec.kind != "pictures" or self.augment_p == 0:
            return x
        return adaptive(x, self.augment_p, step)

    def adapt(self, train: dict[str, float], held_out: dict[str, float], n: int) -> None:
        """Augment more where the discriminator knows the training pictures by heart, else less.

        r = (D(train) − D(held out)) / (D(train) − D(fake)), 0 without overfitting

        Args:
            train: what `validate` says of training examples.
            held_out: what it says of held-out ones.
            n: examples seen since the last call.

        Source:
            Karras et al. 2020, eq. 1.
        """
        if self.options.augment == "none" or self.spec.kind != "pictures" or not held_out:
            return
        gap = train["logit_real"] - train["logit_fake"]
        overfit = (train["logit_real"] - held_out["logit_real"]) / max(gap, 1e-6)
        change = (
            n / self.options.augment_span * (1 if overfit > self.options.augment_target else -1)
        )
        self.augment_p.add_(change).clamp_(0, 0.8)

    def validate(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """Return the discriminator's mean logits, and how often it ranks real above fake."""
        fake = self.sample(step.normal(len(batch), self.latent_dim), batch.y)
        real_logits, fake_logits = self.judge(batch.x, batch.y), self.judge(fake, batch.y)
        return {
            "logit_real": real_logits.mean(),
            "logit_fake": fake_logits.mean(),
            "ahead": (real_logits > fake_logits).float().mean(),
        }

    @staticmethod
    def defaults(spec: Spec, n: int) -> dict[str, Any]:
        """Return values for the keys that a recipe left open."""
        points = spec.kind == "points"
        return {
            "latent_dim": 2 if points else 32,
            "examples": 800_000 if points else int(min(max(20 * n, 150_000), 2_000_000)),
            "batch": 64,
            "learning_rate": 4e-3,
            "beta1": 0.0,
            "schedule": "linear",
            "warmup": 10_000,
            "ema": 5_000,
        }
