"""Matrix products of 2048³, the fastest arithmetic there is: the ceiling of training's speed."""

import torch

__all__ = ["onednn", "plain"]

N = 2048
FLOPS = 2 * N**3


def plain(tick, precision):
    """Multiply for ever through torch.mm."""
    a, b = (torch.randn(N, N).to(dtype(precision)) for _ in range(2))
    repeat(tick, lambda: torch.mm(a, b))


def onednn(tick, precision):
    """Multiply for ever through oneDNN's linear layer."""
    a, b = (torch.randn(N, N).to(dtype(precision)) for _ in range(2))
    linear = torch.ops.mkldnn._linear_pointwise
    repeat(tick, lambda: linear(a, b, None, "none", [], ""))


def dtype(precision):
    """Return PyTorch's name of a precision."""
    return torch.bfloat16 if precision == "bf16" else torch.float32


def repeat(tick, product):
    """Count floating-point operations as if they were examples."""
    tick.begins(None)
    with torch.no_grad():
        while True:
            product()
            tick(FLOPS)
