"""What the studio is made of, begun and ended together."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from functools import lru_cache
from typing import Any

import makebelieve
from makebelieve import lessons
from makebelieve.errors import InputError
from makebelieve.runs import store
from makebelieve.studio import runs, uploads
from makebelieve.studio.jobs import Job, Jobs
from makebelieve.studio.live import Hub, Watcher
from makebelieve.studio.messages import Refused
from makebelieve.studio.painter import Painter
from makebelieve.studio.sources import Sources
from makebelieve.studio.tools import Tools
from makebelieve.studio.trainings import Trainings

__all__ = ["Studio"]

BEAT = 0.25  # seconds between looks


class Studio:
    """The queue, the lesson's trainings, the painter, and the news of all of them."""

    def __init__(self) -> None:
        self.home = store.home()
        self.painter, self.hub, self.watcher = Painter(), Hub(), Watcher()
        self.jobs = Jobs(self.home)
        self.trainings = Trainings(self.jobs, self.home)
        self.tools = Tools()
        self.sources = Sources(self.home, self.tools)
        self._beat: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()
        self._listened = False

    async def begin(self, *, train: bool) -> None:
        """Start what the studio needs; trainings of the lesson as well, if asked for.

        Args:
            train: begin the trainings of the lessons that come with the package.
        """
        uploads.sweep(self.home)
        self.painter.warm()
        with contextlib.suppress(InputError):  # the page of the lesson says what is wrong with it
            self.trainings.want(map(_lesson, lessons.lessons()))
        if train:
            self.trainings.begin()
        self._beat = asyncio.create_task(self._beats())

    async def end(self) -> None:
        """Stop what belongs to this process; trainings go on."""
        if self._beat is not None:
            self._beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beat
        await self.painter.close()

    async def _beats(self) -> None:
        while True:
            try:
                async with self._looking:
                    await self._look()
            except Exception:  # noqa: BLE001 - one bad look must not be the last
                traceback.print_exc(file=sys.stderr)
                await asyncio.sleep(5)
            await asyncio.sleep(BEAT)

    async def _look(self) -> None:
        """Move the queue on, and tell whoever listens."""
        for job in self.jobs.tick():
            self.hub.tell({"type": "job", "job": job.to_dict()})
        if not self.hub.queues:
            self._listened = False
            return
        for message in [*await asyncio.to_thread(self.watcher.look), *self.trainings.news()]:
            self.hub.tell(message)

    async def listen(self) -> tuple[asyncio.Queue[str | None], dict[str, Any]]:
        """Begin to listen: return where news will be, and how everything stands before it."""
        async with self._looking:
            if not self._listened:
                await asyncio.to_thread(self.watcher.begin)
                self.trainings.news()
                self._listened = True
            queue = self.hub.join()
            return queue, {"type": "studio", **await self.state()}

    async def state(self) -> dict[str, Any]:
        """Return how everything stands."""
        return {
            "version": makebelieve.__version__,
            "home": str(self.home),
            "lessons": await asyncio.to_thread(self.lessons),
            "training": await asyncio.to_thread(self.trainings.state),
            "jobs": [job.to_dict() for job in self.jobs.jobs],
            "runs": await asyncio.to_thread(runs.summaries),
        }

    def order(self, job: Job) -> dict[str, Any]:
        """Put a job into the queue."""
        return self.jobs.add(job).to_dict()

    def lessons(self) -> list[dict[str, str]]:
        """Return the lessons by id and title; one that cannot be read by its id."""
        found = []
        for name in lessons.lessons():
            try:
                found.append({"id": name, "title": _lesson(name).title})
            except InputError:
                found.append({"id": name, "title": name})
        return found

    def lesson(self, name: str) -> dict[str, Any]:
        """Return a lesson.

        Raises:
            Refused: there is none of this name.
        """
        self._check(name)
        return _lesson(name).to_json()

    def _check(self, name: str) -> None:
        if name not in lessons.lessons():
            raise Refused(404, f"There is no lesson called {name[:100]!r}.")

    def train(self, name: str) -> dict[str, Any]:
        """Begin what a lesson has not trained yet."""
        self._check(name)
        self.trainings.want(map(_lesson, lessons.lessons()))
        self.trainings.begin()
        return self.trainings.state()


def _lesson(name: str) -> lessons.Lesson:
    """Read a lesson, once for each state of its files."""
    return _read(name, _stamp(name))


@lru_cache(16)
def _read(name: str, stamp: int) -> lessons.Lesson:  # noqa: ARG001 - what changes with its files
    return lessons.load(name)


def _stamp(name: str) -> int:
    files = [path for path in lessons.find(name).rglob("*") if path.is_file()]
    return hash(tuple(sorted((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in files)))
