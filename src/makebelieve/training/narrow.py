"""Weights of products in bf16 beside those in fp32: cast once a step, not layer by layer.

The plain way is autocast alone, which casts each weight on the way forward and its gradient on the
way back. The products are the same; the tests compare losses and gradients to the bit.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from makebelieve.training.flat import Flat

__all__ = ["Narrow"]

PRODUCTS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
"""Layers whose weights and biases autocast would cast, and nothing else reads."""


class Narrow:
    """The bf16 copies of the players' weights, which layers use while a step is taken.

    Args:
        players: whose weights; none, for arithmetic in fp32.
    """

    def __init__(self, players: Iterable[Flat]) -> None:
        self._copies = {flat: flat.values.to(torch.bfloat16) for flat in players}
        self._pairs = []
        for flat, copy in self._copies.items():
            parameters = dict(flat.module.named_parameters())
            flat.written = torch.empty_like(copy)  # no memory, until something is written
            wide, narrow = flat.named(flat.values), flat.named(copy)
            for name in _of_products(flat.module) & wide.keys():
                self._pairs.append((parameters[name], wide[name], narrow[name]))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the layers use the copies."""
        for p, _, narrow in self._pairs:
            p.data = narrow
        try:
            yield
        finally:
            for p, wide, _ in self._pairs:
                p.data = wide

    def follow(self, flat: Flat) -> None:
        """Copy a player's weights after they have changed."""
        if flat in self._copies:
            self._copies[flat].copy_(flat.values)


def _of_products(module: nn.Module) -> set[str]:
    return {
        f"{name}.{kind}" if name else kind
        for name, layer in module.named_modules()
        if isinstance(layer, PRODUCTS)
        for kind, _ in layer.named_parameters(recurse=False)
    }
