"""The server's side of the painter: asks from many pages to one process, and its answers back.

PyTorch stays in that process: the server starts at once, and goes on when a model brings the
painter down. Two processes at most: one for what follows a hand, one for what takes longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from makebelieve.studio.messages import packed

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Painter"]

SLOW = frozenset({"attributes", "edit", "map", "morph", "nearest", "spectrum"})
"""Asks that may take seconds when first asked: data are loaded, directions learned."""

LONGEST = 120.0  # seconds that one ask may take
WAITING = 64  # asks of one page that may wait

FELL = "The process that draws came to an end and was started again; ask once more."
TOO_LONG = "This took longer than two minutes, so the studio gave it up."


@dataclass(eq=False)
class Ask:
    """One question, and where its answer is awaited.

    Args:
        text: the question as JSON.
        id: what the page calls it.
        owner: whose it is.
        key: of the waiting asks with one key, only the newest is answered.
        answer: the whole binary message.
    """

    text: bytes
    id: Any
    owner: Hashable
    key: str | None
    answer: asyncio.Future[bytes] = field(repr=False)


class Brush:
    """One process that draws, started when it is first needed.

    Args:
        nice: how far it steps back behind others.
    """

    def __init__(self, nice: int = 0) -> None:
        self.nice = nice
        self.waiting: deque[Ask] = deque()
        self.process: asyncio.subprocess.Process | None = None
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def put(self, ask: Ask) -> None:
        """Take a question; an older one of the same key that still waits is stale."""
        if ask.key is not None:
            for old in [a for a in self.waiting if (a.owner, a.key) == (ask.owner, ask.key)]:
                self.waiting.remove(old)
                _settle(old, packed({"id": old.id, "ok": False, "stale": True}))
        if sum(a.owner == ask.owner for a in self.waiting) >= WAITING:
            why = "Too many questions wait already; let some be answered first."
            _settle(ask, packed({"id": ask.id, "ok": False, "error": why}))
            return
        self.waiting.append(ask)
        self._wake.set()
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    def leave(self, owner: Hashable) -> None:
        """Forget what a page asked that is gone."""
        for ask in [a for a in self.waiting if a.owner == owner]:
            self.waiting.remove(ask)
            ask.answer.cancel()

    async def _work(self) -> None:
        while True:
            while not self.waiting:
                self._wake.clear()
                await self._wake.wait()
            ask = self.waiting.popleft()
            try:
                whole = await asyncio.wait_for(self._ask(ask.text), LONGEST)
            except TimeoutError:
                await self.stop()
                whole = packed({"id": ask.id, "ok": False, "error": TOO_LONG})
            except (OSError, asyncio.IncompleteReadError):
                await self.stop()
                whole = packed({"id": ask.id, "ok": False, "error": FELL})
            _settle(ask, whole)

    async def _ask(self, text: bytes) -> bytes:
        process = await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(len(text).to_bytes(4, "little") + text)
        await process.stdin.drain()
        size = int.from_bytes(await process.stdout.readexactly(4), "little")
        return await process.stdout.readexactly(size)

    async def _started(self) -> asyncio.subprocess.Process:
        if self.process is None or self.process.returncode is not None:
            command = [sys.executable, "-m", "makebelieve.studio.brush"]
            if self.nice:
                command = ["nice", "-n", str(self.nice), *command]
            self.process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # Ctrl-C reaches the server alone, which then closes the input.
                start_new_session=True,
            )
        return self.process

    async def stop(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def close(self) -> None:
        """End the process and the work."""
        if self._worker is not None:
            self._worker.cancel()
        for ask in self.waiting:
            ask.answer.cancel()
        self.waiting.clear()
        await self.stop()


class Painter:
    """Hands asks to the process that suits them."""

    def __init__(self) -> None:
        self.quick, self.slow = Brush(), Brush(nice=1)

    def ask(self, question: dict[str, Any], owner: Hashable) -> asyncio.Future[bytes]:
        """Ask, and return the answer to come: one binary message.

        Args:
            question: `id`, `ask` and what belongs to it; `key` where only the newest matters.
            owner: the page that asks.
        """
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        key = question.get("key")
        text = json.dumps(question).encode()
        brush = self.slow if question.get("ask") in SLOW else self.quick
        named = None if key is None else str(key)[:200]
        brush.put(Ask(text, question.get("id"), owner, named, answer))
        return answer

    def warm(self) -> None:
        """Start the quick process before anybody asks: PyTorch takes its time to load."""
        self.ask({"id": 0, "ask": "data", "source": "avatars", "n": 1}, owner=None)

    def leave(self, owner: Hashable) -> None:
        """Forget what a page asked that is gone."""
        self.quick.leave(owner)
        self.slow.leave(owner)

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(self.quick.close(), self.slow.close())


def _settle(ask: Ask, whole: bytes) -> None:
    if not ask.answer.done():
        ask.answer.set_result(whole)
