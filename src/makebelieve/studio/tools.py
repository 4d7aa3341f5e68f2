"""Commands of the package that are run for one answer, in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makebelieve import recipe
from makebelieve.errors import InputError
from makebelieve.studio.messages import CAPABILITIES, Refused, complaint, sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

__all__ = ["Tools", "run"]

LONGEST = 600.0  # seconds
MOST = 64 << 20  # bytes of an answer
KEPT = 64  # answers


async def run(module: str, *arguments: str, seconds: float = LONGEST) -> bytes:
    """Run a module of the package and return what it prints.

    Raises:
        Refused: it failed, with its sentence, or took too long.
    """
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", "5", sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=MOST,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )
    try:
        out, said = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        raise Refused(500, "This took too long, so the studio gave it up.") from None
    finally:
        if process.returncode is None:  # also when nobody waits for it any more
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise Refused(400 if process.returncode == 2 else 500, _why(said, process.returncode))
    return out


def _why(said: bytes, code: int) -> str:
    why, last = complaint(said.decode(errors="replace"))
    if why:
        return sentence(why)
    if code < 0:
        return "This needed more memory or time than the studio allows, so it was ended."
    return sentence(f"this failed: {last or f'code {code}'}")


class Tools:
    """Answers that take seconds, worked out once for each state of what they are about."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[object, asyncio.Future[Any]]] = {}
        self._room = asyncio.Semaphore(1)  # the other cores are training

    async def once(self, key: Hashable, stamp: object, work: Callable[[], Awaitable[Any]]) -> Any:
        """Return what was worked out for this stamp, or work it out; all who ask wait for one."""
        known = self._known.get(key)
        if known is None or known[0] != stamp:
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            known = self._known[key] = (stamp, asyncio.ensure_future(self._alone(work)))
        try:
            return await asyncio.shield(known[1])
        except Exception:
            self._known.pop(key, None)  # it may go better next time
            raise

    async def _alone(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async with self._room:
            return await work()

    async def settings(self, model: str) -> Any:
        """Return what can be set for a model.

        Raises:
            Refused: there is no such model.
        """
        if model not in CAPABILITIES:
            raise Refused(404, f"There is no model called {model[:60]!r}.")

        async def work() -> list[dict[str, Any]]:
            keys = json.loads(await run("makebelieve", "recipe", model, "--json"))
            return [_setting(key) for key in keys if key["key"] != "data.source"]

        return await self.once(("recipe", model), None, work)

    async def checked(self, model: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Return settings by path, with values as the recipe holds them.

        Raises:
            Refused: one is no setting of this model, or has a value that does not fit.
        """
        known = {found["key"]: found for found in await self.settings(model)}
        options, chosen = _options(known), {}
        for name, value in settings.items():
            try:
                draft = recipe.to_dict(recipe.build(model, options, {name: value}))
            except InputError as error:
                raise Refused(400, sentence(error), name) from None
            leaf = name.replace("-", "_")
            paths = (leaf, f"model.{leaf}", f"training.{leaf}", f"data.{leaf}")
            path = next((each for each in paths if each in known), None)
            if path is None:
                raise Refused(400, "What to learn from is said by `source`.", name)
            part, _, leaf = path.partition(".")
            chosen[path] = draft[part][leaf]
        return chosen

    async def diagnosis(self, name: str, stamp: object) -> Any:
        """Return the diagnosis of a run in this state."""

        async def work() -> Any:
            found = json.loads(await run("makebelieve", "diagnose", name, "--json"))
            told = [f["verdict"] for f in found["findings"] if f["verdict"] != "cannot-tell"]
            return {**found, "verdict": told[0] if told else "cannot-tell"}

        return await self.once(("diagnosis", name), stamp, work)

    async def report(self, name: str, stamp: object) -> bytes:
        """Return the report card of a run in this state, as a page."""

        async def work() -> bytes:
            with tempfile.TemporaryDirectory(prefix="makebelieve-") as folder:
                path = Path(folder) / "report.html"
                await run("makebelieve", "report", name, "--out", str(path))
                return path.read_bytes()

        found: bytes = await self.once(("report", name), stamp, work)
        return found


def _options(known: dict[str, dict[str, Any]]) -> type:
    """Return the shape of a model's options, without the model, which needs PyTorch."""
    return dataclasses.make_dataclass("Options", [
        (path.removeprefix("model."), {"choice": "str", "text": "str"}.get(k["kind"], k["kind"]),
         recipe.key(k["default"], k["about"], low=k["low"], high=k["high"],
                    choices=tuple(k["choices"])))
        for path, k in known.items() if path.startswith("model.")
    ])  # fmt: skip


def _setting(key: dict[str, Any]) -> dict[str, Any]:
    kinds = {"a whole number": "int", "a number": "float", "true or false": "bool"}
    found = next((kind for words, kind in kinds.items() if key["takes"].startswith(words)), "text")
    return {
        "key": key["key"], "option": key["option"], "default": key["default"],
        "about": key["doc"], "takes": key["takes"],
        "choices": key["choices"], "low": key["low"], "high": key["high"],
        "kind": "choice" if key["choices"] else found,
    }  # fmt: skip
