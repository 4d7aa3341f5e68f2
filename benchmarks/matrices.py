"""Matrix products of 2048³, the fastest arithmetic there is: the ceiling of training's speed."""

import torch

__all__ = ["onednn", "plain"]

N = 2048


def plain(tick, precision, n=N, device="cpu"):
    """Multiply for ever through torch.mm."""
    a, b = (torch.randn(n, n).to(device, dtype(precision)) for _ in range(2))

    def product():
        torch.mm(a, b)
        if device == "cuda":
            torch.cuda.synchronize()

    repeat(tick, product, n)


def onednn(tick, precision):
    """Multiply for ever through oneDNN's linear layer."""
    a, b = (torch.randn(N, N).to(dtype(precision)) for _ in range(2))
    linear = torch.ops.mkldnn._linear_pointwise
    repeat(tick, lambda: linear(a, b, None, "none", [], ""), N)


def dtype(precision):
    """Return PyTorch's name of a precision."""
    return torch.bfloat16 if precision == "bf16" else torch.float32


def repeat(tick, product, n):
    """Count floating-point operations as if they were examples."""
    tick.begins(None)
    with torch.no_grad():
        while True:
            product()
            tick(2 * n**3)
