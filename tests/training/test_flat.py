"""One vector for a player's parameters, and Adam against PyTorch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from makebelieve import models
from makebelieve.data.spec import Spec
from makebelieve.training import flat as module
from makebelieve.training.flat import Flat, adam, adam_plain

GREY = Spec.pictures(8, 1, ("no", "yes"))


def net(channels_last: bool = False) -> Any:
    torch.manual_seed(0)
    made: Any = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3), nn.Flatten(), nn.Linear(64, 5)
    )
    return made.to(memory_format=torch.channels_last) if channels_last else made


def loss_of(net: Any, seed: int) -> Any:
    x = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    return net(x).square().sum(1).mean()


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("betas", [(0.9, 0.99), (0.0, 0.999), (0.5, 0.9)])
def test_fifty_steps_are_those_of_adamw(
    channels_last: bool, weight_decay: float, betas: tuple[float, float]
) -> None:
    """Three ways with the same gradients: ours fused, ours plain, and `torch.optim.AdamW`."""
    torch.manual_seed(1)
    known = net(channels_last)
    peer = torch.optim.AdamW(known.parameters(), lr=1e-2, betas=betas, weight_decay=weight_decay)
    ours = {}
    for name, step in (("chosen", adam), ("plain", adam_plain)):
        flat = Flat(net(channels_last))
        ours[name] = (flat, step)
    generator = torch.Generator().manual_seed(2)
    for i in range(1, 51):
        drawn = {
            n: torch.randn(p.shape, generator=generator) * 10 ** (i % 5 - 3)
            for n, p in known.named_parameters()
        }
        rate = 1e-2 / i
        for n, p in known.named_parameters():
            p.grad = drawn[n].clone()
        peer.param_groups[0]["lr"] = rate
        peer.step()
        for flat, step in ours.values():
            for n, view in flat.named(flat.gradients).items():
                view.copy_(drawn[n])
            step(
                flat.values, flat.gradients, flat.first_moment, flat.second_moment, i,
                rate, *betas, weight_decay,
            )  # fmt: skip
    for flat, _ in ours.values():
        for n, p in known.named_parameters():
            view = flat.named(flat.values)[n]
            assert torch.allclose(view, p, rtol=1e-5, atol=1e-6)
            assert torch.equal(flat.module.get_parameter(n), view)


@pytest.mark.parametrize("channels_last", [False, True])
def test_training_is_that_of_adamw(channels_last: bool) -> None:
    known, flat = net(channels_last), Flat(net(channels_last))
    peer = torch.optim.AdamW(known.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.05)
    for i in range(50):
        peer.zero_grad()
        loss_of(known, i).backward()
        peer.step()
        loss_of(flat.module, i).backward()
        flat.collect()
        flat.move(1e-3, 0.9, 0.99, 0.05)
    for n, p in known.named_parameters():
        assert torch.allclose(flat.module.get_parameter(n), p, rtol=1e-4, atol=1e-5)


def test_the_fused_kernel_is_there() -> None:
    """With the PyTorch that is installed here; without it everything works, slower."""
    assert module._FUSED


@given(
    steps=st.integers(1, 10**6),
    rate=st.floats(0, 1),
    beta1=st.floats(0, 0.999),
    beta2=st.floats(0, 0.999),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_fused_is_plain(steps: int, rate: float, beta1: float, beta2: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    start = [torch.randn(37, generator=generator) for _ in range(3)]
    second = torch.rand(37, generator=generator) + 0.1
    both = []
    ways: list[Any] = [module._adam_fused, adam_plain]
    for step in ways:
        vectors = [t.clone() for t in (*start, second)]
        step(*vectors, steps, rate, beta1, beta2, 0.01)
        both.append(vectors)
    for a, b in zip(*both, strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_module_works_as_before(channels_last: bool) -> None:
    one, other = net(channels_last), net(channels_last)
    flat = Flat(one)
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(one(x), other(x))
    assert one[0].weight.is_contiguous(
        memory_format=torch.channels_last if channels_last else torch.contiguous_format
    )
    names = [n for n, _ in other.named_parameters()]
    assert list(flat.named(flat.values)) == names
    assert flat.values.numel() == sum(p.numel() for p in other.parameters())


@pytest.mark.parametrize("name", models.MODELS)
def test_parameters_are_views_of_one_vector(kit: Any, name: str) -> None:
    model = kit.build(name, GREY)
    for player in model.players.values():
        trainable = {n: p for n, p in player.named_parameters() if p.requires_grad}
        flat = Flat(player)
        assert list(flat.named(flat.values)) == list(trainable)
        flat.values.copy_(torch.arange(flat.values.numel()))
        seen = set()
        for n, p in trainable.items():
            assert torch.equal(p, flat.named(flat.values)[n])
            assert p.untyped_storage().data_ptr() == flat.values.untyped_storage().data_ptr()
            seen |= set(p.detach().flatten().tolist())
        assert seen == set(range(flat.values.numel())), "every number belongs to one parameter"


def test_gradients_add_up_in_one_vector() -> None:
    flat = Flat(net())
    known = net()
    loss_of(known, 0).backward()
    loss_of(flat.module, 0).backward()
    flat.collect()
    for n, p in known.named_parameters():
        assert torch.equal(flat.named(flat.gradients)[n], p.grad)
    once = flat.gradients.clone()
    assert once.any()
    for _ in range(2):
        loss_of(flat.module, 0).backward()
    flat.collect()
    assert torch.allclose(flat.gradients, 2 * once, rtol=1e-6)
    loss_of(flat.module, 0).backward()
    flat.forget()
    flat.collect()
    assert not flat.gradients.any(), "a parameter that was not used has a gradient of zero"


def test_what_is_frozen_stays_out() -> None:
    made = net()
    made[0].weight.requires_grad_(False)
    flat = Flat(made)
    assert "0.weight" not in flat.named(flat.values)
    before = made[0].weight.clone()
    loss_of(made, 0).backward()
    flat.move(0.1, 0.9, 0.99, 0.0)
    assert torch.equal(made[0].weight, before)


def test_loading_weights_keeps_the_views() -> None:
    flat, other = Flat(net()), net()
    with torch.no_grad():
        other[0].weight.fill_(3)
    flat.module.load_state_dict(other.state_dict())
    assert (flat.named(flat.values)["0.weight"] == 3).all()


def test_swapping_twice_is_identity() -> None:
    flat = Flat(net(), averaged=True)
    assert flat.average is not None
    assert torch.equal(flat.average, flat.values)
    flat.average.mul_(2)
    values, average = flat.values.clone(), flat.average.clone()
    flat.swap()
    assert torch.equal(flat.values, average)
    assert torch.equal(flat.average, values)
    assert torch.equal(flat.module.get_parameter("0.weight"), flat.named(average)["0.weight"])
    flat.swap()
    assert torch.equal(flat.values, values)
    assert torch.equal(flat.average, average)


def test_without_an_average_there_is_nothing_to_swap() -> None:
    flat = Flat(net())
    values = flat.values.clone()
    flat.swap()
    assert torch.equal(flat.values, values)
    assert set(flat.vectors()) == {"first_moment", "second_moment"}
    assert set(Flat(net(), averaged=True).vectors()) > set(flat.vectors())


def test_moments_of_a_dead_weight_become_zero_before_they_are_denormal() -> None:
    flat = Flat(nn.Linear(2, 1, bias=False))
    flat.gradients.copy_(torch.tensor([1.0, 1e-3]))
    flat.move(1e-3, 0.9, 0.99, 0.0)
    for _ in range(2_000):
        flat.gradients.copy_(torch.tensor([0.0, 1e-3]))
        flat.move(0.0, 0.9, 0.99, 0.0)
        for moment in (flat.first_moment, flat.second_moment):
            assert not ((moment != 0) & (moment.abs() < torch.finfo(torch.float32).tiny)).any()
    assert flat.first_moment[0] == 0
    assert flat.first_moment[1] == pytest.approx(1e-3)
