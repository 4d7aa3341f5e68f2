"""The DCGAN that PyTorch's examples teach, at 64 px: its networks and its loop, written anew."""

import itertools

import torch
from torch import nn

from benchmarks import pictures
from benchmarks.peers.drawing import initialise
from benchmarks.peers.items import Items, batches

__all__ = ["discriminator", "generator", "train"]

BATCH, LATENT, WIDTH, CHANNELS, SIZE = 64, 100, 64, 3, 64
LOADERS = 2  # that program's default: two processes read the pictures


def generator():
    """Return the generator: from 1 × 1 to 64 × 64 through five transposed convolutions."""
    widths = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    layers = [nn.ConvTranspose2d(LATENT, widths[0], 4, bias=False)]
    for width, following in zip(widths, [*widths[1:], CHANNELS], strict=True):
        layers += [
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(width, following, 4, stride=2, padding=1, bias=False),
        ]
    return nn.Sequential(*layers, nn.Tanh())


def discriminator():
    """Return the discriminator: from 64 × 64 to 1 × 1 through five convolutions."""
    widths = [WIDTH, 2 * WIDTH, 4 * WIDTH, 8 * WIDTH]
    layers = [
        nn.Conv2d(CHANNELS, WIDTH, 4, stride=2, padding=1, bias=False),
        nn.LeakyReLU(0.2, inplace=True),
    ]
    for width, following in itertools.pairwise(widths):
        layers += [
            nn.Conv2d(width, following, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(following),
            nn.LeakyReLU(0.2, inplace=True),
        ]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, bias=False), nn.Sigmoid())


def train(tick, seed=0):
    """Let the discriminator move, on real and fake one after the other, then the generator."""
    torch.manual_seed(seed)
    g, d = generator().apply(initialise), discriminator().apply(initialise)
    adversarial = nn.BCELoss()
    move_d = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    move_g = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    tick.begins(g)
    items = Items(pictures.train(), size=SIZE, channels=CHANNELS, centred=True)
    for real, _ in batches(items, BATCH, LOADERS):
        d.zero_grad()
        labels = torch.full((len(real),), 1.0)
        output = d(real).view(-1)
        real_loss = adversarial(output, labels)
        real_loss.backward()
        said = [output.mean().item()]

        fake = g(torch.randn(len(real), LATENT, 1, 1))
        labels.fill_(0)
        output = d(fake.detach()).view(-1)
        fake_loss = adversarial(output, labels)
        fake_loss.backward()
        said.append(output.mean().item())
        move_d.step()

        g.zero_grad()
        labels.fill_(1)
        output = d(fake).view(-1)
        generator_loss = adversarial(output, labels)
        generator_loss.backward()
        move_g.step()
        # What it prints after every batch.
        said += [output.mean().item(), (real_loss + fake_loss).item(), generator_loss.item()]
        tick(len(real))
