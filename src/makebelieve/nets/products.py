"""Matrix products by oneDNN, where PyTorch would take them from a BLAS that is slower here.

The plain way is `torch.nn.functional.linear`; the tests compare values and all derivatives.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve.nets.kernels import chosen, least_seconds

__all__ = ["Linear", "activated", "faster", "linear", "product"]

WORTH = 1.25  # how many times faster oneDNN must be to be chosen
LEAST = 2**22  # multiplications under which the call costs more than it saves


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x Wᵀ + b.

    Args:
        x: (n, i).
        weight: W, (o, i).
        bias: b, (o,).

    Example:
        >>> from makebelieve.nets.kernels import using
        >>> with using("linear"):
        ...     linear(torch.ones(1, 2), torch.tensor([[1.0, 2.0]]))
        tensor([[3.]])
    """
    if x.dim() == 2 and _pays(x, weight):
        return _product(x, weight, bias)
    return F.linear(x, weight, bias)


def product(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    """Return a b; it has no derivatives.

    Args:
        a: (n, k).
        b: (k, m), of the same precision.
        out: (n, m), where to write it.

    Example:
        >>> product(torch.ones(1, 2), torch.ones(2, 1))
        tensor([[2.]])
    """
    if not _pays(a, b):
        return torch.mm(a, b, out=out)
    found = _onednn(a, b.t())
    return found if out is None else out.copy_(found)


def activated(x: Tensor, weight: Tensor, bias: Tensor | None, slope: float | None = None) -> Tensor:
    """Return leaky ReLU(x Wᵀ + b) in one pass over memory; it has no derivatives.

    Args:
        x: (n, i), of the weight's precision.
        weight: W, (o, i).
        bias: b, (o,).
        slope: of what lies under zero; None for no activation.

    Example:
        >>> activated(torch.ones(1, 2), torch.tensor([[1.0, -2.0]]), None, 0.5)
        tensor([[-0.5000]])
    """
    narrow = x.dtype == torch.bfloat16  # PyTorch takes it from oneDNN, too
    if (narrow and x.device.type == "cpu" and _available(x.dtype)) or _pays(x, weight):
        return _onednn(x, weight, bias, slope)
    found = F.linear(x, weight, bias)
    return found if slope is None else F.leaky_relu_(found, slope)


def _pays(x: Tensor, weight: Tensor) -> bool:
    # In bf16 both are the same kernel, and autocast must see PyTorch's own function.
    return (
        x.dtype == torch.float32
        and chosen("linear")
        and x.shape[0] * weight.numel() >= LEAST
        and x.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and _available()
    )


class Linear(nn.Linear):
    """A linear layer that takes its product from `linear`."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, i) to (n, o)."""
        return linear(x, self.weight, self.bias)


class _Product(torch.autograd.Function):
    """The product by oneDNN. Its gradients are such products again: it has all derivatives."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _onednn(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        functions = (*ctx.next_functions, (None, 0))  # a bias of None has none
        to_x, to_weight, to_bias = map(_wanted, ctx.needs_input_grad, functions)
        return (
            _product(gradient, weight.t()) if to_x else None,
            _like(weight, x, gradient) if to_weight else None,
            gradient.sum(0) if to_bias else None,
        )


def _like(weight: Tensor, x: Tensor, gradient: Tensor) -> Tensor:
    """Return the gradient of the weight, laid out in memory as it is, so that nothing is copied."""
    if weight.is_contiguous():
        return _product(gradient.t(), x.t())
    return _product(x.t(), gradient.t()).t()


def _wanted(needed: bool, function: tuple[Any, int]) -> bool:
    """Return whether this gradient is asked for in the present backward pass.

    The slope that a gradient penalty takes asks for the inputs' gradients alone, which a function
    written in Python is not told.
    """
    try:
        return needed and torch._C._will_engine_execute_node(function[0])
    except (AttributeError, RuntimeError):  # of a leaf it cannot be said
        return needed


def _product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    if not torch.is_grad_enabled():
        return _onednn(x, weight, bias)
    # A view is no leaf, so that it can be said whether its gradient is wanted.
    found: Tensor = _Product.apply(x, weight.view_as(weight), bias)  # type: ignore[no-untyped-call]
    return found


def _onednn(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, slope: float | None = None
) -> Tensor:
    then = ("none", [], "") if slope is None else ("leaky_relu", [slope], "")
    found: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, *then)
    return found


@functools.cache
def _available(dtype: torch.dtype = torch.float32) -> bool:
    """Try the kernel on two numbers: it is not part of PyTorch's promises."""
    one = torch.ones(1, 1, dtype=dtype)
    try:
        return bool(_onednn(one, one, one[0]) == 2)
    except (AttributeError, RuntimeError, TypeError):
        return False


def faster() -> bool:
    """Return whether oneDNN's product is the faster one on this machine."""
    if not _available():
        return False
    x, weight = torch.ones(256, 512), torch.ones(512, 512)
    plain, onednn = least_seconds(lambda: F.linear(x, weight), lambda: _onednn(x, weight))
    return plain > WORTH * onednn
