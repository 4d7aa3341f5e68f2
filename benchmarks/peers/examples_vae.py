"""The VAE that PyTorch's examples teach, 784-400-20: its networks and its loop, written anew."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks import pictures
from benchmarks.peers.bound import elbo
from benchmarks.peers.items import Items, batches

__all__ = ["VAE", "bound", "train"]

BATCH = 128


class VAE(nn.Module):
    """One hidden layer of 400 on either side of a code of 20."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 400)
        self.mean, self.log_variance = nn.Linear(400, 20), nn.Linear(400, 20)
        self.widen, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def encode(self, x):
        """Return mean and log variance of q(z|x)."""
        h = F.relu(self.hidden(x.view(-1, 784)))
        return self.mean(h), self.log_variance(h)

    def decode(self, z):
        """Return the probabilities of white."""
        return torch.sigmoid(self.out(F.relu(self.widen(z))))

    def forward(self, x):
        """Return a reconstruction, and what it was drawn from."""
        mean, log_variance = self.encode(x)
        std = torch.exp(0.5 * log_variance)
        return self.decode(mean + torch.randn_like(std) * std), mean, log_variance


def loss_of(rebuilt, x, mean, log_variance):
    """Return −ELBO, summed over the batch."""
    likelihood = F.binary_cross_entropy(rebuilt, x.view(-1, 784), reduction="sum")
    return likelihood - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())


def train(tick, seed=0):
    """Train with a plain DataLoader in the same process, as that program does on a CPU."""
    torch.manual_seed(seed)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    tick.begins(model)
    total = 0.0
    for x, _ in batches(Items(pictures.train()), BATCH):
        optimizer.zero_grad()
        rebuilt, mean, log_variance = model(x)
        loss = loss_of(rebuilt, x, mean, log_variance)
        loss.backward()
        total += loss.item()
        optimizer.step()
        tick(len(x))


@torch.no_grad()
def bound(model, x, generator):
    """Return the (n,) one-sample ELBO of (n, 1, 28, 28) pictures, in nats."""
    return elbo(x, *model.encode(x), model.decode, generator)
