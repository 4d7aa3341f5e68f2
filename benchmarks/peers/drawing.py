"""What the peers' GANs have in common: how weights are drawn, and samples."""

import copy

import torch
from torch import nn

__all__ = ["initialise", "samples"]


def initialise(layer):
    """Draw convolutions from N(0, .02²) and scales of normalisation from N(1, .02²)."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)


@torch.no_grad()
def samples(generator, n, seed, batch, latent):
    """Return n pictures in 0 … 1, drawn in batches as in training."""
    drawn = torch.Generator().manual_seed(seed)
    # A copy, because drawing in training mode moves the running statistics.
    generator = copy.deepcopy(generator)
    made = [generator(torch.randn(batch, latent, generator=drawn)) for _ in range(-(-n // batch))]
    return torch.cat(made)[:n] / 2 + 0.5
