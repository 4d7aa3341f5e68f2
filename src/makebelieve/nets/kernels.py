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

__all__ = ["KERNELS", "chosen", "least_seconds", "using"]

KERNELS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "linear": ("linear",),
    "conv": ("conv",),
    "both": ("linear", "conv"),
}
"""What the recipe's `kernels` may say → the layers that leave PyTorch's own choice."""

_now: tuple[str, ...] = ()


@contextlib.contextmanager
def using(kernels: str) -> Iterator[None]:
    """Compute the layers in this block, and their gradients, as one of `KERNELS` says."""
    global _now
    before, _now = _now, KERNELS[kernels]
    try:
        yield
    finally:
        _now = before


def chosen(layer: str) -> bool:
    """Return whether "linear" or "conv" layers are to be computed the other way."""
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
