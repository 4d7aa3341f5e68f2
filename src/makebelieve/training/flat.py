"""The parameters of one player as one vector: one update, one norm, one exchange, one average."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["Flat", "adam", "adam_plain"]

SWEEP, TINY = 128, 1e-30
"""Every so many steps, moments under so much become zero.

Left alone, those of a weight that has no gradient any more halve until they are denormal numbers,
with which a CPU computes many times slower; what they would move a weight by, it cannot hold.
"""


class Flat:
    """A player's trainable parameters, laid end to end in memory, with everything Adam keeps.

    The module's parameters become views of `values`: it works as before. `collect` lays out the
    gradients in the same order, so that a step is a handful of operations however many layers.

    Args:
        module: the player, already on its device and in its memory format.
        averaged: whether to keep averaged weights, too.

    Example:
        >>> flat = Flat(torch.nn.Linear(2, 3))
        >>> flat.values.shape, list(flat.named(flat.values))
        (torch.Size([9]), ['weight', 'bias'])
    """

    def __init__(self, module: nn.Module, *, averaged: bool = False) -> None:
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        self.module = module
        self.values = torch.cat([_in_memory_order(p.detach()) for _, p in named])
        self.gradients = torch.zeros_like(self.values)
        self.written = self.gradients  # where a pass that is written out leaves them
        self.first_moment = torch.zeros_like(self.values)
        self.second_moment = torch.zeros_like(self.values)
        self.average = self.values.clone() if averaged else None
        self.steps = 0
        self._places: dict[str, tuple[tuple[int, ...], tuple[int, ...], int]] = {}
        start = 0
        for name, p in named:
            self._places[name] = (tuple(p.shape), p.stride(), start)
            start += p.numel()
        self._parameters = [p for _, p in named]
        self._views = list(self.named(self.gradients).values())
        for p, value in zip(self._parameters, self.named(self.values).values(), strict=True):
            p.data = value

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """Return views of a vector like `values`, one a parameter, by the parameter's name."""
        return {
            name: vector.as_strided(shape, stride, vector.storage_offset() + start)
            for name, (shape, stride, start) in self._places.items()
        }

    def vectors(self) -> dict[str, Tensor]:
        """Return what training carries beside the weights, by name."""
        kept = {"first_moment": self.first_moment, "second_moment": self.second_moment}
        return kept if self.average is None else {**kept, "average": self.average}

    def forget(self) -> None:
        """Drop the gradients of earlier backward passes."""
        for p in self._parameters:
            p.grad = None

    def collect(self) -> None:
        """Take what backward passes left into `gradients`; an unused parameter's is zero.

        A pass hands a first gradient over as it is, and would have to add it to a view: so laying
        them out afterwards costs less than letting them add up in place.
        """
        each = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        # A gradient may be in bf16, as the weights of `Narrow` are.
        torch._foreach_copy_(self._views, each)
        self.forget()

    @functools.cached_property
    def slots(self) -> dict[Tensor, Tensor]:
        """Return parameter → its part of `written`."""
        return dict(zip(self._parameters, self.named(self.written).values(), strict=True))

    def take(self) -> None:
        """Take what lies in `slots` into `gradients`."""
        if self.written is not self.gradients:
            self.gradients.copy_(self.written)

    def move(self, rate: float, beta1: float, beta2: float, weight_decay: float) -> None:
        """Take one Adam step along the present gradients."""
        self.steps += 1
        adam(
            self.values, self.gradients, self.first_moment, self.second_moment, self.steps,
            rate, beta1, beta2, weight_decay,
        )  # fmt: skip
        if self.steps % SWEEP == 0:
            for moment in (self.first_moment, self.second_moment):
                moment.masked_fill_(moment.abs() < TINY, 0)

    def swap(self) -> None:
        """Exchange present and averaged weights; a second call exchanges them back."""
        if self.average is not None:
            kept = self.values.clone()
            self.values.copy_(self.average)
            self.average.copy_(kept)


def _in_memory_order(p: Tensor) -> Tensor:
    """Return a dense tensor's numbers as they lie in memory, channels last or not."""
    return p.as_strided((p.numel(),), (1,), p.storage_offset()).clone()


def adam_plain(
    values: Tensor,
    gradients: Tensor,
    first: Tensor,
    second: Tensor,
    steps: int,
    rate: float,
    beta1: float,
    beta2: float,
    weight_decay: float,
    epsilon: float = 1e-8,
) -> None:
    """Take one Adam step in place.

    m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  w ← w(1 − ηλ) − η m̂ / (√v̂ + ε)

    Args:
        values: w, changed in place.
        gradients: g.
        first: m, changed in place.
        second: v, changed in place.
        steps: how many steps this one makes, from 1.
        rate: η.
        beta1: β₁.
        beta2: β₂.
        weight_decay: λ.
        epsilon: ε.

    Source:
        Kingma and Ba 2015, algorithm 1; decay of Loshchilov and Hutter 2019, algorithm 2.
    """
    values.mul_(1 - rate * weight_decay)
    first.lerp_(gradients, 1 - beta1)
    second.mul_(beta2).addcmul_(gradients, gradients, value=1 - beta2)
    root = (second / (1 - beta2**steps)).sqrt_().add_(epsilon)
    values.addcdiv_(first, root, value=-rate / (1 - beta1**steps))


def _adam_fused(
    values: Tensor,
    gradients: Tensor,
    first: Tensor,
    second: Tensor,
    steps: int,
    rate: float,
    beta1: float,
    beta2: float,
    weight_decay: float,
    epsilon: float = 1e-8,
) -> None:
    """Do the same in one pass over memory, by the kernel behind `torch.optim.AdamW(fused=True)`.

    Called directly because the class imports PyTorch's compiler, a second of start-up.
    """
    torch._fused_adamw_(
        [values], [gradients], [first], [second], [],
        [torch.full((), float(steps), device=values.device)],
        lr=rate, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=epsilon,
        amsgrad=False, maximize=False,
    )  # fmt: skip


def _fused_works() -> bool:
    """Try the kernel on one number: it is not part of PyTorch's promises."""
    w, g, m, v = (torch.ones(1) for _ in range(4))
    try:
        _adam_fused(w, g, m, v, 1, 1e-3, 0.9, 0.99, 0.0)
    except (AttributeError, RuntimeError, TypeError):
        return False
    return True


_FUSED = _fused_works()


def adam(values: Tensor, *rest: Tensor | float) -> None:
    """Take one Adam step in place, by the fused kernel where there is one: see `adam_plain`."""
    chosen = _adam_fused if _FUSED and values.device.type in {"cpu", "cuda"} else adam_plain
    chosen(values, *rest)  # type: ignore[arg-type]
