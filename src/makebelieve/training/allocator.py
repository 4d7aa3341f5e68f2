"""Keep the memory that a step frees, for the next step to use.

glibc's malloc gives every buffer above 32 MiB back to the system when it is freed, and asks for it
again a moment later: all its pages must be zeroed and mapped anew. Training frees and asks for the
same buffers at every step.
"""

from __future__ import annotations

import ctypes
import functools
import platform

__all__ = ["keep_buffers"]

# The names and numbers of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
KEPT = 1024**3
"""Free memory at the end of the heap above this many bytes goes back to the system."""


@functools.cache
def keep_buffers() -> bool:
    """Tell malloc to serve big buffers from its heap, too, and to keep up to `KEPT` bytes of it.

    Returns:
        Whether that was possible: it takes glibc. Elsewhere nothing is changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, KEPT))
