"""What the studio is made of, begun and ended together."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import makebelieve
from makebelieve.runs import store
from makebelieve.studio import runs
from makebelieve.studio.messages import Refused
from makebelieve.studio.painter import Painter

__all__ = ["Studio"]


class Studio:
    """The painter, the runs and the lessons."""

    def __init__(self) -> None:
        self.painter = Painter()

    async def begin(self, *, train: bool) -> None:  # noqa: ARG002
        """Start what the studio needs; trainings of the lesson as well, if asked for."""
        self.painter.warm()

    async def end(self) -> None:
        """Stop what belongs to this process; trainings go on."""
        await self.painter.close()

    async def state(self) -> dict[str, Any]:
        """Return how everything stands."""
        return {
            "version": makebelieve.__version__,
            "home": str(store.home()),
            "lessons": await asyncio.to_thread(self.lessons),
            "training": {},
            "jobs": [],
            "runs": await asyncio.to_thread(runs.summaries),
        }

    def lessons(self) -> list[dict[str, str]]:
        """Return the lessons by id and title."""
        found = importlib.import_module("makebelieve.lessons")
        return [{"id": name, "title": found.load(name).title} for name in found.lessons()]

    def lesson(self, name: str) -> dict[str, Any]:
        """Return a lesson.

        Raises:
            Refused: there is none of this name.
        """
        found = importlib.import_module("makebelieve.lessons")
        if name not in found.lessons():
            raise Refused(404, f"There is no lesson called {name[:100]!r}.")
        whole: dict[str, Any] = found.load(name).to_json()
        return whole
