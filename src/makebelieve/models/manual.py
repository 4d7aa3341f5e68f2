"""The turn of an hourglass of perceptrons with its gradients written out.

Autograd's book-keeping costs such a model a seventh of its step: some sixty small operations, whose
code the CPU has to fetch anew each time, because the products between them push it out of its
caches. The plain way is `turns` and autograd; the tests compare losses and gradients.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor, nn

from makebelieve.models.model import Turn
from makebelieve.models.terms import gaussian_kl
from makebelieve.nets.blocks import SLOPE, Activation, stack
from makebelieve.nets.kernels import chosen, least_seconds
from makebelieve.nets.mlp import MLPDecoder, MLPEncoder, rows
from makebelieve.nets.products import activated, product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from makebelieve.data.loading import Batch
    from makebelieve.models.vae import VAE, Autoencoder, Hourglass
    from makebelieve.rng import Step

__all__ = ["autoencoder_turn", "probe", "suits", "vae_turn"]

Slots: TypeAlias = "Mapping[Tensor, Tensor]"
"""Parameter → where its gradient goes."""

SLOPES: dict[type[nn.Module], float] = {Activation: SLOPE, nn.ReLU: 0.0}
"""Activations between the layers → their slope under zero; over zero it is 1."""


def suits(model: Hourglass, x: Tensor) -> bool:
    """Return whether the model's turn is to be taken this way, and can be.

    Args:
        model: an autoencoder or a VAE.
        x: the examples.
    """
    return (
        chosen("manual")
        and x.device.type == "cpu"
        and model.likelihood.summed is not None
        and isinstance(model.encoder, MLPEncoder)
        and isinstance(model.decoder, MLPDecoder)
    )


@torch.no_grad()
def autoencoder_turn(model: Autoencoder, batch: Batch) -> Turn:
    """Return the turn −log p(x|z(x)), in nats.

    Args:
        model: one that `suits`.
        batch: the examples.
    """
    way = _Way(model, batch)
    loss = way.reconstruction(way.code)

    def backward(weight: float, slots: Slots, *, add: bool) -> None:
        way.encoder.backward(way.out_of_code(weight, slots, add), slots, add)

    return Turn(model.name, loss, {"reconstruction": loss}, backward)


@torch.no_grad()
def vae_turn(model: VAE, batch: Batch, step: Step) -> Turn:
    """Return the turn of reconstruction and weighted KL, in nats.

    With z = μ + σ ε, and g the slope of the reconstruction's mean in z:
    dL/dμ = g + β μ / n;  dL/d log σ² = ½ (g ε σ + β (σ² − 1) / n)

    Args:
        model: one that `suits`.
        batch: the examples.
        step: where ε comes from, and the weight β of the KL.

    Source:
        Kingma and Welling 2013, eq. 10 and appendix B.
    """
    way = _Way(model, batch)
    mean, log_variance = way.code.chunk(2, dim=1)
    noise = step.normal(way.n, model.latent_dim)
    deviation = torch.exp(0.5 * log_variance)
    reconstruction = way.reconstruction(torch.addcmul(mean, deviation, noise))
    kl = gaussian_kl(mean, log_variance)
    turn = model.turn(reconstruction, kl, step)

    def backward(weight: float, slots: Slots, *, add: bool) -> None:
        slope = way.out_of_code(weight, slots, add)
        share = weight * model.weight(step.seen) / way.n
        pull, widening = mean, torch.expm1(log_variance)
        if model.options.free_bits:  # what a dimension has for free does not move it
            pays = kl >= model.options.free_bits
            pull, widening = pull * pays, widening * pays
        to_mean = torch.add(slope, pull, alpha=share)
        to_log_variance = (slope * noise).mul_(deviation).add_(widening, alpha=share).mul_(0.5)
        way.encoder.backward(torch.cat([to_mean, to_log_variance], 1), slots, add)

    turn.manual = backward
    return turn


class _Way:
    """An hourglass's way from examples to their likelihood, and back.

    Args:
        model: its nets are perceptrons.
        batch: the examples.
    """

    def __init__(self, model: Hourglass, batch: Batch) -> None:
        assert isinstance(model.encoder, MLPEncoder)
        assert isinstance(model.decoder, MLPDecoder)
        self.model, self.x, self.n = model, rows(batch.x), len(batch)
        self.condition = model.condition(batch.y, self.x)
        self.encoder, self.decoder = _Stack(model.encoder.layers), _Stack(model.decoder.layers)
        self.code = self.encoder.forward(model.encoder.joined(self.x, self.condition))

    def reconstruction(self, z: Tensor) -> Tensor:
        """Return −log p(x|z) in nats an example."""
        joined = z if self.condition is None else torch.cat([z, self.condition], 1)
        assert self.model.likelihood.summed is not None
        total, self.slope = self.model.likelihood.summed(self.x, self.decoder.forward(joined))
        return total / self.n

    def out_of_code(self, weight: float, slots: Slots, add: bool) -> Tensor:
        """Return the derivative of weight · reconstruction by z; the decoder gets its gradients."""
        first = self.decoder.backward(self.slope * (weight / self.n), slots, add)
        return self.decoder.into_input(first)[:, : self.model.latent_dim]


class _Stack:
    """Linear layers with activations between, there and back."""

    def __init__(self, layers: nn.Sequential) -> None:
        linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
        self.layers = [(layer.weight, layer.bias) for layer in linear]
        self.slopes = [SLOPES[type(layer)] for layer in layers if layer not in linear]
        self.inputs: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs) to (n, out) in fp32, and remember what each layer took."""
        for (weight, bias), slope in zip(self.layers, [*self.slopes, None], strict=True):
            x = x.to(weight.dtype)
            self.inputs.append(x)
            x = activated(x, weight, bias, slope)
        return x.float()

    def backward(self, gradient: Tensor, slots: Slots, add: bool) -> Tensor:
        """Give the layers their gradients, from the one by what came out.

        Returns the one at the first layer's output: not every stack's input has use for its own.
        """
        gradient = gradient.to(self.inputs[-1].dtype)
        for i in reversed(range(len(self.layers))):
            (weight, bias), x = self.layers[i], self.inputs[i]
            if add:
                slots[weight].add_(product(gradient.t(), x))
                slots[bias].add_(gradient.sum(0))
            else:
                product(gradient.t(), x, out=slots[weight])
                torch.sum(gradient, 0, out=slots[bias])
            if i:
                behind = product(gradient, weight)
                # By the sign of what came out: the same as of what went in.
                gradient = torch.ops.aten.leaky_relu_backward(behind, x, self.slopes[i - 1], True)
        return gradient

    def into_input(self, gradient: Tensor) -> Tensor:
        """Return the derivative by the input, from the one at the first layer's output."""
        return product(gradient, self.layers[0][0]).float()


@functools.cache
def probe() -> str:
    """Return one of `BACKWARD`, by trying both ways on a small perceptron.

    Example:
        >>> probe() in {"autograd", "manual"}
        True
    """
    with torch.random.fork_rng(devices=[]):
        layers = stack([64, 64, 64], 64)
    x = torch.ones(64, 64)
    slots: Slots = {p: torch.empty_like(p) for p in layers.parameters()}

    def autograd() -> None:
        layers.zero_grad()
        # From a scalar: with a gradient given, PyTorch imports sympy first, which takes 24 MB.
        torch.autograd.backward(layers(x).sum())

    @torch.no_grad()
    def manual() -> None:
        way = _Stack(layers)
        way.forward(x)
        way.backward(torch.ones_like(x), slots, add=False)

    plain, ours = least_seconds(autograd, manual, rounds=30)
    return "manual" if ours < plain else "autograd"
