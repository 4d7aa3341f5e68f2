"""What was measured of real examples, kept so that the next model need not wait for it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING

import safetensors.torch

from makebelieve.runs import store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

__all__ = ["cached", "folder"]

FORMAT = 1  # another way to measure or to keep makes old entries unused


def folder() -> Path:
    """Return the folder of the entries."""
    return store.home() / "cache" / "metrics"


def cached(identity: object, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return tensors from the cache, or make and keep them.

    An entry that is damaged is made again, and one that cannot be written is done without.

    Args:
        identity: all that the tensors depend on, as plain values.
        make: computes them.
    """
    text = json.dumps([FORMAT, identity])
    path = folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.safetensors"
    with contextlib.suppress(Exception):  # whatever a damaged file leads to
        return safetensors.torch.load_file(path)
    made = {name: tensor.contiguous().cpu() for name, tensor in make().items()}
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        safetensors.torch.save_file(made, part)
        part.replace(path)
    return made
