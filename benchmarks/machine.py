"""What a measurement depends on besides the code: the machine, how busy it is, the versions."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["ROOT", "about", "line"]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("makebelieve", "torch", "numpy", "pythae")


def about(options):
    """Return what there is to say, before anything is measured."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": options.threads or os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def line(run):
    """Return one paragraph on where and how a run was measured."""
    m = run["machine"]
    packages = ", ".join(f"{name} {found}" for name, found in m["versions"].items())
    busy = f"at a load of {m['load']:.1f} when it began"
    if m["load"] > 0.5 * m["cores"]:
        busy += " (other jobs were measured, too)"
    return (
        f"Measured {m['date'][:10]} on {m['cores']} cores of {m['cpu']}, {m['system']}, with "
        f"{m['threads']} thread{'s' * (m['threads'] > 1)} a process, {busy}; Python {m['python']}, "
        f"{packages}."
    )


def _cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "an unnamed processor"
    names = [text.split(":", 1)[1].strip() for text in lines if text.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
