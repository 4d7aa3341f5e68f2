"""What a process and its children have used: CPU seconds and memory."""

import os
import resource
import sys
from pathlib import Path

__all__ = ["anonymous_bytes", "cpu_seconds", "peak_bytes", "resident_bytes"]

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds():
    """Return user and system seconds of this process, its threads and its children so far."""
    times = os.times()
    ended = times.children_user + times.children_system
    return times.user + times.system + ended + sum(map(_child_seconds, _children()))


def peak_bytes():
    """Return the most memory this process has held, and what its children hold of their own.

    Linux's VmHWM and not `ru_maxrss`, which a new process inherits from whoever started it.
    """
    own = _status("VmHWM")
    if own is None:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return own + sum(map(_child_bytes, _children()))


def resident_bytes():
    """Return the memory this process holds now; None where the system does not say."""
    return _status("VmRSS")


def anonymous_bytes():
    """Return the memory that is this process's own, mapped files left out; None if unknown."""
    return _status("RssAnon")


def _status(name):
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), None)


def _children():
    found = []
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            found += listed.read_text().split()
        except OSError:
            continue
    return found


def _child_seconds(pid):
    try:
        # The name, in brackets, may hold spaces: count from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _child_bytes(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))
