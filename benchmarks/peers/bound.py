"""The bound that all VAEs are compared by."""

import torch
import torch.nn.functional as F

__all__ = ["elbo"]


def elbo(x, mean, log_variance, decode, generator):
    """Return the one-sample ELBO of each picture, (n,), in nats.

    log p(x|z) + log p(z) − log q(z|x), z ~ q(z|x), with a Bernoulli likelihood of the grey values:
    what `makebelieve`'s `log_bound` with k = 1 computes from logits.

    Args:
        x: (n, …) pictures in 0 … 1.
        mean: (n, d) of q(z|x).
        log_variance: (n, d) of q(z|x).
        decode: z → probabilities, n times as many numbers as a picture has.
        generator: where the noise comes from.
    """
    noise = torch.randn(mean.shape, generator=generator)
    z = mean + torch.exp(0.5 * log_variance) * noise
    probabilities = decode(z).reshape(len(x), -1)
    log_p = -F.binary_cross_entropy(probabilities, x.flatten(1), reduction="none").sum(1)
    return log_p + 0.5 * (noise**2 + log_variance - z**2).sum(1)
