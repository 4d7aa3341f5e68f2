"""PyTorch-GAN's dcgan at 32 px: its networks, its settings and its order of work, written anew.

Kept as they are there: .8 is passed to BatchNorm2d where ε belongs; in the generator's turn the
discriminator's gradients are computed, too; samples are drawn with the statistics of their batch.
"""

import numpy as np
import torch
from torch import nn

from benchmarks import pictures
from benchmarks.peers.drawing import initialise, samples
from benchmarks.peers.items import Items, batches

__all__ = ["Discriminator", "Generator", "sample", "train"]

BATCH, LATENT, SIZE = 64, 100, 32


class Generator(nn.Module):
    """From 100 numbers to a picture: 8 × 8, then doubled twice."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(LATENT, 128 * (SIZE // 4) ** 2)
        self.blocks = nn.Sequential(
            nn.BatchNorm2d(128),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 128, 3, padding=1),
            nn.BatchNorm2d(128, 0.8),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 64, 3, padding=1),
            nn.BatchNorm2d(64, 0.8),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(64, 1, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z):
        """Return (n, 1, 32, 32) pictures in −1 … 1."""
        return self.blocks(self.first(z).view(len(z), 128, SIZE // 4, SIZE // 4))


def halving(inputs, outputs, normalised=True):
    """Return the layers that halve a picture's size."""
    layers = [
        nn.Conv2d(inputs, outputs, 3, stride=2, padding=1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Dropout2d(0.25),
    ]
    return [*layers, nn.BatchNorm2d(outputs, 0.8)] if normalised else layers


class Discriminator(nn.Module):
    """From a picture to the probability that it is real."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            *halving(1, 16, normalised=False), *halving(16, 32), *halving(32, 64), *halving(64, 128)
        )
        self.last = nn.Sequential(nn.Linear(128 * (SIZE // 16) ** 2, 1), nn.Sigmoid())

    def forward(self, x):
        """Return (n, 1) probabilities."""
        return self.last(self.blocks(x).flatten(1))


def train(tick, seed=0):
    """Let the generator move, then the discriminator, batch after batch."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    generator, discriminator = Generator().apply(initialise), Discriminator().apply(initialise)
    move_generator = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    move_discriminator = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adversarial = nn.BCELoss()
    tick.begins(generator)
    for real, _ in batches(Items(pictures.train(), size=SIZE, centred=True), BATCH):
        valid, invalid = torch.ones(len(real), 1), torch.zeros(len(real), 1)

        move_generator.zero_grad()
        z = torch.from_numpy(np.random.normal(0, 1, (len(real), LATENT))).float()
        fake = generator(z)
        generator_loss = adversarial(discriminator(fake), valid)
        generator_loss.backward()
        move_generator.step()

        move_discriminator.zero_grad()
        real_loss = adversarial(discriminator(real), valid)
        fake_loss = adversarial(discriminator(fake.detach()), invalid)
        discriminator_loss = (real_loss + fake_loss) / 2
        discriminator_loss.backward()
        move_discriminator.step()

        _ = generator_loss.item(), discriminator_loss.item()  # printed there after every batch
        tick(len(real))


def sample(generator, n, seed):
    """Return (n, 1, 32, 32) pictures in 0 … 1."""
    return samples(generator, n, seed, BATCH, LATENT)
