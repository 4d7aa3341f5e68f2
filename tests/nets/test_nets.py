"""Plain nets: shapes, scales of what flows through them, and what a mixed batch must not change."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from makebelieve import nets
from makebelieve.nets import blocks
from makebelieve.nets.blocks import Activation, frozen, one_hot, scaled, sizes, stack
from makebelieve.nets.conv import Double
from makebelieve.nets.products import Linear

EDGES = [4, 5, 7, 8, 9, 15, 16, 28, 30, 33, 64, 128]


@given(size=st.integers(4, 1024))
def test_sizes_halve_down_to_four(size: int) -> None:
    found = sizes(size)
    assert found[0] == size
    assert 4 <= found[-1] < 8
    assert all(after == (before + 1) // 2 for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("channels", [1, 3])
@torch.no_grad()
def test_pictures_of_any_size_go_through(size: int, channels: int) -> None:
    shape = (channels, size, size)
    n = 1 if size > 32 else 2
    vector = nets.encoder(shape, 7, extra=2)(torch.rand(n, *shape), torch.zeros(n, 2))
    assert vector.shape == (n, 7)
    assert nets.decoder(7, shape)(vector).shape == (n, *shape)


@pytest.mark.parametrize("size", nets.SIZES)
def test_the_dial_multiplies_the_width(size: str) -> None:
    count = {
        s: sum(p.numel() for p in nets.encoder((1, 16, 16), 4, s).parameters()) for s in nets.SIZES
    }
    order = sorted(nets.SIZES, key=lambda s: nets.SIZES[s])
    assert [count[s] for s in order] == sorted(set(count.values()))
    assert nets.encoder((2,), 4, size)(torch.zeros(3, 2)).shape == (3, 4)
    assert nets.decoder(4, (2,), size)(torch.zeros(3, 4)).shape == (3, 2)


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 28, 28), (2,)], ids=str)
@torch.no_grad()
def test_an_untrained_net_neither_explodes_nor_dies(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    x = torch.rand(256, *shape) if len(shape) == 3 else torch.randn(256, *shape)
    code = nets.encoder(shape, 32)(x)
    assert 0.1 < float(code.std()) < 3
    out = nets.decoder(16, shape)(torch.randn(256, 16))
    assert 0.1 < float(out.std()) < 3


@pytest.mark.parametrize("shape", [(3, 16, 16), (2,)], ids=str)
@torch.no_grad()
def test_an_example_does_not_feel_its_neighbours(shape: tuple[int, ...]) -> None:
    x = torch.rand(6, *shape)
    net, back = nets.encoder(shape, 5), nets.decoder(5, shape)
    alone = torch.cat([net(x[i : i + 1]) for i in range(6)])
    assert torch.allclose(net(x), alone, atol=1e-5)
    assert torch.allclose(back(alone), torch.cat([back(a[None]) for a in alone]), atol=1e-5)


@torch.no_grad()
def test_memory_format_changes_no_number() -> None:
    net: Any = nets.encoder((3, 16, 16), 5)
    x = torch.rand(4, 3, 16, 16)
    plain = net(x)
    net.to(memory_format=torch.channels_last)
    assert torch.allclose(net(x.to(memory_format=torch.channels_last)), plain, atol=1e-5)


@torch.no_grad()
def test_the_second_input_matters() -> None:
    for shape in ((1, 8, 8), (2,)):
        net, x = nets.encoder(shape, 3, extra=2), torch.rand(2, *shape)
        assert not torch.allclose(net(x, torch.eye(2)), net(x, torch.eye(2).flip(0)))


@torch.no_grad()
def test_activation_with_its_gain_keeps_variance() -> None:
    torch.manual_seed(0)
    layer = scaled(nn.Linear(400, 400), Activation.gain)
    h = torch.randn(2000, 400)
    for _ in range(5):
        h = layer(Activation()(h))
    assert 0.5 < float(h.var()) < 2
    assert not layer.bias.any()


@given(inputs=st.integers(1, 64), gain=st.floats(0.1, 3))
@settings(max_examples=20, deadline=None)
def test_scaled_divides_by_the_fan_in(inputs: int, gain: float) -> None:
    torch.manual_seed(0)
    layer = scaled(nn.Conv2d(inputs, 64, 3), gain)
    assert float(layer.weight.detach().std()) == pytest.approx(gain / (9 * inputs) ** 0.5, rel=0.15)


@pytest.mark.parametrize("size", [7, 8])
def test_doubling_reaches_every_pixel_alike(size: int) -> None:
    layer = Double(3, 2, size)
    nn.init.ones_(layer.conv.weight)
    drawn = layer(torch.ones(1, 3, 4, 4)).detach()
    assert drawn.shape == (1, 2, size, size)
    # Away from the border each pixel sums the same 2 × 2 × 3 ones: no checkerboard.
    assert torch.equal(drawn[..., 1:6, 1:6], torch.full((1, 2, 5, 5), 12.0))


def test_stack_ends_in_a_plain_linear_layer() -> None:
    layers = list(stack([2, 8, 4], 3))
    assert [type(m) for m in layers] == [Linear, Activation, Linear, Activation, Linear]


def test_one_hot_of_unknown_labels_is_all_zeros() -> None:
    like = torch.zeros(1)
    found = one_hot(torch.tensor([1, -1, 0]), 2, 3, like)
    assert found.tolist() == [[0, 1], [0, 0], [1, 0]]
    assert one_hot(None, 2, 3, like).tolist() == [[0, 0]] * 3
    assert one_hot(torch.tensor([0]), 2, 1, like.double()).dtype == torch.float64


def test_frozen_lets_gradients_through_and_none_in() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    net[0].bias.requires_grad_(False)
    before = [p.requires_grad for p in net.parameters()]
    x = torch.rand(2, 2, requires_grad=True)
    with frozen(net):
        assert not any(p.requires_grad for p in net.parameters())
        y = net(x).sum()
    torch.autograd.backward(y)
    assert x.grad is not None
    assert x.grad.any()
    assert all(p.grad is None for p in net.parameters())
    assert [p.requires_grad for p in net.parameters()] == before


def test_frozen_restores_after_an_error() -> None:
    net = nn.Linear(2, 3)
    with pytest.raises(ZeroDivisionError), frozen(net):
        1 / 0  # noqa: B018
    assert all(p.requires_grad for p in net.parameters())


def test_nets_know_no_data_and_no_loss() -> None:
    for module in (nets, blocks, nets.conv, nets.mlp):
        source = inspect.getsource(module)
        for layer in ("data", "models", "training"):
            assert f"makebelieve.{layer}" not in source
