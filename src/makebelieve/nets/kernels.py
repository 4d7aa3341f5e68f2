"""Which kernels compute a layer: PyTorch's own choice, or other ways to the same numbers.

PyTorch's choice is poor in two places on a CPU: fp32 products where its BLAS does not favour the
CPU's maker (`nets.products`), and convolutions of many channels on tiny maps
(`nets.convolutions`). A probe says which of the other ways are faster on this machine, and the
recipe says which ones a run takes, so that it resumes to the same numbers.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BACKWARD", "KERNELS", "chosen", "least_seconds", "using"]

KERNELS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "linear": ("linear",),
    "conv": ("conv",),
    "both": ("linear", "conv"),
}
"""What the recipe's `kernels` may say → the layers that leave PyTorch's own choice."""

BACKWARD: dict[str, tuple[str, ...]] = {"auto": (), "autograd": (), "manual": ("manual",)}
"""What the recipe's `backward` may say → the same, for gradients that are written out."""

_now: tuple[str, ...] = ()


@contextlib.contextmanager
def using(kernels: str, backward: str = "autograd") -> Iterator[None]:
    """Compute the layers in this block, and their gradients, as these say.

    Args:
        kernels: one of `KERNELS`.
        backward: one of `BACKWARD`.
    """
    global _now
    before, _now = _now, KERNELS[kernels] + BACKWARD[backward]
    try:
        yield
    finally:
        _now = before


def chosen(layer: str) -> bool:
    """Return whether "linear" or "conv" layers, or "manual" gradients, are to be computed so."""
    return layer in _now


def least_seconds(*rivals: Callable[[], object], rounds: int = 12) -> list[float]:
    """Return the least time of each, taken in turns so that a busy moment meets them alike."""
    best = [float("inf")] * len(rivals)
    for _ in range(rounds):
        for i, rival in enumerate(rivals):
            began = time.perf_counter()
            rival()
            best[i] = min(best[i], time.perf_counter() - began)
    return best
