"""Ctrl-C that waits until what must not be cut in half is whole."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["patient"]


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """Hold Ctrl-C back while big packages are imported, and let it through afterwards.

    A KeyboardInterrupt in the middle of an import leaves half a module behind, and PyTorch goes on
    with half a numpy into an error that says nothing to anybody.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
