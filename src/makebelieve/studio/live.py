"""News of everything that happens in the store, to every page that listens."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from makebelieve.runs import store
from makebelieve.runs.folder import held
from makebelieve.studio import runs
from makebelieve.studio.messages import sayable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Hub", "Watcher"]

ROOM = 512  # messages that a slow page may be behind
MOST = 1 << 20  # bytes of a log that are read at once


class Hub:
    """The pages that listen, each with its own queue."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[str | None]] = set()

    def join(self) -> asyncio.Queue[str | None]:
        """Begin to listen; None in the queue says that this page is too far behind."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(ROOM)
        self.queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str | None]) -> None:
        """Listen no longer."""
        self.queues.discard(queue)

    def tell(self, message: dict[str, Any]) -> None:
        """Tell all pages; one that lags behind is sent away, and comes back to a fresh view."""
        text = json.dumps(sayable(message), ensure_ascii=False, allow_nan=False)
        for queue in list(self.queues):
            if queue.qsize() >= ROOM - 1:
                self.leave(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(text)


@dataclass
class Known:
    """What was last seen of a run."""

    stamp: tuple[object, ...] = ()
    offsets: dict[str, int] = field(default_factory=dict)
    samples: set[str] = field(default_factory=set)
    created: str | None = None


class Watcher:
    """Looks at the store, and says what is new: runs of the command line are seen as well."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def begin(self) -> None:
        """Look at everything without a word: whoever begins to listen is told the whole."""
        self._known = {}
        self.look()

    def look(self) -> list[dict[str, Any]]:
        """Return the messages since the last look."""
        messages: list[dict[str, Any]] = []
        names = store.names()
        for name in [name for name in self._known if name not in names]:
            del self._known[name]
            messages.append({"type": "gone", "run": name})
        for name in names:
            known = self._known.setdefault(name, Known())
            folder = store.store() / name
            stamp = _stamp(folder)
            if stamp != known.stamp:
                known.stamp = stamp
                messages += self._news(folder, known)
        return messages

    def _news(self, folder: Path, known: Known) -> list[dict[str, Any]]:
        summary = runs.summary(folder)
        if known.created != summary["created"]:
            known.offsets.clear()
            known.samples.clear()
            known.created = summary["created"]
        lines = _new_lines(folder / "log.jsonl", known.offsets)
        messages: list[dict[str, Any]] = [{"type": "run", "run": summary, "log": lines}]
        for line in _new_lines(folder / "findings.jsonl", known.offsets):
            found = {"sentence": line.get("sentence", ""), "seen": line.get("seen")}
            messages.append({"type": "finding", "run": folder.name, **found})
        there = {
            p.name for p in (folder / "samples").glob("*.png") if runs.PICTURE.fullmatch(p.name)
        }
        for file in sorted(there - known.samples):
            seen = int(file.removesuffix(".png"))
            messages.append({"type": "sample", "run": folder.name, "file": file, "seen": seen})
        known.samples = there
        return messages


FILES = ("status.json", "log.jsonl", "findings.jsonl", "result.json", "samples", "recipe.json")


def _stamp(folder: Path) -> tuple[object, ...]:
    """Return what changes when a run does."""
    found: list[object] = []
    for name in FILES:
        try:
            facts = (folder / name).stat()
            found.append((facts.st_mtime_ns, facts.st_size))
        except OSError:
            found.append(None)
    # A process that was killed changes no file: only its lock is free again.
    found.append(held(folder) if _says_running(folder) else None)
    return tuple(found)


def _says_running(folder: Path) -> bool:
    try:
        return b'"running"' in (folder / "status.json").read_bytes()
    except OSError:
        return False


def _new_lines(path: Path, offsets: dict[str, int]) -> list[dict[str, Any]]:
    """Return the whole lines that were added to a log; all of them when it was cut back."""
    try:
        size = path.stat().st_size
        start = offsets.get(path.name, 0)
        start = 0 if size < start else start
        with path.open("rb") as file:
            file.seek(start)
            text = file.read(MOST)
    except OSError:
        return []
    whole, end, _ = text.rpartition(b"\n")
    offsets[path.name] = start + len(whole) + len(end)
    found = []
    for line in whole.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # damaged; the run's own page says so
    return found
