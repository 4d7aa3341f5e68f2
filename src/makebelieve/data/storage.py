"""Where pictures live: in memory when they fit, in a memory-mapped file when they do not."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import platformdirs

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "InMemory",
    "OnDisk",
    "Store",
    "Stored",
    "cache_folder",
    "cached",
    "home",
    "keep",
    "memory_budget",
    "readable_bytes",
]

FORMAT = 1
"""Part of every cache key: another way to decode or to store makes old entries unused."""

DAY = 24 * 3600


class Store(Protocol):
    """Takes pictures block after block, in order."""

    def append(self, block: np.ndarray) -> None:
        """Add (k, size, size, channels) uint8."""

    def finish(self) -> np.ndarray:
        """Return all that was added."""


class InMemory:
    """Pictures in one array.

    Args:
        rows: the most there will be.
        shape: of one picture.

    Example:
        >>> store = InMemory(4, (1, 1, 1))
        >>> store.append(np.ones((3, 1, 1, 1), np.uint8))
        >>> store.finish().shape
        (3, 1, 1, 1)
    """

    def __init__(self, rows: int, shape: tuple[int, ...]) -> None:
        self.array = np.empty((rows, *shape), np.uint8)
        self.count = 0

    def append(self, block: np.ndarray) -> None:
        """Add (k, size, size, channels) uint8."""
        self.array[self.count : self.count + len(block)] = block
        self.count += len(block)

    def finish(self) -> np.ndarray:
        """Return all that was added."""
        return self.array[: self.count]


class OnDisk:
    """Pictures in one growing .npy file; nothing but the current block is ever in memory.

    Args:
        path: the file to write.
        shape: of one picture.
    """

    HEADER = 128

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.path, self.shape, self.count = path, shape, 0
        self.file = path.open("wb")
        self.file.write(b" " * self.HEADER)

    def append(self, block: np.ndarray) -> None:
        """Add (k, size, size, channels) uint8."""
        self.file.write(np.ascontiguousarray(block, np.uint8).data)
        self.count += len(block)

    def finish(self) -> np.ndarray:
        """Write the header, now that the number is known, and return the mapped array."""
        text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {(self.count, *self.shape)}}}"
        room = self.HEADER - 10
        self.file.seek(0)
        self.file.write(b"\x93NUMPY\x01\x00" + room.to_bytes(2, "little"))
        self.file.write(text.ljust(room - 1).encode() + b"\n")
        self.close()
        return mapped(self.path)

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()


def mapped(path: Path) -> np.ndarray:
    """Open a .npy file of bytes without reading it."""
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


@dataclass(frozen=True)
class Stored:
    """What one cache entry holds.

    Args:
        pictures: (n, size, size, channels) uint8.
        arrays: small arrays beside them, such as the split.
        words: anything JSON can say, such as the files that were left out.
    """

    pictures: np.ndarray
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)


def home() -> Path:
    """Return the folder for everything that is kept: MAKEBELIEVE_HOME or the platform's own."""
    given = os.environ.get("MAKEBELIEVE_HOME")
    return Path(given).expanduser() if given else Path(platformdirs.user_data_dir("makebelieve"))


def cache_folder(*identity: object) -> Path:
    """Return the cache entry's folder for what these values describe.

    Args:
        identity: the source's files with sizes and times, and every option.
    """
    text = json.dumps([FORMAT, *identity], default=str)
    return home() / "cache" / hashlib.sha256(text.encode()).hexdigest()[:24]


def cached(folder: Path) -> Stored | None:
    """Open a cache entry; None where there is none that is whole."""
    try:
        words = json.loads((folder / "words.json").read_text("utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        return Stored(mapped(folder / "pictures.npy"), arrays, words)
    except (OSError, ValueError, KeyError):
        return None


@contextlib.contextmanager
def workplace(folder: Path, needed: int) -> Any:
    """Give a temporary folder beside a cache entry; it is gone afterwards, whatever happens.

    Raises:
        InputError: the disk has no room, or the folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent)
        free = shutil.disk_usage(folder.parent).free
        if free < needed:
            raise InputError(
                f"{readable_bytes(needed)} of pictures must be kept on disk, but {folder.parent} "
                f"has {readable_bytes(free)} free; set MAKEBELIEVE_HOME to a folder with more "
                "room, or choose smaller pictures with --pixels."
            )
        place = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError(
            f"{folder.parent} cannot be written ({(error.strerror or 'error').lower()}); set "
            "MAKEBELIEVE_HOME to a folder of your own."
        ) from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove what a killed process left behind more than a day ago."""
    for left in parent.glob(".*.*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > DAY:
                shutil.rmtree(left, ignore_errors=True)


def keep(place: Path, folder: Path, stored: Stored) -> Stored:
    """Make a finished workplace the cache entry, in one step, and open it.

    Args:
        place: the temporary folder, which holds pictures.npy already.
        folder: the entry's folder.
        stored: what else belongs to it.
    """
    with (place / "arrays.npz").open("wb") as file:
        np.savez(file, **stored.arrays)  # type: ignore[arg-type]
    (place / "words.json").write_text(json.dumps(stored.words), "utf-8")
    try:
        place.replace(folder)
    except OSError:
        # Another process was first, or a damaged entry is in the way.
        ready = cached(folder)
        if ready is not None:
            return ready
        shutil.rmtree(folder, ignore_errors=True)
        place.replace(folder)
    return cached(folder) or stored


def memory_budget() -> int:
    """Return how many bytes of pictures may be kept in memory.

    MAKEBELIEVE_MEMORY (such as 500M or 4G) if set, else half of what is available now.

    Raises:
        InputError: MAKEBELIEVE_MEMORY is not a number of bytes.
    """
    given = os.environ.get("MAKEBELIEVE_MEMORY")
    return parse_bytes(given) if given else available_memory() // 2


def parse_bytes(text: str) -> int:
    """Read a number of bytes with an optional suffix of k, M, G or T (powers of 1,024).

    Raises:
        InputError: it is not one.

    Example:
        >>> parse_bytes("1.5k"), parse_bytes("2G")
        (1536, 2147483648)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", text, re.IGNORECASE)
    if not match:
        raise InputError(
            f"MAKEBELIEVE_MEMORY is {text!r}, which is no amount of memory; write it like 500M "
            "or 4G."
        )
    return int(float(match[1]) * 1024 ** " kmgt".index(match[2].lower() or " "))


def available_memory() -> int:
    """Return the bytes this process may still take: the machine's, its container's, its limits'."""
    bounds = [free_memory(), *container_limits(), *process_limits()]
    return min(bound for bound in bounds if bound is not None)


def free_memory() -> int:
    """Return the machine's available memory in bytes; 2 GiB where it does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 2 * 1024**3


def container_limits() -> list[int]:
    """Return the limits of control groups, version 2 and 1, where there are any."""
    found = []
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            found.append(int(Path("/sys/fs/cgroup", name).read_text("utf-8")))
    return found


def process_limits() -> list[int]:
    """Return this process's own limits (ulimit), where there are any."""
    with contextlib.suppress(ImportError):
        import resource  # not on every platform

        kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
        limits = [resource.getrlimit(kind)[0] for kind in kinds]
        return [limit for limit in limits if limit != resource.RLIM_INFINITY]
    return []


def readable_bytes(count: int) -> str:
    """Write a number of bytes for a person.

    Example:
        >>> readable_bytes(999), readable_bytes(4_500_000)
        ('999 bytes', '4.5 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 1000 or unit == "TB":
            break
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"
