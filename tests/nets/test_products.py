"""The fast product equals the plain one, in values and in all derivatives."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.nets import products
from makebelieve.nets.products import Linear, linear, probe, using

sides = st.integers(1, 40)


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    drawn = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return drawn.requires_grad_()


@settings(max_examples=30, deadline=None)
@given(n=sides, i=sides, o=sides, biased=st.booleans())
def test_values_and_gradients_are_the_plain_ones(n, i, o, biased):
    x, weight, bias = numbers(n, i), numbers(o, i, seed=1), numbers(o, seed=2)
    given_ = (x, weight, bias if biased else None)
    wanted = [t for t in given_ if t is not None]
    toward = numbers(n, o, seed=3).detach()
    plain = F.linear(*given_)
    with using("onednn"):
        fast = linear(*given_)
        gradients = torch.autograd.grad(fast, wanted, toward)
    torch.testing.assert_close(fast, plain)
    for found, right in zip(gradients, torch.autograd.grad(plain, wanted, toward), strict=True):
        torch.testing.assert_close(found, right, rtol=1e-4, atol=1e-5)


def penalty(x, weight):
    """Return how steep a two-layer net is, as a gradient penalty measures it."""
    slopes = linear(torch.tanh(linear(x, weight)), weight.t())
    (gradient,) = torch.autograd.grad(slopes.sum(), x, create_graph=True)
    return gradient.square().sum()


def test_second_derivatives_are_the_plain_ones():
    x, weight = numbers(6, 5), numbers(4, 5, seed=1)
    right = torch.autograd.grad(penalty(x, weight), (x, weight))
    with using("onednn"):
        found = torch.autograd.grad(penalty(x, weight), (x, weight))
    for a, b in zip(found, right, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_the_block_decides_and_gives_back(monkeypatch):
    calls = []
    real = products._onednn
    monkeypatch.setattr(products, "_onednn", lambda *a: calls.append(a) or real(*a))
    layer, x = Linear(3, 2), torch.ones(4, 3)
    layer(x)
    with using("onednn"):
        layer(x)
        with using("plain"):
            layer(x)
    layer(x)
    assert len(calls) == 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_go_the_plain_way(dtype):
    layer, x = Linear(3, 2).to(dtype), torch.ones(4, 3, dtype=dtype)
    with using("onednn"):
        assert layer(x).dtype == dtype


def test_autocast_is_obeyed():
    with using("onednn"), torch.autocast("cpu", torch.bfloat16):
        assert Linear(3, 2)(torch.ones(4, 3)).dtype == torch.bfloat16


def test_without_the_kernel_everything_is_plain(monkeypatch):
    def missing(*_):
        raise AttributeError("no such operator")

    for cached in (products._available, probe):
        cached.cache_clear()
    monkeypatch.setattr(products, "_onednn", missing)
    try:
        assert probe() == "plain"
        with using("onednn"):
            assert Linear(3, 2)(torch.ones(4, 3)).shape == (4, 2)
    finally:
        for cached in (products._available, probe):
            cached.cache_clear()
