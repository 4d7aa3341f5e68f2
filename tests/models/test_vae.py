"""Autoencoder and VAE: likelihoods, KL and bounds against known answers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.distributions
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.data.loading import Batch
from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.models.terms import LIKELIHOODS, bernoulli, gaussian, gaussian_kl, logistic
from makebelieve.models.vae import VAE
from makebelieve.nets.augment import shift
from makebelieve.rng import Step

distributions: Any = torch.distributions
GREY = Spec.pictures(8, 1, ("no", "yes"))
POINTS = Spec.points()
VALUES = torch.arange(256) / 255
LEAST = math.log(0.5 / 255)  # the smallest log σ that a model of pictures allows
OF_POINTS = [name for name, found in LIKELIHOODS.items() if found.points]
SCALED = [name for name, found in LIKELIHOODS.items() if found.scaled]

means = st.floats(0, 1)
log_scales = st.floats(LEAST, 4)
logits = st.floats(-30, 30)


def same(x: float) -> torch.Tensor:
    return torch.full((256,), x)


@given(out=logits)
def test_bernoulli_is_torch_s(out: float) -> None:
    x = torch.tensor([0.0, 1.0])
    known = distributions.Bernoulli(logits=torch.tensor(out)).log_prob(x)
    assert torch.allclose(bernoulli(x, torch.full((2,), out), torch.zeros(())), -known, atol=1e-5)


@given(x=means, out=means, log_scale=log_scales)
def test_gaussian_is_torch_s(x: float, out: float, log_scale: float) -> None:
    found = gaussian(torch.tensor(x), torch.tensor(out), torch.tensor(log_scale))
    known = distributions.Normal(out, math.exp(log_scale)).log_prob(torch.tensor(x))
    assert torch.allclose(found, -known, rtol=1e-4, atol=1e-4)


@given(out=means, log_scale=log_scales)
def test_the_logistic_s_256_probabilities_sum_to_one(out: float, log_scale: float) -> None:
    p = torch.exp(-logistic(VALUES, same(out), torch.tensor(log_scale)))
    assert float(p.double().sum()) == pytest.approx(1, abs=2e-3 if log_scale > 2 else 2e-4)


@given(out=means, log_scale=st.floats(LEAST, 1))
def test_the_logistic_is_the_integral_over_each_cell(out: float, log_scale: float) -> None:
    edges = (torch.arange(257, dtype=torch.float64) - 0.5) / 255
    edges[0], edges[-1] = -torch.inf, torch.inf
    known = torch.sigmoid((edges - out) / math.exp(log_scale)).diff()
    found = torch.exp(-logistic(VALUES, same(out), torch.tensor(log_scale)).double())
    assert torch.allclose(found, known, rtol=1e-3, atol=1e-6)


@given(
    x=st.sampled_from([0.0, 1 / 255, 0.5, 254 / 255, 1.0]),
    out=st.sampled_from([0.0, 1e-6, 0.5, 1 - 1e-6, 1.0]),
    log_scale=st.sampled_from([LEAST, -3.0, 0.0, 3.0, 8.0]),
)
@pytest.mark.parametrize("likelihood", [bernoulli, gaussian, logistic])
def test_gradients_are_finite_at_the_edges(
    likelihood: Any, x: float, out: float, log_scale: float
) -> None:
    at = [torch.tensor(out, requires_grad=True), torch.tensor(log_scale, requires_grad=True)]
    found = likelihood(torch.tensor(x), *at)
    assert torch.isfinite(found)
    for gradient in torch.autograd.grad(found, at, allow_unused=True):
        assert gradient is None or torch.isfinite(gradient)


@given(mean=st.floats(-8, 8), log_variance=st.floats(-12, 6))
def test_kl_is_torch_s(mean: float, log_variance: float) -> None:
    q = distributions.Normal(torch.tensor(mean).double(), math.exp(0.5 * log_variance))
    known = distributions.kl_divergence(q, distributions.Normal(0.0, 1.0))
    found = gaussian_kl(torch.tensor(mean).double(), torch.tensor(log_variance).double())
    assert float(found) == pytest.approx(float(known), rel=1e-5, abs=1e-6)
    assert found >= -1e-12


def loss_of(model: Any, batch: Any, seen: int = 0) -> torch.Tensor:
    (turn,) = model.turns(batch, Step(0, seen=seen))
    assert isinstance(turn.loss, torch.Tensor)
    return turn.loss


def blind(model: Any) -> None:
    """Make the decoder say the same of every code: then log p(x|z) is log p(x)."""
    last = [m for m in model.decoder.modules() if hasattr(m, "weight")][-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.normal_(generator=torch.Generator().manual_seed(3))


def mute(model: Any, share: float) -> None:
    """Bring the encoder nearer to the prior; a share of zero gives it for every example."""
    last = [m for m in model.encoder.modules() if hasattr(m, "weight")][-1]
    with torch.no_grad():
        last.weight.mul_(share)
        last.bias.mul_(share)


@pytest.mark.parametrize(
    ("likelihood", "spec"),
    [*((name, GREY) for name in LIKELIHOODS), *((name, POINTS) for name in OF_POINTS)],
)
def test_a_known_log_p_is_found(kit: Any, likelihood: str, spec: Spec) -> None:
    model = kit.build("vae", spec, likelihood=likelihood, latent_dim=2)
    blind(model)
    mute(model, 0.2)  # so that 500 samples are many
    x = kit.batch(spec, 6).x
    known = model.log_likelihood(x, torch.zeros(6, 2), None).detach()
    found = model.log_bound(x, Step(0), k=500)
    assert (found - known).abs().max() < 0.05
    mute(model, 0)
    for k in (1, 7):
        assert torch.allclose(model.log_bound(x, Step(0), k=k), known, atol=1e-3)


def test_a_linear_model_s_log_p_is_found(kit: Any) -> None:
    """With a linear decoder p(x) is a Gaussian: N(b, W Wᵀ + σ²)."""
    model = kit.build("vae", POINTS, latent_dim=1)
    w, b, sigma = torch.tensor([[0.8], [-0.5]]), torch.tensor([0.1, 0.3]), 0.4
    with torch.no_grad():
        model.decoder = torch.nn.Linear(1, 2)
        model.decoder.weight.copy_(w)
        model.decoder.bias.copy_(b)
        model.scale.fill_(math.log(sigma) / 10)
    covariance = w @ w.T + sigma**2 * torch.eye(2)
    x = torch.tensor([[0.0, 0.0], [0.9, -0.3], [-1.0, 1.0]])
    known = distributions.MultivariateNormal(b, covariance).log_prob(x)
    assert torch.allclose(model.log_bound(x, Step(0), k=4_000), known, atol=0.05)
    assert (model.log_bound(x.repeat(500, 1), Step(1)).view(500, 3).mean(0) < known).all()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_bound_rises_with_k(kit: Any, likelihood: str) -> None:
    model = kit.build("vae", GREY, likelihood=likelihood, latent_dim=2)
    x = kit.batch(GREY, 4).x.repeat(200, 1, 1, 1)
    bounds = [model.log_bound(x, Step(2), k=k).mean() for k in (1, 5, 25)]
    assert bounds[0] < bounds[1] < bounds[2]


def test_the_elbo_is_what_validation_reports(kit: Any) -> None:
    model = kit.build("vae", GREY)
    batch = kit.batch(GREY, 8)
    batch.x = batch.x[:1].repeat(800, 1, 1, 1)
    batch.y = None
    with torch.no_grad():
        reported = float(model.validate(batch, Step(0))["negative_elbo"])
    assert reported == pytest.approx(-float(model.log_bound(batch.x, Step(1)).mean()), rel=0.03)


@pytest.mark.parametrize("likelihood", SCALED)
def test_uniform_bytes_cost_eight_bits(kit: Any, likelihood: str) -> None:
    model = kit.build("vae", GREY, likelihood=likelihood)
    per_value = -math.log(256) if likelihood == "logistic" else 0.0
    log_p = torch.tensor([GREY.dims * per_value])
    assert model.bits_per_dim(log_p).tolist() == pytest.approx([8.0])


def test_a_certain_picture_costs_nothing(kit: Any) -> None:
    model = kit.build("vae", GREY, likelihood="logistic")
    assert model.bits_per_dim(torch.zeros(1)).tolist() == [0.0]
    assert float(model.bits_per_dim(torch.tensor(-GREY.dims * math.log(2)))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("spec", "likelihood"), [(GREY, "bernoulli"), (POINTS, "gaussian")], ids=["bernoulli", "points"]
)
def test_bits_are_refused_where_they_mean_nothing(kit: Any, spec: Spec, likelihood: str) -> None:
    model = kit.build("vae", spec, likelihood=likelihood)
    with pytest.raises(InputError, match="bits per dimension need pictures"):
        model.bits_per_dim(torch.zeros(1))


@pytest.mark.parametrize("name", ["autoencoder", "vae"])
@pytest.mark.parametrize("likelihood", [n for n in LIKELIHOODS if n not in OF_POINTS])
def test_points_need_a_likelihood_without_bounds(kit: Any, name: str, likelihood: str) -> None:
    """A Bernoulli likelihood of a point outside 0 … 1 could be made as great as one likes."""
    with pytest.raises(InputError, match=f"{likelihood}, which scores pictures.*choose gaussian"):
        kit.build(name, POINTS, likelihood=likelihood)


@pytest.mark.parametrize("name", ["autoencoder", "vae"])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_loss_is_a_sum_over_pixels(kit: Any, name: str, likelihood: str) -> None:
    terms = []
    for size in (8, 16):  # four times the pixels, all grey, under a decoder that says the same
        spec = Spec.pictures(size, 1)
        model = kit.build(name, spec, likelihood=likelihood)
        blind(model)
        with torch.no_grad():
            [m for m in model.decoder.modules() if hasattr(m, "weight")][-1].bias.fill_(0.3)
        batch = kit.batch(spec, 4)
        batch.x = torch.full_like(batch.x, 0.25)
        terms.append(float(model.validate(batch, Step(0))["reconstruction"].detach()))
    assert terms[1] == pytest.approx(4 * terms[0], rel=1e-5)


@given(beta=st.floats(0, 50), seed=st.integers(0, 20))
@settings(max_examples=20, deadline=None)
def test_beta_weighs_the_kl(beta: float, seed: int) -> None:
    torch.manual_seed(seed)
    model = VAE(POINTS, VAE.Options(beta=beta, latent_dim=3))
    batch = _points(seed)
    reconstruction, kl = model._terms(batch, Step(0))
    total = kl.sum(1).mean()
    known = (reconstruction + beta * total).detach()
    assert torch.allclose(loss_of(model, batch).detach(), known, rtol=1e-5)
    parameters = list(model.encoder.parameters())
    whole = torch.autograd.grad(loss_of(model, batch), parameters)
    pair = [torch.autograd.grad(t, parameters, retain_graph=True) for t in (reconstruction, total)]
    for g, r, k in zip(whole, *pair, strict=True):
        assert torch.allclose(g, r + beta * k, rtol=1e-4, atol=1e-4)


def _points(seed: int) -> Batch:
    return Batch(torch.randn(8, 2, generator=torch.Generator().manual_seed(seed)))


def test_warm_up_raises_the_weight_from_zero(kit: Any) -> None:
    model = kit.build("vae", POINTS, beta=4.0, kl_warmup=1000)
    assert [model.weight(seen) for seen in (0, 250, 500, 1000, 9000)] == [0, 1, 2, 4, 4]
    batch = kit.batch(POINTS, 8)
    reconstruction, kl = model._terms(batch, Step(0))
    for seen, weight in ((0, 0.0), (500, 2.0), (5000, 4.0)):
        known = float((reconstruction + weight * kl.sum(1).mean()).detach())
        assert float(loss_of(model, batch, seen).detach()) == pytest.approx(known, rel=1e-5)


def test_free_bits_give_each_dimension_its_share(kit: Any) -> None:
    plain, free = (kit.build("vae", POINTS, free_bits=b, latent_dim=3) for b in (0.0, 0.7))
    batch = kit.batch(POINTS, 8)
    reconstruction, kl = plain._terms(batch, Step(0))
    known = reconstruction + torch.where(kl < 0.7, torch.tensor(0.7), kl).sum(1).mean()
    assert float(loss_of(free, batch).detach()) == pytest.approx(float(known.detach()), rel=1e-5)
    huge = kit.build("vae", POINTS, free_bits=1e6, latent_dim=3)
    reconstruction, _ = huge._terms(batch, Step(0))
    parameters = list(huge.encoder.parameters())
    one = torch.autograd.grad(loss_of(huge, batch), parameters)
    two = torch.autograd.grad(reconstruction, parameters)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True)), "no pull to the prior"


def test_what_is_logged_ignores_the_weight_of_the_kl(kit: Any) -> None:
    batch = kit.batch(POINTS, 8)
    parts = []
    for beta in (0.0, 9.0):
        model = kit.build("vae", POINTS, beta=beta, free_bits=0.3)
        (turn,) = model.turns(batch, Step(0))
        parts.append({n: float(v) for n, v in turn.parts.items()})
    assert parts[0] == parts[1]
    assert parts[0]["negative_elbo"] == pytest.approx(parts[0]["reconstruction"] + parts[0]["kl"])


@pytest.mark.parametrize(("name", "part"), [("autoencoder", "reconstruction"), ("vae", "kl")])
def test_pictures_move_in_training_alone(kit: Any, name: str, part: str) -> None:
    still, moved = (kit.build(name, GREY, shift=most) for most in (0, 2))
    moved.load_state_dict(still.state_dict())
    x = torch.rand(6, 1, 8, 8)
    there = shift(x, 2, Step(4))

    def trained(model: Any, x: torch.Tensor) -> float:
        (turn,) = model.turns(Batch(x), Step(4))
        return float(turn.parts[part])

    def looked(model: Any, x: torch.Tensor) -> float:
        return float(model.validate(Batch(x), Step(4))[part].detach())

    assert trained(moved, x) == pytest.approx(trained(still, there), rel=1e-5)
    assert trained(moved, x) != pytest.approx(trained(still, x), rel=1e-5)
    assert looked(moved, x) == looked(still, x)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_decoding_gives_the_mean_of_the_likelihood(kit: Any, likelihood: str) -> None:
    model = kit.build("vae", GREY, likelihood=likelihood, latent_dim=2)
    z = torch.randn(4, 2)
    assert torch.equal(model.decode(z), torch.sigmoid(model.decoder(z)))
    assert torch.equal(model.sample(z), model.decode(z))


@given(out=st.floats(0.1, 0.9), log_scale=st.floats(LEAST, -3))
@pytest.mark.parametrize("name", SCALED)
def test_the_likeliest_value_is_what_the_decoder_says(
    name: str, out: float, log_scale: float
) -> None:
    nll = LIKELIHOODS[name].nll(VALUES, same(out), torch.tensor(log_scale))
    inner = nll[1:-1]  # the two ends hold the tails
    assert abs(int(inner.argmin()) + 1 - 255 * out) <= 0.51


def test_sigma_never_falls_under_half_a_grey_level(kit: Any) -> None:
    model = kit.build("vae", GREY)
    with torch.no_grad():
        model.scale.fill_(-50)
    assert float(model.log_scale.detach()) == pytest.approx(LEAST)
    assert torch.isfinite(loss_of(model, kit.batch(GREY, 4)))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_sigma_learns_only_where_there_is_one(kit: Any, likelihood: str) -> None:
    model = kit.build("vae", GREY, likelihood=likelihood)
    assert model.scale.requires_grad == (likelihood in SCALED)


def test_the_autoencoder_samples_with_the_spread_of_its_codes(kit: Any) -> None:
    model = kit.build("autoencoder", GREY, latent_dim=3)
    whole = kit.batch(GREY, 64)
    halves = [kit.batch(GREY, 64), kit.batch(GREY, 64, seed=1)]
    model.calibrate(halves)
    codes = torch.cat([model.encode(b.x) for b in halves]).detach()
    assert torch.allclose(model.code_mean, codes.mean(0), atol=1e-6)
    assert torch.allclose(model.code_std, codes.std(0, unbiased=False), atol=1e-6)
    z = torch.randn(5, 3)
    known = model.decode(codes.mean(0) + codes.std(0, unbiased=False) * z)
    assert torch.allclose(model.sample(z), known, atol=1e-6)
    assert torch.equal(model(whole.x), model.decode(model.encode(whole.x)))


def test_an_unlearned_posterior_is_sampled_with_its_own_spread(kit: Any) -> None:
    """Codes of one example scatter around its mean with its variance."""
    model = kit.build("vae", POINTS, latent_dim=2)
    x = torch.tensor([[0.3, -0.2]])
    mean, log_variance = model.posterior(x)
    seen: list[torch.Tensor] = []
    decoder = model.decoder
    decoder.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    model._terms(Batch(x.repeat(20_000, 1)), Step(0))
    assert torch.allclose(seen[0].mean(0), mean[0], atol=0.05)
    assert torch.allclose(seen[0].var(0), log_variance[0].exp(), rtol=0.05)
