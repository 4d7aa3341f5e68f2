"""The floating-point operations of whatever PyTorch does meanwhile."""

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

__all__ = ["Flops"]


class Flops(TorchDispatchMode):
    """Adds up matrix products and convolutions by PyTorch's own formulas.

    PyTorch's `FlopCounterMode` also follows modules, with which it refuses the gradient of a
    gradient that WGAN-GP takes.
    """

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Do what was asked, and count it."""
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=out)
        return out

    def found(self):
        """Return what was counted."""
        return {"flops": self.total}
