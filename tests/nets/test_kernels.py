"""Every other way to compute a layer gives the plain one's values and derivatives."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from makebelieve.nets import convolutions, kernels, products
from makebelieve.nets.convolutions import Conv2d, ConvTranspose2d
from makebelieve.nets.kernels import KERNELS, using
from makebelieve.nets.probe import probe
from makebelieve.nets.products import Linear
from makebelieve.recipe import TrainingRecipe

sides = st.integers(1, 40)


@pytest.fixture(autouse=True)
def small_products(monkeypatch):
    """Take every product the other way, however small."""
    monkeypatch.setattr(products, "LEAST", 0)


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def derivatives(layer: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """Return values, gradients, and the gradients of how steep the layer is."""
    out = layer(x)
    toward = numbers(*out.shape, seed=3).detach()
    inputs = [x, *layer.parameters()]
    first = torch.autograd.grad(out, inputs, toward, create_graph=True)
    slope = first[0].tanh().square().sum()
    second = torch.autograd.grad(slope, [x, layer.weight], allow_unused=True)
    return [out, *first, *(s for s in second if s is not None)]


def assert_same(layer: nn.Module, x: torch.Tensor, kernel: str) -> None:
    plain = derivatives(layer, x)
    with using(kernel):
        found = derivatives(layer, x)
    assert len(found) == len(plain)
    for a, b in zip(found, plain, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(n=sides, i=sides, o=sides, bias=st.booleans())
def test_linear_layers(n, i, o, bias):
    assert_same(Linear(i, o, bias=bias), numbers(n, i), "linear")


shapes = {
    "n": st.integers(1, 3),
    "size": st.integers(3, 7),
    "channels": st.tuples(st.integers(1, 5), st.integers(1, 5)),
    "k": st.integers(1, 4),
    "s": st.integers(1, 3),
    "bias": st.booleans(),
}


def always_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        convolutions, "PAYS", {torch.float32: ((99, 0),), torch.bfloat16: ((99, 0),)}
    )


@pytest.mark.parametrize("kernel", ["conv", "both"])
@settings(max_examples=25, deadline=None)
@given(**shapes)
def test_convolutions(kernel, n, size, channels, k, s, bias):
    layer = Conv2d(*channels, k, stride=s, padding=k // 2, bias=bias)
    x = numbers(n, channels[0], size, size + 1)
    with pytest.MonkeyPatch.context() as patch:
        always_pays(patch)
        assert_same(layer, x, kernel)


@pytest.mark.parametrize("kernel", ["conv", "both"])
@settings(max_examples=25, deadline=None)
@given(**shapes, more=st.booleans())
def test_transposed_convolutions(kernel, n, size, channels, k, s, bias, more):
    padding = (k - 1) // 2
    layer = ConvTranspose2d(
        *channels, k, stride=s, padding=padding, output_padding=int(more and s > 1), bias=bias
    )
    with pytest.MonkeyPatch.context() as patch:
        always_pays(patch)
        assert_same(layer, numbers(n, channels[0], size, size + 1), kernel)


@pytest.mark.parametrize(
    "layer", [Conv2d(128, 8, 3, padding=1), ConvTranspose2d(128, 8, 4, stride=2, padding=1)]
)
def test_convolutions_in_bf16(layer):
    """To what bf16 resolves: 8 bits, of the greatest value."""
    x = numbers(4, 128, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        plain = derivatives(layer, x)
        with using("both"):
            found = derivatives(layer, x)
    for a, b in zip(found, plain, strict=True):
        assert a.dtype == b.dtype
        assert float((a - b).detach().abs().max() / b.detach().abs().max()) < 0.03


def test_a_product_is_taken_where_it_pays_alone(monkeypatch):
    calls = []
    real = convolutions._unfolded
    monkeypatch.setattr(convolutions, "_unfolded", lambda *a: calls.append(a) or real(*a))
    wide, narrow = Conv2d(128, 4, 3, 2, padding=1), Conv2d(16, 4, 3, 2, padding=1)
    with using("both"):
        wide(numbers(1, 128, 4, 4))
        wide(numbers(1, 128, 16, 16))
        narrow(numbers(1, 16, 4, 4))
    wide(numbers(1, 128, 4, 4))
    assert len(calls) == 1


def test_the_block_decides_and_gives_back(monkeypatch):
    calls = []
    real = products._onednn
    monkeypatch.setattr(products, "_onednn", lambda *a: calls.append(a) or real(*a))
    layer, x = Linear(3, 2), torch.ones(4, 3)
    layer(x)
    with using("linear"):
        layer(x)
        with using("plain"):
            layer(x)
    layer(x)
    assert len(calls) == 1


def test_small_products_go_the_plain_way(monkeypatch):
    calls = []
    real = products._onednn
    monkeypatch.setattr(products, "_onednn", lambda *a: calls.append(a) or real(*a))
    monkeypatch.setattr(products, "LEAST", 4 * 6)
    layer = Linear(3, 2)
    with using("linear"):
        layer(torch.ones(3, 3))
        assert not calls
        layer(torch.ones(4, 3))
    assert len(calls) == 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_go_the_plain_way(dtype):
    layer, x = Linear(3, 2).to(dtype), torch.ones(4, 3, dtype=dtype)
    with using("linear"):
        assert layer(x).dtype == dtype


def test_autocast_is_obeyed():
    with using("both"), torch.autocast("cpu", torch.bfloat16):
        assert Linear(3, 2)(torch.ones(4, 3)).dtype == torch.bfloat16


def test_without_the_kernel_everything_is_plain(monkeypatch):
    def missing(*_):
        raise AttributeError("no such operator")

    products._available.cache_clear()
    monkeypatch.setattr(products, "_onednn", missing)
    try:
        assert not products.faster()
        with using("linear"):
            assert Linear(3, 2)(torch.ones(4, 3)).shape == (4, 2)
    finally:
        products._available.cache_clear()


@pytest.mark.parametrize(("linear", "conv"), [(a, b) for a in (0, 1) for b in (0, 1)])
def test_the_probe_names_what_was_faster(monkeypatch, linear, conv):
    monkeypatch.setattr(products, "faster", lambda: bool(linear))
    monkeypatch.setattr(convolutions, "faster", lambda: bool(conv))
    assert KERNELS[probe.__wrapped__()] == ("linear",) * linear + ("conv",) * conv


def test_the_recipe_offers_all_of_them():
    (field,) = (f for f in dataclasses.fields(TrainingRecipe) if f.name == "kernels")
    assert set(field.metadata["choices"]) == {"auto", *KERNELS}
    assert kernels.chosen("linear") is False
