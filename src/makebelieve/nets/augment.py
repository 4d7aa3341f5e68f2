"""Random changes of pictures, drawn from the step: they are differentiable and cost little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from makebelieve.rng import Step

__all__ = ["adaptive", "shift"]


def shift(x: Tensor, most: int, step: Step) -> Tensor:
    """Move each picture by up to `most` pixels each way; the border's colour moves in.

    Args:
        x: (n, channels, height, width); points, (n, 2), stay where they are.
        most: pixels; 0 leaves all as it is, and draws nothing.
        step: where the random numbers come from.
    """
    if not most or x.ndim != 4:
        return x
    n, _, height, width = x.shape
    by = step.integers(2 * most + 1, n, 2)
    return _crop(F.pad(x, (most,) * 4, mode="replicate"), by, height, width)


def adaptive(x: Tensor, p: Tensor, step: Step) -> Tensor:
    """Change each picture in several ways, each with probability p, the same ways for any sign.

    Mirror, move by up to an eighth, cut out a quarter, brightness, contrast, saturation: below
    p = .8 a generator cannot learn them by mistake (Karras et al. 2020, section 3).

    Args:
        x: (n, channels, height, width) in 0 … 1, real or generated.
        p: probability, a scalar tensor.
        step: where the random numbers come from.
    """
    n, channels, height, width = x.shape
    chance = step.uniform(n, 6)
    amount = step.uniform(n, 6)
    on = (chance < p.to(chance)).to(x.dtype)[:, :, None, None, None]
    u = amount.to(x.dtype)[:, :, None, None, None]

    x = torch.where(on[:, 0] > 0, x.flip(-1), x)
    most = max(1, height // 8)
    by = ((amount[:, 1:3] * (2 * most + 1)).long() - most) * on[:, 1, 0, 0].long() + most
    x = _crop(F.pad(x, (most,) * 4, mode="reflect"), by, height, width)
    x = x + on[:, 2] * (u[:, 3] - 0.5) * 0.4
    middle = x.mean((1, 2, 3), keepdim=True)
    x = middle + (x - middle) * (1 + on[:, 3] * (u[:, 4] - 0.5))
    if channels > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * (1 + on[:, 4] * (2 * u[:, 5] - 1))
    return x * _cutout(amount, on[:, 5], height, width)


def _crop(padded: Tensor, by: Tensor, height: int, width: int) -> Tensor:
    """Cut height × width out of each padded picture, starting at its own row and column."""
    n = len(padded)
    rows = by[:, 0, None] + torch.arange(height, device=by.device)
    columns = by[:, 1, None] + torch.arange(width, device=by.device)
    each = torch.arange(n, device=by.device)
    # Indexed channels last, which is how the pictures lie in memory.
    moved = padded.permute(0, 2, 3, 1)[each[:, None, None], rows[:, :, None], columns[:, None]]
    return moved.permute(0, 3, 1, 2)


def _cutout(amount: Tensor, on: Tensor, height: int, width: int) -> Tensor:
    """Return an (n, 1, height, width) mask: zero in a square of half the width where `on`."""
    y = torch.arange(height, device=amount.device)[None, :, None]
    x = torch.arange(width, device=amount.device)[None, None, :]
    top = (amount[:, 0] * height)[:, None, None]
    left = (amount[:, 5] * width)[:, None, None]
    inside = ((y - top).abs() < height / 4) & ((x - left).abs() < width / 4)
    return 1 - inside[:, None].to(on.dtype) * on
