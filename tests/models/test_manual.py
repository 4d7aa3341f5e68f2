"""Gradients that are written out: those of autograd, taken where they suit and nowhere else."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from makebelieve.data.spec import Spec
from makebelieve.models import manual
from makebelieve.models.manual import probe
from makebelieve.models.terms import LIKELIHOODS
from makebelieve.nets import kernels, products
from makebelieve.nets.kernels import BACKWARD, KERNELS, using
from makebelieve.nets.products import Linear
from makebelieve.recipe import TrainingRecipe
from makebelieve.rng import Step
from makebelieve.training.devices import World
from makebelieve.training.loop import NonFinite, train

COLOUR = Spec.pictures(8, 3, ("no", "yes"))
CPU = World(torch.device("cpu"))
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("autoencoder", {}),
    ("autoencoder", {"conditional": True, "shift": 1}),
    ("vae", {}),
    ("vae", {"conditional": True, "shift": 2}),
    ("vae", {"beta": 3.0, "kl_warmup": 100}),
    ("vae", {"free_bits": 0.02, "latent_dim": 3}),
]
everyone = pytest.mark.parametrize(("name", "options"), OPTIONS)


def turned(model: Any, batch: Any, way: str, kernel: str = "plain") -> Any:
    """Let a model take its turn one way; return the turn, and every gradient."""
    model.zero_grad()
    slots = {p: torch.full_like(p, torch.nan) for p in model.parameters()}
    with using(kernel, way):
        (turn,) = model.turns(batch, Step(5, 9, seen=40))
        if turn.manual is None:
            torch.autograd.backward(turn.loss)
        else:
            with torch.no_grad():
                turn.manual(1.0, slots, add=False)
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    return turn, {name: slots[p] if turn.manual else p.grad for name, p in named.items()}


def assert_near(found: Tensor, known: Tensor, share: float) -> None:
    """Differences are held against the greatest number: small ones are sums of big ones."""
    assert found.dtype == known.dtype
    assert float((found - known).abs().max()) <= share * float(known.abs().max())


@pytest.mark.parametrize("kernel", KERNELS)
@everyone
def test_losses_and_gradients_are_those_of_autograd(
    kit: Any, monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, Any], kernel: str
) -> None:
    monkeypatch.setattr(products, "LEAST", 0)
    model, batch = kit.build(name, COLOUR, **options), kit.batch(COLOUR, 12)
    plain, known = turned(model, batch, "autograd")
    ours, found = turned(model, batch, "manual", kernel)
    assert plain.loss.requires_grad
    assert not ours.loss.requires_grad
    torch.testing.assert_close(ours.loss, plain.loss.detach())
    torch.testing.assert_close(ours.parts, plain.parts)
    assert found.keys() == known.keys()
    for parameter in known:
        assert_near(found[parameter], known[parameter], 1e-5)


@pytest.mark.parametrize("name", [name for name, found in LIKELIHOODS.items() if found.summed])
@given(seed=st.integers(0, 99), spread=st.sampled_from([0.1, 3.0, 40.0]))
@settings(max_examples=20, deadline=None)
def test_a_sum_and_its_slope_are_those_of_the_likelihood(
    name: str, seed: int, spread: float
) -> None:
    generator, likelihood = torch.Generator().manual_seed(seed), LIKELIHOODS[name]
    x = torch.rand(3, 50, generator=generator)
    out = (spread * torch.randn(3, 50, generator=generator)).requires_grad_()
    known = likelihood.nll(x, out, torch.zeros(())).sum()
    (slope,) = torch.autograd.grad(known, out)
    assert likelihood.summed is not None
    total, found = likelihood.summed(x, out.detach())
    assert float(total) == pytest.approx(float(known.detach()), rel=1e-5)
    assert torch.allclose(found, slope, atol=1e-6)


@given(
    widths=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    n=st.integers(1, 7),
    activation=st.sampled_from(sorted(manual.SLOPES, key=str)),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_any_stack_has_the_derivatives_of_autograd(
    widths: list[int], n: int, activation: type[nn.Module], seed: int
) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(widths):
            layers += [Linear(before, after), activation()]
        stack = nn.Sequential(*layers[:-1])
        x, toward = torch.randn(n, widths[0]).requires_grad_(), torch.randn(n, widths[-1])
    out = stack(x)
    known = torch.autograd.grad(out, [x, *stack.parameters()], toward)
    with torch.no_grad():
        way = manual._Stack(stack)
        assert torch.allclose(way.forward(x), out, atol=1e-6)
        slots = {p: torch.empty_like(p) for p in stack.parameters()}
        slope = way.into_input(way.backward(toward, slots, add=False))
    for a, b in zip([slope, *slots.values()], known, strict=True):
        assert torch.allclose(a, b, atol=1e-5)


@everyone
def test_turns_add_up_as_a_batch_that_is_split_does(
    kit: Any, name: str, options: dict[str, Any]
) -> None:
    model, batch = kit.build(name, COLOUR, **options), kit.batch(COLOUR, 12)
    _, whole = turned(model, batch, "manual")
    slots = {p: torch.full_like(p, torch.nan) for p in model.parameters()}
    with using("plain", "manual"), torch.no_grad():
        for add in (False, True):
            (turn,) = model.turns(batch, Step(5, 9, seen=40))
            turn.manual(0.5, slots, add=add)
    for parameter, p in model.named_parameters():
        if p.requires_grad:
            assert_near(slots[p], whole[parameter], 1e-6)


def trained(kit: Any, name: str, options: dict[str, Any], **training: Any) -> Any:
    """Take six steps; nothing is flushed to the log meanwhile."""
    state = kit.state(name, COLOUR, options, examples=96, batch=16, log=2**40, **training)
    for _ in train(state, kit.loaders(kit.dataset(COLOUR)), CPU):
        pass
    return state


@pytest.mark.parametrize(("precision", "share"), [("fp32", 1e-4), ("bf16", 0.02)])
@pytest.mark.parametrize("accumulate", [1, 4])
@everyone
def test_a_run_is_the_same_either_way(
    kit: Any, name: str, options: dict[str, Any], accumulate: int, precision: str, share: float
) -> None:
    settings = {"precision": precision, "accumulate": accumulate, "clip": 5.0}
    plain, ours = (
        trained(kit, name, options, backward=way, **settings) for way in ("autograd", "manual")
    )
    assert_near(ours.players[name].gradients, plain.players[name].gradients, 5 * share)
    for key, value in plain.clock.sums.items():
        assert ours.clock.sums[key] == pytest.approx(value, rel=share)
    assert all(p.dtype == torch.float32 and p.grad is None for p in ours.model.parameters())


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        *((COLOUR, {"likelihood": name}) for name in LIKELIHOODS if name != "bernoulli"),
        (COLOUR, {"net": "conv"}),
        (Spec.points(), {}),
    ],
)
def test_what_does_not_suit_is_left_to_autograd(kit: Any, spec: Spec, options: Any) -> None:
    model = kit.build("vae", spec, **options)
    turn, gradients = turned(model, kit.batch(spec, 4), "manual")
    assert turn.loss.requires_grad
    assert all(g is not None for g in gradients.values())


@pytest.mark.parametrize("way", ["auto", "autograd"])
def test_nothing_is_manual_unless_it_was_chosen(kit: Any, way: str) -> None:
    turn, _ = turned(kit.build("vae", COLOUR), kit.batch(COLOUR, 4), way)
    assert turn.manual is None


def test_a_number_that_is_not_finite_ends_the_run(kit: Any) -> None:
    state = kit.state("vae", COLOUR, examples=96, backward="manual")
    with torch.no_grad():
        state.model.decoder.layers[-1].bias[0] = torch.inf
    before = state.players["vae"].values.clone()
    events = list(train(state, kit.loaders(kit.dataset(COLOUR)), CPU))
    assert events == [NonFinite(0, 0, "vae", "negative_elbo")]
    assert torch.equal(state.players["vae"].values, before)


@pytest.mark.parametrize(("seconds", "way"), [([2.0, 1.0], "manual"), ([1.0, 2.0], "autograd")])
def test_the_probe_names_what_was_faster(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float], way: str
) -> None:
    monkeypatch.setattr(manual, "least_seconds", lambda *_, **__: seconds)
    assert probe.__wrapped__() == way


def test_the_probe_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(3)
    known = torch.rand(2)
    torch.manual_seed(3)
    probe.__wrapped__()
    assert torch.equal(torch.rand(2), known)


def test_the_probe_imports_nothing_big() -> None:
    code = "import sys; from makebelieve.models.manual import probe; probe(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "makebelieve.models.manual" in done.stdout.split()
    assert "sympy" not in done.stdout.split()


def test_the_recipe_offers_both() -> None:
    (field,) = (f for f in dataclasses.fields(TrainingRecipe) if f.name == "backward")
    assert set(field.metadata["choices"]) == set(BACKWARD)
    assert not kernels.chosen("manual")
