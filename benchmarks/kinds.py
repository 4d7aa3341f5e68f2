"""Where the time of whatever PyTorch does meanwhile goes, by kinds of operations."""

import time
from collections import Counter

from torch.profiler import ProfilerActivity, profile

__all__ = ["CALLS", "KINDS", "Kinds", "kind_of"]

# Kind → the operations of that kind, or pieces of their names.
KINDS = {
    "convolutions": ("conv", "im2col", "col2im"),
    "products": ("mm", "addmm", "bmm", "baddbmm", "_linear_pointwise"),
    "normalisation": ("batch_norm",),
    "Adam": ("_fused_adamw_",),
    "copies": ("copy_", "cat", "fill_", "zero_", "clone", "constant_pad_nd", "_to_copy"),
}
PIECES = {"convolutions", "normalisation"}
ELEMENTS = "element by element"
CALLS = "calls"
"""What is no operation's own time: Python, PyTorch's ways to an operation, autograd."""

# They only name, ask or make room, and belong to the calls.
ROOM = {
    "_has_compatible_shallow_copy_type", "_local_scalar_dense", "_reshape_alias", "as_strided",
    "chunk", "detach", "empty", "empty_like", "empty_strided", "expand", "flatten", "item",
    "lift_fresh", "linear", "matmul", "narrow", "ones_like", "permute", "reshape", "resolve_conj",
    "resolve_neg", "result_type", "select", "slice", "split", "squeeze", "t", "to", "transpose",
    "unbind", "unflatten", "unsqueeze", "view", "view_as", "zeros_like",
}  # fmt: skip


def kind_of(event):
    """Return the kind of a profiler's event; None for what belongs to the calls.

    Example:
        >>> kind_of("aten::mm"), kind_of("aten::relu"), kind_of("AddmmBackward0")
        ('products', 'element by element', None)
    """
    space, _, name = event.rpartition("::")
    if space not in {"aten", "mkldnn"} or name in ROOM:
        return None
    name = name.removeprefix("_foreach_")
    for kind, names in KINDS.items():
        if any(piece in name for piece in names) if kind in PIECES else name in names:
            return kind
    return ELEMENTS


class Kinds:
    """Adds up the operations' own times, as PyTorch's profiler sees them."""

    def __enter__(self):
        self.profile = profile(activities=[ProfilerActivity.CPU])
        self.profile.__enter__()
        self.began = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.wall_s = time.perf_counter() - self.began
        self.profile.__exit__(*error)

    def found(self):
        """Return seconds by kind; the calls are what remains of the whole."""
        seconds = Counter()
        for event in self.profile.key_averages():
            if kind := kind_of(event.key):
                seconds[kind] += event.self_cpu_time_total / 1e6
        return {"kinds": {**seconds, CALLS: self.wall_s - seconds.total()}}
