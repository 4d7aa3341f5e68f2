"""pythae as published: its VAE through its own pipeline, with its default and its conv nets."""

import tempfile

import numpy as np
import torch
from pythae.models import VAE, VAEConfig
from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_VAE_MNIST
from pythae.pipelines import TrainingPipeline
from pythae.trainers import BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback

from benchmarks import pictures
from benchmarks.peers.bound import elbo

__all__ = ["bound", "train_conv", "train_mlp"]

BATCH = 128
EPOCHS = 1_000  # more than any measurement takes


def train_mlp(tick, seed=0):
    """Train its default nets, 784-512-16."""
    train(tick, VAE(config()), seed)


def train_conv(tick, seed=0):
    """Train the nets of its MNIST benchmark."""
    torch.manual_seed(seed)
    c = config()
    train(tick, VAE(c, encoder=Encoder_Conv_VAE_MNIST(c), decoder=Decoder_Conv_AE_MNIST(c)), seed)


def config():
    """Return the options that both have."""
    return VAEConfig(input_dim=(1, 28, 28), latent_dim=16, reconstruction_loss="bce")


class Ticks(TrainingCallback):
    """Tells of every step; pythae calls it right after the optimiser has moved."""

    def __init__(self, tick, n):
        self.tick, self.n, self.seen = tick, n, 0

    def on_train_step_end(self, training_config, **kwargs):  # noqa: ARG002
        """Count the batch: the last one of an epoch is smaller."""
        batch = min(BATCH, self.n - self.seen)
        self.seen = (self.seen + batch) % self.n
        self.tick(batch)


def train(tick, model, seed):
    """Do what its users do: an array of floats, a pipeline, a call."""
    x = pictures.train()[:, None].astype(np.float32) / 255
    tick.begins(model)
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            num_epochs=EPOCHS,
            optimizer_cls="Adam",
            learning_rate=1e-3,
            no_cuda=True,
            seed=seed,
        )
        TrainingPipeline(model, settings)(x, callbacks=[Ticks(tick, len(x))])


@torch.no_grad()
def bound(model, x, generator):
    """Return the (n,) one-sample ELBO of (n, 1, 28, 28) pictures, in nats."""
    code = model.encoder(x)
    return elbo(
        x,
        code.embedding,
        code.log_covariance,
        lambda z: model.decoder(z)["reconstruction"],
        generator,
    )
