"""Where training happens: one device, or several that agree on every step."""

from __future__ import annotations

import atexit
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from makebelieve.errors import InputError
from makebelieve.training.allocator import keep_buffers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = ["World", "choose", "connect"]


@dataclass(frozen=True)
class World:
    """The processes that train together.

    Args:
        device: where this process computes.
        rank: which of them this is; 0 alone writes files.
        size: how many there are.
        fabric: Lightning Fabric's launcher and collectives; None for a process of its own.
    """

    device: torch.device
    rank: int = 0
    size: int = 1
    fabric: Any = None

    @property
    def main(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its mean over all processes, in one exchange."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([t.detach().reshape(-1).float() for t in tensors])
        flat = self.fabric.all_reduce(flat, reduce_op="mean")
        start = 0
        for t in tensors:
            t.detach().copy_(flat[start : start + t.numel()].view_as(t))
            start += t.numel()

    def anyone(self, flag: bool) -> bool:
        """Return whether the flag is up in any process."""
        if self.size == 1:
            return flag
        total = torch.tensor(float(flag), device=self.device)
        return bool(self.fabric.all_reduce(total, reduce_op="sum") > 0)

    def agreed(self, value: str) -> str:
        """Return the main process's text to everyone."""
        if self.size == 1:
            return value
        said: str = self.fabric.broadcast(value)
        return said

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            self.fabric.barrier()


def choose(name: str) -> torch.device:
    """Return the device of a name; "auto" takes the fastest kind there is.

    Raises:
        InputError: there is no such device on this machine.

    Example:
        >>> choose("cpu")
        device(type='cpu')
    """
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((kind for kind, there in have.items() if there), "cpu")
    if not have.get(name, True):
        raise InputError(
            f"training.device is {name} and this machine has none that PyTorch can use: "
            "choose auto or cpu"
        )
    return torch.device(name)


def connect(device: str = "auto", threads: int | None = None) -> World:
    """Join the other processes that `torchrun` started, or stay alone.

    Args:
        device: "auto", "cpu", "cuda" or "mps".
        threads: CPU threads of this process; None leaves PyTorch's choice.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    chosen = choose(device)
    keep_buffers()
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World(chosen)
    # Imported here: it costs as much as PyTorch itself, and one process has no use for it.
    from lightning_fabric import Fabric

    local = int(os.environ.get("LOCAL_WORLD_SIZE", size))
    fabric = Fabric(
        accelerator=chosen.type,
        devices=local,
        num_nodes=size // local,
        strategy="ddp",
        precision="32-true",
    )
    fabric.launch()
    # At the interpreter's end the threads of a group that still stands may be cut off, and abort.
    atexit.register(torch.distributed.destroy_process_group)
    return World(fabric.device, fabric.global_rank, fabric.world_size, fabric)
