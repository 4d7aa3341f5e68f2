"""Random changes of pictures: shapes, gradients, and each change on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from makebelieve.nets.augment import adaptive, shift
from makebelieve.rng import Step

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGES = ("mirror", "move", "brightness", "contrast", "saturation", "cutout")


class Scripted:
    """A step whose draws are known: only the changes named happen, each by `amount`."""

    def __init__(self, *on: str, amount: float | list[float] = 0.5) -> None:
        chance = [0.0 if change in on else 0.9 for change in CHANGES]
        each = amount if isinstance(amount, list) else [amount] * 6
        self.rows = iter([chance, each])

    def uniform(self, n: int, *shape: int) -> Tensor:
        return torch.tensor(next(self.rows)).expand(n, *shape)


def changed(x: Tensor, *on: str, amount: Any = 0.5) -> Tensor:
    return adaptive(x, torch.tensor(0.5), Scripted(*on, amount=amount))  # type: ignore[arg-type]


def pictures(n: int = 4, channels: int = 3, size: int = 16) -> Tensor:
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_nothing_happens_at_p_zero() -> None:
    x = pictures()
    assert torch.allclose(adaptive(x, torch.tensor(0.0), Step(0)), x, atol=1e-6)
    assert torch.allclose(changed(x), x, atol=1e-6)


def test_everything_changes_at_p_one() -> None:
    x = pictures(64)
    seen = adaptive(x, torch.tensor(1.0), Step(0))
    assert ((seen - x).abs().flatten(1).max(1).values > 0.05).all()


@given(
    channels=st.sampled_from([1, 3]),
    size=st.integers(4, 33),
    p=st.floats(0, 1),
    seed=st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_shapes_stay_and_numbers_are_finite(channels: int, size: int, p: float, seed: int) -> None:
    x = pictures(3, channels, size)
    for seen in (adaptive(x, torch.tensor(p), Step(seed)), shift(x, 1, Step(seed))):
        assert seen.shape == x.shape
        assert seen.dtype == x.dtype
        assert torch.isfinite(seen).all()


def test_mirrored_twice_is_as_it_was() -> None:
    x = pictures()
    once = changed(x, "mirror")
    assert torch.allclose(once, x.flip(-1), atol=1e-6)
    assert torch.allclose(changed(once, "mirror"), x, atol=1e-6)


@pytest.mark.parametrize("amount", [0.0, 0.3, 0.999])
def test_a_move_is_by_up_to_an_eighth(amount: float) -> None:
    x = pictures()
    by = int(amount * 5) - 2  # 16 pixels: 2 each way
    seen = changed(x, "move", amount=amount)
    inner = slice(2, -2)
    rows = slice(2 + by, 14 + by)
    assert torch.allclose(seen[..., inner, inner], x[..., rows, rows], atol=1e-6)


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_brightness_adds_one_number(amount: float) -> None:
    x = pictures()
    assert torch.allclose(
        changed(x, "brightness", amount=amount), x + 0.4 * (amount - 0.5), atol=1e-6
    )


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_contrast_stretches_around_the_mean(amount: float) -> None:
    x = pictures()
    middle = x.mean((1, 2, 3), keepdim=True)
    known = middle + (x - middle) * (0.5 + amount)
    assert torch.allclose(changed(x, "contrast", amount=amount), known, atol=1e-6)


def test_saturation_takes_colour_away_and_gives_it() -> None:
    x = pictures()
    grey = x.mean(1, keepdim=True)
    assert torch.allclose(changed(x, "saturation", amount=0.0), grey.expand_as(x), atol=1e-6)
    assert torch.allclose(changed(x, "saturation", amount=1.0), grey + 2 * (x - grey), atol=1e-6)
    alone = pictures(channels=1)
    assert torch.allclose(changed(alone, "saturation", amount=0.0), alone, atol=1e-6)


def test_cutout_blanks_a_quarter_and_nothing_else() -> None:
    x = pictures() + 0.1
    seen = changed(x, "cutout")
    gone = (seen == 0).all(1)
    assert (gone.flatten(1).sum(1) == 49).all(), "rows and columns 5 … 11 of 16"
    assert torch.allclose(seen[~gone[:, None].expand_as(seen)], x[~gone[:, None].expand_as(x)])


def test_each_change_comes_with_its_own_probability() -> None:
    x = torch.rand(1, 3, 8, 8).expand(4000, -1, -1, -1)
    for p in (0.2, 0.6):
        share = float((adaptive(x, torch.tensor(p), Step(3)) == x).flatten(1).all(1).float().mean())
        assert share < (1 - p) ** 4


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_gradients_flow_back_to_the_picture(p: float) -> None:
    x = pictures(8).requires_grad_()
    (gradient,) = torch.autograd.grad(adaptive(x, torch.tensor(p), Step(0)).sum(), x)
    assert torch.isfinite(gradient).all()
    assert gradient.flatten(1).abs().sum(1).min() > 0
    (again,) = torch.autograd.grad(
        adaptive(x, torch.tensor(p), Step(0)).square().sum(), x, create_graph=True
    )
    assert again.requires_grad, "R1 differentiates twice"


@given(n=st.integers(1, 4), shards=st.sampled_from([2, 4]), p=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_parts_of_a_batch_change_as_in_the_whole(n: int, shards: int, p: float) -> None:
    x = pictures(n * shards, size=8)
    changes: list[Callable[[Tensor, Step], Tensor]] = [
        lambda x, s: adaptive(x, torch.tensor(p), s),
        lambda x, s: shift(x, 2, s),
    ]
    for change in changes:
        parts = [
            change(part, Step(0, 3, shard=i, shards=shards))
            for i, part in enumerate(x.chunk(shards))
        ]
        assert torch.equal(torch.cat(parts), change(x, Step(0, 3)))


def test_shift_moves_whole_pixels_and_repeats_the_border() -> None:
    x = pictures(200, 1, 8)
    seen = shift(x, 2, Step(0))
    padded = torch.nn.functional.pad(x, (2,) * 4, mode="replicate")
    places = {(r, c) for r in range(5) for c in range(5)}
    found = set()
    for i in range(200):
        here = [
            (r, c) for r, c in places if torch.equal(seen[i], padded[i, :, r : r + 8, c : c + 8])
        ]
        assert here
        found |= set(here)
    assert found == places, "each way, by up to two"
    assert torch.equal(shift(x, 0, Step(0)), x)
