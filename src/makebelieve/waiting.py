"""How long PyTorch's threads wait for each other: decided before it is imported, and never after.

OpenMP's threads spin while they wait. On a quiet machine that makes a step of 2 ms a tenth faster;
with one other busy process on two cores it makes it twice as slow as threads that soon sleep
(docs/log.md). Nothing that is computed depends on it.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["be_patient", "share_if_others_work", "working"]

RUNNING = Path("/proc/loadavg")
TURNS = "GOMP_SPINCOUNT"
SOON = "1000"  # turns, after which a thread sleeps


def working(facts: Path = RUNNING) -> int | None:
    """Return how many threads of this machine run at this moment; None where nobody tells.

    Example:
        >>> working(Path("/nowhere")) is None
        True
    """
    try:
        return int(facts.read_text().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return None


def be_patient() -> None:
    """Let waiting threads sleep soon, in this process and in those that it starts.

    Whoever has set it, knows better.
    """
    os.environ.setdefault(TURNS, SOON)


def share_if_others_work() -> None:
    """Let waiting threads sleep soon unless this process seems to have the machine to itself."""
    if working() != 1:
        be_patient()
