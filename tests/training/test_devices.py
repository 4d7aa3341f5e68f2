"""Where training happens, and what a process of its own says to nobody."""

from __future__ import annotations

import pytest
import torch

from makebelieve.errors import InputError
from makebelieve.training.devices import World, choose, connect


def test_auto_takes_what_there_is() -> None:
    assert choose("auto").type in {"cuda", "mps", "cpu"}
    assert choose("cpu") == torch.device("cpu")


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match=f"training.device is {kind}.*choose auto or cpu"):
        choose(kind)
    assert choose("auto").type == "cpu"


def test_alone_everything_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    world = connect("cpu", threads=1)
    assert world == World(torch.device("cpu"), rank=0, size=1)
    assert world.main
    numbers = torch.tensor([1.0, 2.0])
    world.average([numbers])
    assert numbers.tolist() == [1, 2]
    assert world.anyone(True)
    assert not world.anyone(False)
    assert world.agreed("folder") == "folder"
    world.wait()
    assert torch.get_num_threads() == 1


def test_only_the_first_process_writes() -> None:
    assert not World(torch.device("cpu"), rank=1, size=2).main
