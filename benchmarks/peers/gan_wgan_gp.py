"""PyTorch-GAN's wgan_gp at 28 px: its networks, its settings and its order of work, written anew.

Kept as they are there: .8 is passed to BatchNorm1d where ε belongs; the discriminator's loss is
descended through the generator, too, whose gradients are then thrown away.
"""

import numpy as np
import torch
from torch import nn

from benchmarks import pictures
from benchmarks.peers.drawing import samples
from benchmarks.peers.items import Items, batches

__all__ = ["Discriminator", "Generator", "sample", "train"]

BATCH, LATENT, SIZE = 64, 100, 28
CRITIC_STEPS, PENALTY = 5, 10


def widening(inputs, outputs, normalised=True):
    """Return one hidden layer of the generator."""
    normal = [nn.BatchNorm1d(outputs, 0.8)] if normalised else []
    return [nn.Linear(inputs, outputs), *normal, nn.LeakyReLU(0.2, inplace=True)]


class Generator(nn.Module):
    """100-128-256-512-1024-784."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *widening(LATENT, 128, normalised=False),
            *widening(128, 256),
            *widening(256, 512),
            *widening(512, 1024),
            nn.Linear(1024, SIZE**2),
            nn.Tanh(),
        )

    def forward(self, z):
        """Return (n, 1, 28, 28) pictures in −1 … 1."""
        return self.layers(z).view(len(z), 1, SIZE, SIZE)


class Discriminator(nn.Module):
    """784-512-256-1."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(SIZE**2, 512),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(512, 256),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(256, 1),
        )

    def forward(self, x):
        """Return (n, 1) scores."""
        return self.layers(x.view(len(x), -1))


def gradient_penalty(discriminator, real, fake):
    """Return the mean of (‖∇D‖ − 1)² at random places between real and fake pictures."""
    share = torch.from_numpy(np.random.random((len(real), 1, 1, 1))).float()
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    scores = discriminator(between)
    (slope,) = torch.autograd.grad(
        scores, between, torch.ones(len(real), 1), create_graph=True, retain_graph=True
    )
    return ((slope.view(len(slope), -1).norm(2, dim=1) - 1) ** 2).mean()


def train(tick, seed=0):
    """Let the discriminator move at every batch, and the generator at every fifth."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    generator, discriminator = Generator(), Discriminator()
    move_generator = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    move_discriminator = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    tick.begins(generator)
    stream = batches(Items(pictures.train(), centred=True), BATCH)
    for i, (real, _) in enumerate(stream):
        move_discriminator.zero_grad()
        z = torch.from_numpy(np.random.normal(0, 1, (len(real), LATENT))).float()
        fake = generator(z)
        real_score, fake_score = discriminator(real), discriminator(fake)
        penalty = gradient_penalty(discriminator, real.data, fake.data)
        discriminator_loss = -real_score.mean() + fake_score.mean() + PENALTY * penalty
        discriminator_loss.backward()
        move_discriminator.step()

        move_generator.zero_grad()
        if i % CRITIC_STEPS == 0:
            generator_loss = -discriminator(generator(z)).mean()
            generator_loss.backward()
            move_generator.step()
            _ = generator_loss.item(), discriminator_loss.item()  # printed there
        tick(len(real))


def sample(generator, n, seed):
    """Return (n, 1, 28, 28) pictures in 0 … 1."""
    return samples(generator, n, seed, BATCH, LATENT)
