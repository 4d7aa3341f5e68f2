"""bf16 copies of the weights: the same numbers as autocast alone, for every model."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from makebelieve import models
from makebelieve.data.spec import Spec
from makebelieve.training.devices import World
from makebelieve.training.loop import train
from makebelieve.training.narrow import Narrow

GREY = Spec.pictures(8, 1, ("no", "yes"))
CPU = World(torch.device("cpu"))
everyone = pytest.mark.parametrize("name", models.MODELS)


def trained(kit: Any, name: str, *, narrow: bool) -> Any:
    state = kit.state(name, GREY, precision="bf16", examples=96, batch=16)
    if not narrow:
        state.narrow = Narrow(())
    for _ in train(state, kit.loaders(kit.dataset(GREY)), CPU):
        pass
    return state


@everyone
def test_six_steps_are_those_of_autocast_alone(kit: Any, name: str) -> None:
    plain, ours = (trained(kit, name, narrow=narrow) for narrow in (False, True))
    for player, flat in plain.players.items():
        assert torch.equal(flat.values, ours.players[player].values)
        assert torch.equal(flat.gradients, ours.players[player].gradients)


@everyone
def test_between_steps_the_weights_are_those_in_fp32(kit: Any, name: str) -> None:
    state = trained(kit, name, narrow=True)
    for flat in state.players.values():
        for parameter, view in flat.named(flat.values).items():
            p = dict(flat.module.named_parameters())[parameter]
            assert p.dtype == torch.float32
            assert p.data_ptr() == view.data_ptr()


def test_a_step_that_fails_leaves_the_weights_in_fp32(kit: Any) -> None:
    state = kit.state("judge", GREY, precision="bf16", examples=96)
    with pytest.raises(KeyboardInterrupt), state.narrow.at_work():
        assert any(p.dtype == torch.bfloat16 for p in state.model.parameters())
        raise KeyboardInterrupt
    assert all(p.dtype == torch.float32 for p in state.model.parameters())
