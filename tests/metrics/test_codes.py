"""Likelihood and codes, against models whose answers are known."""

import math

import pytest
import torch

from makebelieve.data.spec import Spec
from makebelieve.metrics import codes, likelihood
from makebelieve.metrics.codes import (
    active_units,
    aggregate_mismatch,
    kl_per_dimension,
    mutual_information,
    path_length,
    posterior,
)
from makebelieve.metrics.likelihood import log_bound, shuffle_gap
from makebelieve.models.model import Bounds, Posterior


class Linear:
    """p(z) = N(0, 1), p(x|z) = N(z, s²): everything about it can be written down."""

    latent_dim = 1

    def __init__(self, s=0.5, collapsed=False):
        self.s, self.collapsed = s, collapsed

    def posterior(self, x, labels=None):  # noqa: ARG002
        if self.collapsed:
            return 0 * x, 0 * x
        share = 1 / (1 + self.s**2)
        return share * x, torch.full_like(x, math.log(self.s**2 * share))

    def log_likelihood(self, x, z, labels):  # noqa: ARG002
        mean = 0 * z if self.collapsed else z
        square = ((x - mean) / self.s) ** 2
        return (-0.5 * square - math.log(self.s) - 0.5 * math.log(2 * math.pi)).sum(1)

    def log_bound(self, x, step, k=1, labels=None):
        mean, log_variance = self.posterior(x)
        found = []
        for _ in range(k):
            noise = step.normal(len(x), 1)
            z = mean + (0.5 * log_variance).exp() * noise
            prior = 0.5 * (noise**2 + log_variance - z**2).sum(1)
            found.append(self.log_likelihood(x, z, labels) + prior)
        return torch.stack(found).logsumexp(0) - math.log(k)


@pytest.fixture(scope="module")
def x():
    drawn = torch.randn(2000, 1, generator=torch.Generator().manual_seed(0))
    return drawn * (1 + 0.5**2) ** 0.5  # of the model's own distribution


def test_the_linear_model_is_what_the_protocols_ask_for(kit):
    assert isinstance(Linear(), Posterior)
    assert isinstance(kit.build("vae", Spec.pictures(8, 1)), Posterior)
    assert isinstance(kit.build("vae", Spec.pictures(8, 1)), Bounds)
    assert not isinstance(kit.build("autoencoder", Spec.pictures(8, 1)), Posterior)


def test_bounds_reach_the_truth_where_the_posterior_is_exact(x):
    variance = 1 + 0.5**2
    truth = -0.5 * (x[:, 0].double() ** 2 / variance + math.log(2 * math.pi * variance))
    for k in (1, 5):
        assert log_bound(Linear(), x, k=k).numpy() == pytest.approx(truth.numpy(), abs=1e-4)
    loose = Linear(collapsed=True)
    loose.log_likelihood = Linear().log_likelihood
    elbo, iwae = (log_bound(loose, x, k=k).mean() for k in (1, 50))
    assert elbo < iwae < truth.mean() + 0.01


def test_the_gap_is_what_the_code_is_worth(x):
    found = shuffle_gap(Linear(), x)
    # E (x − z)²/2s² with a code of its own is ½ (posterior is exact), with another's much more.
    mean, log_variance = posterior(Linear(), x)
    z_variance = float(mean.var() + log_variance.exp().mean())
    expected = (float(x.var()) + z_variance) / (2 * 0.25) - 0.5
    assert found.gap == pytest.approx(expected, rel=0.1)
    assert shuffle_gap(Linear(collapsed=True), x).gap == 0


def test_information_is_that_of_two_normals(x):
    mean, log_variance = posterior(Linear(), x)
    # I(x; z) = ½ log(1 + 1/s²) in the model itself.
    assert mutual_information(mean, log_variance) == pytest.approx(0.5 * math.log(1 + 4), abs=0.05)
    assert mutual_information(*posterior(Linear(collapsed=True), x)) == pytest.approx(0, abs=1e-9)
    assert mutual_information(mean * 1e4, log_variance) <= math.log(len(x)) + 1e-9


def test_kl_and_active_units(x):
    mean, log_variance = posterior(Linear(), x)
    both = torch.cat([mean, 0 * mean], 1), torch.cat([log_variance, 0 * log_variance], 1)
    kl = kl_per_dimension(*both)
    assert float(kl[0]) == pytest.approx(0.5 * math.log(5), abs=0.03)
    assert kl[1] == 0
    assert active_units(both[0]) == 1
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(
        normal(mean, (0.5 * log_variance).exp()), normal(0, 1)
    )
    assert float(kl[0]) == pytest.approx(float(expected.mean()), rel=1e-6)


def test_the_aggregate_fills_the_prior_or_leaves_holes(x):
    mean, log_variance = posterior(Linear(), x)
    assert aggregate_mismatch(mean, log_variance) == pytest.approx(0, abs=2e-3)
    assert aggregate_mismatch(mean + 2, log_variance) == pytest.approx(2, abs=0.06)
    normal = torch.distributions.MultivariateNormal
    m, v = torch.randn(50, 3).double(), torch.randn(50, 3).double()
    spread = torch.cov(m.T, correction=0) + torch.diag(v.exp().mean(0))
    expected = torch.distributions.kl_divergence(
        normal(m.mean(0), spread), normal(torch.zeros(3).double(), torch.eye(3).double())
    )
    assert aggregate_mismatch(m, v) == pytest.approx(float(expected), rel=1e-9)


def test_the_path_of_a_linear_map():
    weight = torch.diag(torch.tensor([3.0, 3.0, 3.0]))
    assert path_length(lambda z: z @ weight, 3) == pytest.approx(9, rel=1e-3)
    # Over random directions, |Wu|² is on average the mean squared singular value.
    uneven = torch.diag(torch.tensor([3.0, 0.0]))
    assert path_length(lambda z: z @ uneven, 2, n=4000) == pytest.approx(4.5, rel=0.1)


def test_neither_order_nor_parts_matter(x, monkeypatch):
    mean, log_variance = posterior(Linear(), x)
    before = mutual_information(mean, log_variance), aggregate_mismatch(mean, log_variance)
    gap, bound = shuffle_gap(Linear(), x), log_bound(Linear(), x).mean()
    monkeypatch.setattr(codes, "BATCH", 77)
    monkeypatch.setattr(likelihood, "BATCH", 77)
    assert mutual_information(mean, log_variance) == pytest.approx(before[0], rel=1e-9)
    assert shuffle_gap(Linear(), x).gap == pytest.approx(gap.gap, rel=1e-6)
    assert float(log_bound(Linear(), x).mean()) == pytest.approx(float(bound), abs=1e-4)
    flipped = posterior(Linear(), x.flip(0))
    assert mutual_information(*flipped) == pytest.approx(before[0], abs=0.1)
    assert aggregate_mismatch(*flipped) == pytest.approx(before[1], rel=1e-6)
