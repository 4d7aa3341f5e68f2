"""Our engine on the peers' networks: the same layers, so that only the way of training differs.

Networks give logits where the peers' end in a sigmoid, and lay a linear layer's output out channels
last where theirs is channels first: neither changes what is computed. PyTorch is imported before
makebelieve, so that our threads wait for each other as the peers' do, and not as makebelieve asks
for on busy machines.
"""

import dataclasses
import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks import pictures
from benchmarks.peers.drawing import initialise
from makebelieve.data import load
from makebelieve.data.loading import Loader
from makebelieve.models import manual
from makebelieve.models.gan import GAN
from makebelieve.models.model import Turn
from makebelieve.models.vae import VAE
from makebelieve.nets.blocks import frozen
from makebelieve.nets.convolutions import Conv2d, ConvTranspose2d
from makebelieve.nets.mlp import MLPDecoder, MLPEncoder
from makebelieve.nets.probe import probe
from makebelieve.nets.products import Linear
from makebelieve.recipe import TrainingRecipe
from makebelieve.training.devices import connect
from makebelieve.training.loop import Stepped
from makebelieve.training.loop import train as events
from makebelieve.training.state import State

__all__ = ["conv_vae", "dcgan", "dcgan64", "mlp_vae", "wgan_gp"]

ENDLESS = 2**40  # more examples than any measurement takes
LEAK = 0.2


def train(tick, model, data, precision, **settings):
    """Train a model for ever with its peer's settings."""
    world = connect("cpu")
    recipe = TrainingRecipe(
        examples=ENDLESS, checkpoint=ENDLESS, validate=ENDLESS, ema=0, schedule="constant",
        warmup=0, precision=precision, kernels=probe(), backward=manual.probe(),
        beta2=0.999, **settings,
    )  # fmt: skip
    model.to(memory_format=torch.channels_last)
    state = State(model, recipe)
    loader = Loader(data, "train")
    tick.begins(model)
    for event in events(state, {"train": loader}, world):
        if isinstance(event, Stepped):
            tick(recipe.batch)


def fashion(size=28, channels=1, limit=None):
    """Return Fashion-MNIST's training pictures, all of them to train on."""
    data = load(pictures.train()[:limit], size=size, channels=channels)
    return dataclasses.replace(data, split=np.zeros(len(data), np.uint8))


class NHWC(nn.Module):
    """Read a vector as a map whose channels lie last in memory."""

    def __init__(self, channels, size):
        super().__init__()
        self.shape = (size, size, channels)

    def forward(self, x):
        """Map (n, size² channels) to (n, channels, size, size)."""
        return x.view(-1, *self.shape).permute(0, 3, 1, 2)


class Raw(MLPEncoder):
    """A perceptron that takes grey values as they are, where ours takes them from −1 to 1."""

    def joined(self, x, extra=None):  # noqa: ARG002
        """Return what the first layer takes."""
        return x


class Takes(nn.Sequential):
    """Layers that ignore the class that our encoders may be told."""

    def forward(self, x, extra=None):  # noqa: ARG002
        """Apply the layers."""
        return super().forward(x)


# ---- VAEs


def vae(spec, encoder, decoder):
    """Return our VAE around a peer's two nets."""
    model = VAE(spec, VAE.Options(latent_dim=16))
    model.encoder, model.decoder = encoder, decoder
    return model


def mlp_vae(tick, precision="fp32"):
    """784-512-16-512-784."""
    data = fashion()
    encoder, decoder = Raw(1, 28, width=512, out=32), MLPDecoder(16, 1, 28, width=512)
    encoder.layers = nn.Sequential(Linear(784, 512), nn.ReLU(), Linear(512, 32))
    decoder.layers = nn.Sequential(Linear(16, 512), nn.ReLU(), Linear(512, 784))
    train(tick, vae(data.spec, encoder, decoder), data, precision, batch=128, learning_rate=1e-3,
          beta1=0.9)  # fmt: skip


def normalised(layer, width):
    """Return a convolution with batch normalisation and a ReLU."""
    return [layer, nn.BatchNorm2d(width), nn.ReLU()]


def conv_vae(tick, precision="fp32"):
    """The nets of pythae's MNIST benchmark: 128-256-512-1024 and back."""
    data = fashion()
    widths = [1, 128, 256, 512, 1024]
    down = [
        layer
        for a, b in itertools.pairwise(widths)
        for layer in normalised(Conv2d(a, b, 4, stride=2, padding=1), b)
    ]
    encoder = Takes(*down, nn.Flatten(), Linear(1024, 32))
    decoder = nn.Sequential(
        Linear(16, 1024 * 16),
        NHWC(1024, 4),
        *normalised(ConvTranspose2d(1024, 512, 3, 2, padding=1), 512),
        *normalised(ConvTranspose2d(512, 256, 3, 2, padding=1, output_padding=1), 256),
        ConvTranspose2d(256, 1, 3, 2, padding=1, output_padding=1),
    )
    train(tick, vae(data.spec, encoder, decoder), data, precision, batch=128, learning_rate=1e-3,
          beta1=0.9)  # fmt: skip


# ---- GANs


def gan(spec, kind, loss, generator, discriminator, latent_dim=100):
    """Return one of our GANs around a peer's two nets."""
    options = GAN.Options(latent_dim=latent_dim, loss=loss, augment="none")
    model = kind(spec, options)
    model.generator, model.discriminator = generator, discriminator
    model.players = {"discriminator": discriminator, "generator": generator}
    return model


class WGAN(GAN):
    """Five moves of the discriminator to one of the generator."""

    def turns(self, batch, step):
        """Yield the discriminator's turn, and at every fifth batch the generator's."""
        yield self._discriminator_turn(batch, step)
        if step.index % 5 == 0:
            yield self._generator_turn(batch, step)


def wgan_gp(tick, precision="fp32"):
    """MLPs 100-128-256-512-1024-784 and 784-512-256-1 with a gradient penalty."""
    data = fashion()
    widths = [128, 256, 512, 1024]
    hidden = [
        layer
        for a, b in itertools.pairwise(widths)
        for layer in (Linear(a, b), nn.BatchNorm1d(b, 0.8), nn.LeakyReLU(LEAK))
    ]
    generator = nn.Sequential(
        Linear(100, 128),
        nn.LeakyReLU(LEAK),
        *hidden,
        Linear(1024, 784),
        nn.Unflatten(1, (1, 28, 28)),
    )
    discriminator = Takes(
        nn.Flatten(), Linear(784, 512), nn.LeakyReLU(LEAK), Linear(512, 256), nn.LeakyReLU(LEAK),
        Linear(256, 1),
    )  # fmt: skip
    model = gan(data.spec, WGAN, "wgan-gp", generator, discriminator)
    train(tick, model, data, precision, batch=64, learning_rate=2e-4, beta1=0.5)


class DCGAN(GAN):
    """The classic contest: nets that normalise over the batch see real and fake apart."""

    def turns(self, batch, step):
        """Yield the generator's turn, then the discriminator's on the same fakes."""
        fake = self.sample(step.normal(len(batch), *self.noise)).float()
        with frozen(self.discriminator):
            loss = F.softplus(-self.judge(fake)).mean()
        yield Turn("generator", loss, {})
        real_logits, fake_logits = self.judge(batch.x), self.judge(fake.detach())
        yield Turn(
            "discriminator", F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean(), {}
        )

    noise = (100,)


def dcgan(tick, precision="fp32"):
    """PyTorch-GAN's dcgan at 32 px."""
    data = fashion(size=32)

    def widened(a, b):
        return [nn.Upsample(scale_factor=2), Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b, 0.8),
                nn.LeakyReLU(LEAK)]  # fmt: skip

    def halved(a, b):
        norm = [nn.BatchNorm2d(b, 0.8)] if a > 1 else []
        return [Conv2d(a, b, 3, 2, padding=1), nn.LeakyReLU(LEAK), nn.Dropout2d(0.25), *norm]

    generator = nn.Sequential(
        Linear(100, 128 * 64), NHWC(128, 8), nn.BatchNorm2d(128), *widened(128, 128),
        *widened(128, 64), Conv2d(64, 1, 3, padding=1),
    )  # fmt: skip
    layers = [*halved(1, 16), *halved(16, 32), *halved(32, 64), *halved(64, 128)]
    discriminator = Takes(*layers, nn.Flatten(), Linear(512, 1))
    model = gan(data.spec, DCGAN, "non-saturating", generator, discriminator).apply(initialise)
    train(tick, model, data, precision, batch=64, learning_rate=2e-4, beta1=0.5)


class DCGAN64(DCGAN):
    """The same from noise that is a map of 1 × 1."""

    noise = (100, 1, 1)


def dcgan64(tick, precision="fp32"):
    """The DCGAN of the PyTorch examples at 64 px in colour, on fewer pictures."""
    data = fashion(size=64, channels=3, limit=6_000)
    up, down = [512, 256, 128, 64], [64, 128, 256, 512]
    layers = [ConvTranspose2d(100, 512, 4, bias=False)]
    for a, b in zip(up, [*up[1:], 3], strict=True):
        layers += [*normalised_first(a), ConvTranspose2d(a, b, 4, 2, padding=1, bias=False)]
    generator = nn.Sequential(*layers)
    layers = [Conv2d(3, 64, 4, 2, padding=1, bias=False), nn.LeakyReLU(LEAK)]
    for a, b in itertools.pairwise(down):
        layers += [
            Conv2d(a, b, 4, 2, padding=1, bias=False),
            nn.BatchNorm2d(b),
            nn.LeakyReLU(LEAK),
        ]
    discriminator = Takes(*layers, Conv2d(512, 1, 4, bias=False), nn.Flatten())
    model = gan(data.spec, DCGAN64, "non-saturating", generator, discriminator).apply(initialise)
    train(tick, model, data, precision, batch=64, learning_rate=2e-4, beta1=0.5)


def normalised_first(width):
    """Return batch normalisation and a ReLU."""
    return [nn.BatchNorm2d(width), nn.ReLU()]
